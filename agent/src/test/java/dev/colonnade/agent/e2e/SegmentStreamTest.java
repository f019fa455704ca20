package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.testkit.ArrowRecords;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.SlabAllocation;
import dev.colonnade.storage.testkit.TestMemory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `/debug/storage/SEGMENT.arrows` of a running agent whose backend is away.
@Timeout(120)
final class SegmentStreamTest {
    private static final Pattern SEGMENT =
            Pattern.compile("\"segment\":\"([^\"]+)\",\"shape\":\"([a-z]+)\"");
    private static final int REQUESTS = 60;
    private static final int RECORDS = 100;

    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(17));

    private record Held(String name, String shape) {}

    /// Scenario: requests, some of them compressed, are held as rows. Guarantees: Arrow's own
    /// reader finds all their records, in order, with all that they stand in.
    @ParameterizedTest
    @EnumSource
    void rowsAreReadAsColumns(Signal signal) throws Exception {
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA)) {
            AgentUnderTest agent = start(dead, signal, "memory: 64MiB, mode: row");
            try (HttpSender sender = new HttpSender(agent.httpPort())) {
                List<byte[]> sent = send(sender, signal);
                List<Held> held = held(agent);
                assertThat(held).extracting(Held::shape).containsOnly("row");
                assertSame(read(agent, signal, held), expected(signal, sent));
            } finally {
                agent.stopNow();
            }
        }
    }

    /// Scenario: most of what is held was packed. Guarantees: the same.
    @ParameterizedTest
    @EnumSource
    void packedBlocksAreReadAsColumns(Signal signal) throws Exception {
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA)) {
            AgentUnderTest agent =
                    start(
                            dead,
                            signal,
                            "memory: 64MiB, target_bytes_per_record: 1, record_count: 1000");
            try (HttpSender sender = new HttpSender(agent.httpPort())) {
                List<byte[]> sent = send(sender, signal);
                agent.await(
                        "packing",
                        scrape ->
                                scrape.sum("colonnade_storage_records", "shape", "packed")
                                        > REQUESTS * RECORDS / 4.0);
                List<Held> held = held(agent);
                List<ArrowRecords.Row> read = read(agent, signal, held);
                // Rows may become several blocks between the list and the last of them.
                while (!held(agent).equals(held)) {
                    held = held(agent);
                    read = read(agent, signal, held);
                }
                assertThat(held).extracting(Held::shape).contains("packed");
                assertSame(read, expected(signal, sent));
            } finally {
                agent.stopNow();
            }
        }
    }

    @Test
    void saysWhatIsNotHeldAndServesOneAtATime() throws Exception {
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA)) {
            AgentUnderTest agent = start(dead, Signal.LOGS, "memory: 64MiB, mode: row");
            try (HttpSender sender = new HttpSender(agent.httpPort());
                    HttpSender client = new HttpSender(agent.debugPort())) {
                send(sender, Signal.LOGS);
                String name = held(agent).getFirst().name();
                int loop = name.charAt(name.indexOf('.') + 1) - '0';
                for (String wrong :
                        List.of(
                                "",
                                name,
                                "logs.0.arrows",
                                "traces.0.0.arrows",
                                "logs." + loop + ".-1.arrows",
                                "logs." + loop + ".999999.arrows",
                                "logs.7.0.arrows",
                                ".arrows",
                                "../logs.0.0.arrows")) {
                    HttpResponse<byte[]> answer = get(client, wrong);
                    assertThat(answer.statusCode()).as(wrong).isEqualTo(404);
                    assertThat(text(answer)).as(wrong).contains("/debug/storage");
                }
                CountDownLatch release = new CountDownLatch(1);
                agent.block(loop, release);
                CompletableFuture<HttpResponse<byte[]>> one =
                        CompletableFuture.supplyAsync(() -> get(client, name + ".arrows"));
                CompletableFuture<HttpResponse<byte[]>> other =
                        CompletableFuture.supplyAsync(() -> get(client, name + ".arrows"));
                CompletableFuture.anyOf(one, other).join();
                boolean isOneRefused = one.isDone();
                HttpResponse<byte[]> refused = (isOneRefused ? one : other).join();
                assertThat(refused.statusCode()).isEqualTo(503);
                release.countDown();
                HttpResponse<byte[]> written = (isOneRefused ? other : one).join();
                assertThat(written.statusCode()).isEqualTo(200);
                assertThat(written.headers().firstValue("content-type"))
                        .hasValue("application/vnd.apache.arrow.stream");
            } finally {
                agent.stopNow();
            }
        }
    }

    /// Scenario: a client asks for the next as soon as it has the end of the one before, be it a
    /// segment or an error. Guarantees: it is never told that another is being written.
    @Test
    void servesOneAfterAnotherWithoutAPause() throws Exception {
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA)) {
            AgentUnderTest agent = start(dead, Signal.METRICS, "memory: 64MiB, mode: row");
            try (HttpSender sender = new HttpSender(agent.httpPort());
                    HttpSender client = new HttpSender(agent.debugPort())) {
                send(sender, Signal.METRICS);
                String held = held(agent).getFirst().name();
                String gone = held.substring(0, held.lastIndexOf('.')) + ".999999";
                for (int read = 0; read < 200; read++) {
                    assertThat(get(client, held + ".arrows").statusCode()).isEqualTo(200);
                    assertThat(get(client, gone + ".arrows").statusCode()).isEqualTo(404);
                }
            } finally {
                agent.stopNow();
            }
        }
    }

    /// Scenario: clients ask and go away at once, after some bytes, or with a reset; another is in
    /// the middle when the agent stops. Guarantees: the next one is served, and everything comes
    /// back, which stopping proves.
    @Test
    void aClientThatGoesAwayLeavesNothingBehind() throws Exception {
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA)) {
            AgentUnderTest agent = start(dead, Signal.TRACES, "memory: 64MiB, mode: row");
            try (HttpSender sender = new HttpSender(agent.httpPort())) {
                List<byte[]> sent = send(sender, Signal.TRACES);
                List<Held> held = held(agent);
                for (int client = 0; client < 6; client++) {
                    try (Socket socket = ask(agent, held.getFirst().name())) {
                        if (client >= 2) {
                            assertThat(socket.getInputStream().read(new byte[1000])).isPositive();
                        }
                        if (client % 2 == 0) {
                            socket.setSoLinger(true, 0);
                        }
                    }
                }
                Waiting.until(
                        "the page to be free",
                        () -> {
                            try (HttpSender client = new HttpSender(agent.debugPort())) {
                                HttpResponse<byte[]> answer =
                                        get(client, held.getFirst().name() + ".arrows");
                                return answer.statusCode() == 200;
                            }
                        },
                        () -> "busy");
                assertSame(read(agent, Signal.TRACES, held), expected(Signal.TRACES, sent));
                try (Socket _ = ask(agent, held.getFirst().name())) {
                    agent.stopNow();
                }
            } finally {
                agent.stopNow();
            }
        }
    }

    private static AgentUnderTest start(Backend dead, Signal signal, String storage) {
        return AgentUnderTest.start(
                new Yaml()
                        .servesDebugPages()
                        .storage(storage)
                        .exporter("otlp_grpc", dead, "sending_queue: {num_consumers: 1}")
                        .pipeline(signal.label(), "otlp_grpc"));
    }

    private static Socket ask(AgentUnderTest agent, String name) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.debugPort());
        String request = "GET /debug/storage/" + name + ".arrows HTTP/1.1\r\nhost: here\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private List<byte[]> send(HttpSender sender, Signal signal) {
        List<byte[]> sent = new ArrayList<>();
        for (int number = 0; number < REQUESTS; number++) {
            byte[] request = otlp.request(signal, RECORDS);
            sender.deliver(signal, request, number % 3 == 0 ? Codec.GZIP : Codec.IDENTITY);
            sent.add(request);
        }
        return sent;
    }

    /// All segments, in order: one connection sent everything, so one loop has it.
    private static List<Held> held(AgentUnderTest agent) {
        try (HttpSender client = new HttpSender(agent.debugPort())) {
            String page = text(client.send(client.request("/debug/storage").GET()));
            List<Held> held = new ArrayList<>();
            Matcher matcher = SEGMENT.matcher(page);
            while (matcher.find()) {
                held.add(new Held(matcher.group(1), matcher.group(2)));
            }
            assertThat(held).as(page).isNotEmpty();
            return held;
        }
    }

    private static HttpResponse<byte[]> get(HttpSender client, String name) {
        return client.send(client.request("/debug/storage/" + name).GET());
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private static List<ArrowRecords.Row> read(AgentUnderTest agent, Signal signal, List<Held> held)
            throws Exception {
        List<ArrowRecords.Row> rows = new ArrayList<>();
        try (TestMemory memory = TestMemory.of(256 << 20);
                HttpSender client = new HttpSender(agent.debugPort())) {
            try (RootAllocator allocator =
                    SlabAllocation.allocator(memory.pool(), memory.budget("reader"))) {
                for (Held segment : held) {
                    HttpResponse<byte[]> answer = get(client, segment.name() + ".arrows");
                    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
                    InputStream in = new ByteArrayInputStream(answer.body());
                    while (in.available() > 0) {
                        ArrowStreamReader reader = new ArrowStreamReader(in, allocator);
                        assertThat(reader.loadNextBatch()).isTrue();
                        rows.addAll(
                                new ArrowRecords(signal, reader.getVectorSchemaRoot(), reader)
                                        .rows());
                        assertThat(reader.loadNextBatch()).isFalse();
                        reader.close(false);
                    }
                }
            }
        }
        return rows;
    }

    /// Says where they differ, not all that they are.
    private static void assertSame(List<ArrowRecords.Row> read, List<ArrowRecords.Row> sent) {
        int same = 0;
        while (same < Math.min(read.size(), sent.size()) && read.get(same).equals(sent.get(same))) {
            same++;
        }
        assertThat(same)
                .as("of %s records, sent %s", read.size(), sent.size())
                .isEqualTo(sent.size());
        assertThat(read).hasSameSizeAs(sent);
    }

    private static List<ArrowRecords.Row> expected(Signal signal, List<byte[]> sent)
            throws Exception {
        List<OtlpOracle.Row> rows = new ArrayList<>();
        for (byte[] request : sent) {
            rows.addAll(OtlpOracle.rows(OtlpOracle.whole().parse(signal, request)));
        }
        return ArrowRecords.expected(signal, rows);
    }
}
