package dev.colonnade.pipeline.receiver.jsonfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.colonnade.pipeline.Evictor;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.jsonfile.OtlpJsonFileReceiverConfig.StartAt;
import dev.colonnade.pipeline.testkit.RecordedTelemetry;
import dev.colonnade.storage.Cursor;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.QueueLimit;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.TestMemory;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OtlpJsonFileReceiverTest {
    private static final int SECONDS_MAX = 30;
    private static final String NAME = "otlp_json_file";

    @TempDir Path folder;
    private final TestMemory memory = TestMemory.of(16 << 20);
    private final Loops loops = new Loops(1, new DefaultThreadFactory("loop", true));
    private final ExecutorService blocking =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory());
    private final Map<Signal, HybridStore> stores = new EnumMap<>(Signal.class);
    private final Map<Signal, Route> routes = new EnumMap<>(Signal.class);

    /// The severity text of each log's request, as it arrives.
    private final LinkedBlockingQueue<String> arrived = new LinkedBlockingQueue<>();

    private final RecordedTelemetry telemetry = new RecordedTelemetry();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private @Nullable OtlpJsonFileReceiver receiver;

    @AfterEach
    void leavesNothingBehind() {
        if (receiver != null) {
            await(receiver.close(0).toCompletableFuture().thenApply(_ -> true));
        }
        onLoop(() -> {
            stores.values().forEach(store -> store.shard(0).abandon());
            stores.values().forEach(store -> store.shard(0).close());
            routes.values().forEach(route -> route.shard(0).close());
        });
        loops.close().syncUninterruptibly();
        blocking.close();
        memory.close();
    }

    @Test
    void readsFilesFromTheirBeginningAndFollowsThem() throws Exception {
        Path file = folder.resolve("a.json");
        Files.writeString(file, line("1") + line("2"));
        Files.writeString(folder.resolve("b.txt"), line("not included"));
        Files.writeString(folder.resolve("x.json"), line("excluded"));
        start(StartAt.BEGINNING, "*.json");
        assertThat(next()).isEqualTo("1");
        assertThat(next()).isEqualTo("2");
        String third = line("3");
        append(file, third.substring(0, 20));
        append(file, third.substring(20) + line("4"));
        assertThat(next()).isEqualTo("3");
        assertThat(next()).isEqualTo("4");
        Files.createDirectories(folder.resolve("later"));
        Files.writeString(folder.resolve("c.json"), line("5"));
        assertThat(next()).isEqualTo("5");
    }

    @Test
    void readsARenamedFileOnlyOnce() throws Exception {
        Path file = folder.resolve("a.json");
        Files.writeString(file, line("1"));
        start(StartAt.BEGINNING, "*.json");
        assertThat(next()).isEqualTo("1");
        Files.move(file, folder.resolve("a-1.json"));
        Files.writeString(file, line("2"));
        assertThat(next()).isEqualTo("2");
        append(folder.resolve("a-1.json"), line("3"));
        assertThat(next()).isEqualTo("3");
    }

    @Test
    void beginsAtTheEndOfWhatIsThere() throws Exception {
        Path file = folder.resolve("a.json");
        Files.writeString(file, line("old"));
        start(StartAt.END, "*.json");
        Files.writeString(folder.resolve("b.json"), line("1"));
        assertThat(next()).isEqualTo("1");
        append(file, line("2"));
        assertThat(next()).isEqualTo("2");
    }

    @Test
    void readsCompressedFilesAsTheyGrow() throws Exception {
        Path file = folder.resolve("a.json.zst");
        Files.write(file, Zstd.compress((line("1") + line("2")).getBytes(StandardCharsets.UTF_8)));
        start(StartAt.BEGINNING, "*.zst");
        assertThat(next()).isEqualTo("1");
        assertThat(next()).isEqualTo("2");
        byte[] frame = Zstd.compress(line("3").getBytes(StandardCharsets.UTF_8));
        Files.write(file, frame, StandardOpenOption.APPEND);
        assertThat(next()).isEqualTo("3");
    }

    @Test
    void passesOverWhatIsNoRequest() throws Exception {
        String large = "x".repeat(200_000);
        String text =
                "rubbish\n{\"resourceLogs\":[{]}\n\n{}\n{\"resourceMetrics\":[]}\n"
                        + ("{\"resourceLogs\":\"" + large + "\"}\n")
                        + line(large)
                        + line("last");
        Files.writeString(folder.resolve("a.json"), text);
        start(StartAt.BEGINNING, "*.json");
        assertThat(next()).isEqualTo(large);
        assertThat(next()).isEqualTo("last");
        assertThat(log).isNotEmpty().allMatch(line -> line.startsWith("ERROR passed over a line"));
        await(CompletableFuture.supplyAsync(() -> true, loops.loop(0)));
        assertThat(telemetry.value(ReceiverMetrics.BYTES_RECEIVED, NAME, "file"))
                .isEqualTo(text.length());
        assertThat(telemetry.value(ReceiverMetrics.REQUESTS_REFUSED, NAME, "malformed"))
                .isEqualTo(4);
        assertThat(telemetry.value(ReceiverMetrics.REFUSED_BYTES, NAME, "malformed"))
                .isEqualTo(8 + 21 + 23 + large.length() + 20);
        assertThat(telemetry.value(ReceiverMetrics.accepted(Signal.LOGS), NAME, "file"))
                .isEqualTo(2);
    }

    /// Scenario: the queue has room for one record, and three requests are in the file. Guarantees:
    /// each arrives once, in order, when the one before was delivered.
    @Test
    void waitsForRoom() throws Exception {
        Files.writeString(folder.resolve("a.json"), line("1") + line("2") + line("3"));
        route(new QueueLimit(QueueLimit.Sizer.ITEMS, 1));
        begin(StartAt.BEGINNING, "*.json");
        for (String expected : List.of("1", "2", "3")) {
            assertThat(next()).isEqualTo(expected);
        }
        assertThat(arrived).isEmpty();
    }

    @Test
    void refusesToStartWithoutFiles() {
        receiver =
                new OtlpJsonFileReceiver(
                        NAME,
                        OtlpJsonFileReceiverConfig.of(),
                        routes,
                        loops.loop(0),
                        0,
                        telemetry,
                        System::nanoTime,
                        blocking,
                        new Recorder());
        assertThatThrownBy(receiver::start)
                .isInstanceOf(StartException.class)
                .hasMessageContaining("write `include`");
        assertThat(receiver.id()).isEqualTo(NAME);
    }

    private void start(StartAt startAt, String glob) throws Exception {
        route(null);
        begin(startAt, glob);
    }

    private void route(@Nullable QueueLimit limit) {
        HybridStore store =
                new HybridStore(
                        new StoreConfig(
                                "logs",
                                Signal.LOGS,
                                memory.budget("logs"),
                                Durability.MEMORY,
                                List.of(new CursorConfig("test", OnFull.REFUSE, limit))),
                        memory.loops(),
                        System::nanoTime);
        stores.put(Signal.LOGS, store);
        routes.put(
                Signal.LOGS,
                new Route(
                        Signal.LOGS,
                        List.of(store),
                        memory.loops(),
                        new Evictor(loops, List.of())));
        onLoop(() -> {
            Cursor cursor = store.shard(0).cursor(0);
            cursor.onAvailable(() -> take(cursor));
        });
    }

    private void begin(StartAt startAt, String glob) throws StartException {
        OtlpJsonFileReceiverConfig config =
                new OtlpJsonFileReceiverConfig(
                        List.of(folder + "/" + glob),
                        List.of(folder + "/x*"),
                        startAt,
                        Duration.ofMillis(5));
        receiver =
                new OtlpJsonFileReceiver(
                        NAME,
                        config,
                        routes,
                        loops.loop(0),
                        0,
                        telemetry,
                        System::nanoTime,
                        blocking,
                        new Recorder());
        receiver.start();
    }

    /// Takes what is there, and settles it in a later task: until then the queue is full.
    private void take(Cursor cursor) {
        List<Lease> leases = new ArrayList<>();
        Lease lease = cursor.take(1, 1, false);
        while (lease != null) {
            leases.add(lease);
            lease = cursor.take(1, 1, false);
        }
        loops.loop(0)
                .execute(() -> {
                    for (Lease taken : leases) {
                        arrived.add(severity(Batches.read(taken, 0)));
                        taken.ack();
                    }
                });
    }

    private static String severity(byte[] request) {
        try {
            return ExportLogsServiceRequest.parseFrom(request)
                    .getResourceLogs(0)
                    .getScopeLogs(0)
                    .getLogRecords(0)
                    .getSeverityText();
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    private String next() throws InterruptedException {
        String next = arrived.poll(SECONDS_MAX, TimeUnit.SECONDS);
        assertThat(next).as("nothing arrived: " + log).isNotNull();
        return next;
    }

    private static String line(String text) {
        return "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"severityText\":\""
                + text
                + "\"}]}]}]}\n";
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    private void onLoop(Runnable work) {
        loops.loop(0).submit(work).syncUninterruptibly();
    }

    private static void await(CompletableFuture<Boolean> future) {
        assertThat(future.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join()).isTrue();
    }

    /// Keeps what is logged.
    private final class Recorder implements System.Logger {
        @Override
        public String getName() {
            return "recorder";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String message,
                @Nullable Throwable thrown) {
            log.add(level + " " + message);
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String format,
                @Nullable Object @Nullable ... params) {
            log.add(level + " " + format);
        }
    }
}
