package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// More than memory holds, and clients that mean no good.
final class OverloadTest {
    /// Scenario: 24 connections of both protocols push against a small budget and a backend that
    /// answers nothing; then the backend is well again. Guarantees: what is reserved never exceeds
    /// the limit, refusals say when to come back, and in the end everything has arrived once.
    @Test
    void refusesPolitelyWithinItsLimitAndWakesWhenTheBackendDrains() throws Exception {
        Sent sent = new Sent();
        AtomicBoolean isDone = new AtomicBoolean();
        AtomicInteger refusals = new AtomicInteger();
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .storage("memory: 12MiB")
                                        .through(backend, "timeout: 60s"))) {
            backend.answerAll(Answer.HANG);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> all = new ArrayList<>();
                for (int connection = 0; connection < 24; connection++) {
                    int number = connection;
                    all.add(
                            threads.submit(
                                    () -> refusals.addAndGet(push(agent, number, sent, isDone))));
                }
                Scrape full =
                        agent.await(
                                "refusals",
                                scrape ->
                                        scrape.sum(
                                                        "colonnade_requests_refused_total",
                                                        "reason",
                                                        "memory")
                                                > 40);
                assertThat(AgentUnderTest.reserved(full)).isGreaterThan(agent.budget() / 2);
                assertThat(backend.taken()).isEmpty();
                backend.answerAll(Answer.OK);
                backend.vanish();
                backend.appear();
                int held = sent.records();
                agent.await("more to be accepted", _ -> sent.records() > held + 2000);
                isDone.set(true);
                for (Future<?> one : all) {
                    one.get(Waiting.MAX.toSeconds(), TimeUnit.SECONDS);
                }
            }
            agent.awaitDelivered();
            sent.arrivedExactlyAt(backend);
            assertThat(refusals.get()).isPositive();
        }
    }

    private static int push(AgentUnderTest agent, int number, Sent sent, AtomicBoolean isDone) {
        Bulk bulk = new Bulk(new SplittableRandom(number));
        try (Sender sender =
                number % 2 == 0
                        ? new GrpcSender(agent.grpcPort())
                        : new HttpSender(agent.httpPort())) {
            while (!isDone.get()) {
                byte[] request = bulk.logs(10, number % 3 == 0 ? 3000 : 100_000);
                sender.deliver(Signal.LOGS, request, Codec.IDENTITY);
                sent.add(Signal.LOGS, request);
            }
            return sender.refusals();
        }
    }

    /// Scenario: connections that announce much and send little, and some that reset in the middle
    /// of a body. Guarantees: nothing of them stays.
    @Test
    void slowAndBrokenClientsLeaveNothingBehind() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .receiver(
                                                "otlp",
                                                "",
                                                "read_timeout: 700ms, read_header_timeout: 700ms")
                                        .through(backend))) {
            long before = AgentUnderTest.reserved(agent.scrape());
            for (int i = 0; i < 40; i++) {
                Socket socket = connect(agent.httpPort());
                slow.add(socket);
                String head =
                        i % 4 == 0
                                ? "POST /v1/logs HT"
                                : head(
                                        i % 4 == 1
                                                ? "transfer-encoding: chunked"
                                                : "content-length: 100000");
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                if (i % 4 == 1) {
                    socket.getOutputStream()
                            .write("400\r\nabc".getBytes(StandardCharsets.US_ASCII));
                }
                if (i % 4 == 2) {
                    socket.getOutputStream().write(new byte[50_000]);
                }
            }
            agent.await("bodies to be begun", scrape -> AgentUnderTest.reserved(scrape) > before);
            for (int i = 0; i < 40; i++) {
                try (Socket socket = connect(agent.httpPort())) {
                    OutputStream out = socket.getOutputStream();
                    out.write(head("content-length: 200000").getBytes(StandardCharsets.US_ASCII));
                    out.write(new byte[i * 4000]);
                    socket.setSoLinger(true, 0);
                }
            }
            agent.await(
                    "all to be gone", scrape -> scrape.sum("colonnade_receiver_connections") == 0);
            Scrape after =
                    agent.await(
                            "memory to come back",
                            scrape -> AgentUnderTest.reserved(scrape) <= before + (2 << 20));
            assertThat(after.sum("colonnade_requests_refused_total", "reason", "timeout"))
                    .isPositive();
            assertThat(after.sum("colonnade_requests_refused_total", "reason", "cancelled"))
                    .isPositive();
            try (Sender sender = new HttpSender(agent.httpPort())) {
                byte[] request = new RandomOtlp(new SplittableRandom(1)).request(Signal.LOGS, 3);
                sender.deliver(Signal.LOGS, request, Codec.IDENTITY);
            }
            agent.awaitDelivered();
            assertThat(backend.rows(Signal.LOGS)).hasSize(3);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    /// Scenario: a million requests of one record each, held because nobody takes them. Guarantees:
    /// the heap knows nothing of them.
    @Test
    void aMillionOneRecordRequestsAreNoBurdenForTheHeap() throws Exception {
        int requests = 1_000_000;
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .storage("memory: 512MiB")
                                        .exporter("otlp_grpc", dead)
                                        .pipeline("logs", "otlp_grpc"))) {
            pipeline(agent.httpPort(), 20_000);
            long before = heapBytes();
            try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                Future<?> one = threads.submit(() -> pipeline(agent.httpPort(), requests / 2));
                Future<?> two = threads.submit(() -> pipeline(agent.httpPort(), requests / 2));
                one.get(2, TimeUnit.MINUTES);
                two.get(2, TimeUnit.MINUTES);
            }
            Scrape scrape = agent.awaitLedger();
            assertThat(AgentUnderTest.backlog(scrape)).isEqualTo(requests + 20_000);
            assertThat(heapBytes() - before).as("growth of the heap").isLessThan(2_000_000);
            assertThat(agent.stopNow().exitCode()).isEqualTo(2);
        }
    }

    /// Sends so many requests on one connection, many at once, and reads their answers.
    private static void pipeline(int port, int requests) {
        byte[] body = new Bulk(new SplittableRandom(9)).logs(1, 60);
        byte[] head = head("content-length: " + body.length).getBytes(StandardCharsets.US_ASCII);
        int at = 128;
        byte[] many = new byte[(head.length + body.length) * at];
        for (int i = 0; i < at; i++) {
            int start = i * (head.length + body.length);
            System.arraycopy(head, 0, many, start, head.length);
            System.arraycopy(body, 0, many, start + head.length, body.length);
        }
        byte[] answers = new byte[64 << 10];
        try (Socket socket = connect(port)) {
            InputStream in = socket.getInputStream();
            for (int left = requests; left > 0; left -= Math.min(at, left)) {
                int now = Math.min(at, left);
                socket.getOutputStream().write(many, 0, many.length / at * now);
                int answered = 0;
                while (answered < now) {
                    int count = in.read(answers);
                    assertThat(count).as("bytes of answers").isPositive();
                    // Each answer has one status line and no body, and no other capital H.
                    for (int i = 0; i < count; i++) {
                        answered += answers[i] == 'H' ? 1 : 0;
                    }
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long heapBytes() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            least =
                    Math.min(
                            least,
                            ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }

    private static Socket connect(int port) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    private static String head(String length) {
        return "POST /v1/logs HTTP/1.1\r\nhost: agent\r\ncontent-type: application/x-protobuf\r\n"
                + length
                + "\r\n\r\n";
    }
}
