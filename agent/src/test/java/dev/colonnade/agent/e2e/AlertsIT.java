package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real Prometheus scrapes an agent to which everything happens that the shipped rules are for:
/// each alert fires, and is over when its reason is. Times are cut short, see [#hurried]; alerts on
/// garbage collection are promtool's alone, because no test can order a pause.
@Timeout(180)
final class AlertsIT {
    private static final Set<String> NOT_HERE = Set.of("ColonnadeGarbageCollection", "ExcessiveGC");
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();

    @TempDir Path folder;
    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(3));
    private final Set<String> fired = new LinkedHashSet<>();
    private final List<String> unanswered = new ArrayList<>(Shipped.queries("3s"));
    private @Nullable Prometheus prometheus;

    /// Something that goes on while alerts are waited for.
    private interface Activity {
        void goOn() throws Exception;
    }

    @Test
    void everyAlertFiresAndResolves() throws Exception {
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent = AgentUnderTest.start(yaml(backend));
                Sender sender = new GrpcSender(agent.grpcPort());
                Prometheus started =
                        Prometheus.start(
                                folder,
                                hurried(Files.readString(Shipped.RULES)),
                                Objects.requireNonNull(agent.metricsAddress()).getPort())) {
            prometheus = started;
            await(Set.of("LowThroughput"), Set.of(), () -> {});
            byte[] many = otlp.request(Signal.LOGS, 500);
            await(
                    Set.of("HighLatency", "ColonnadeDeliverySlow"),
                    Set.of("LowThroughput"),
                    () -> {
                        sender.deliver(Signal.LOGS, many, Codec.IDENTITY);
                        sender.deliver(
                                Signal.TRACES, otlp.request(Signal.TRACES, 1), Codec.IDENTITY);
                    });
            await(
                    Set.of("ColonnadeRefusing"),
                    Set.of(),
                    () -> sender.send(Signal.LOGS, new byte[] {1}, Codec.IDENTITY));
            backend.vanish();
            outage(sender);
            backend.appear();
            await(
                    Set.of(),
                    Set.of("ColonnadeExporterStalled", "ColonnadeMemoryPressure"),
                    () -> {});
            agent.awaitDelivered();
            backend.answerAll(Answer.REFUSED);
            sender.deliver(Signal.LOGS, otlp.request(Signal.LOGS, 3), Codec.IDENTITY);
            await(Set.of("ColonnadeRecordsDropped"), Set.of(), () -> {});
            backend.answerAll(Answer.OK);
            CountDownLatch release = new CountDownLatch(1);
            agent.block(1, release);
            await(Set.of("ColonnadeLoopStuck"), Set.of(), () -> {});
            release.countDown();
            await(Set.of(), everything(), () -> {});
            agent.awaitDelivered();
        }
        assertThat(fired).containsAll(everything()).contains("LowThroughput");
        assertThat(unanswered).as("queries of the dashboard without a result").isEmpty();
    }

    /// More and more is sent, until memory is full.
    private void outage(Sender sender) throws Exception {
        int[] round = new int[1];
        await(
                Set.of(
                        "ColonnadeExporterStalled",
                        "ColonnadeBacklogGrowing",
                        "ColonnadeBacklogOld"),
                Set.of(),
                () -> {
                    byte[] more = otlp.request(Signal.LOGS, 1 + round[0]++);
                    sender.send(Signal.LOGS, more, Codec.IDENTITY);
                });
        byte[] large = otlp.request(Signal.LOGS, 2_000);
        await(
                Set.of(
                        "ColonnadeMemoryPressure",
                        "ColonnadeRefusing",
                        "HighMemoryPerRecord",
                        "ColonnadeBytesPerRecordHigh"),
                Set.of(),
                () -> sender.send(Signal.LOGS, large, Codec.IDENTITY));
    }

    private static Yaml yaml(Backend backend) {
        return new Yaml()
                .servesMetrics()
                .storage("memory: 16MiB")
                .exporter("otlp_grpc", backend)
                .exporter(
                        "otlp_grpc/waits",
                        backend,
                        "sending_queue: {batch: {flush_timeout: 1500ms, min_size: 1000000}}")
                .pipeline("logs", "otlp_grpc")
                .pipeline("traces", "otlp_grpc/waits");
    }

    /// The shipped rules with windows of seconds, no waiting, and thresholds that a test reaches.
    private static String hurried(String rules) {
        String text = rules;
        String[][] changes = {
            {"[15m]", "[4s]"},
            {"[5m]", "[3s]"},
            {"offset 15m", "offset 4s"},
            {"for: 5m", "for: 0s"},
            {"for: 10m", "for: 0s"},
            {"_stalled_seconds > 300", "_stalled_seconds > 2"},
            {"_age_seconds > 900", "_age_seconds > 2"},
            {"_silence_seconds > 20", "_silence_seconds > 3"},
            {"(colonnade_storage_records) >= 10000", "(colonnade_storage_records) >= 1"},
            {
                "> 2 * colonnade_storage_wire_bytes_per_record + 150",
                "> colonnade_storage_wire_bytes_per_record"
            },
            {"< 500000", "< 50"},
        };
        for (String[] change : changes) {
            assertThat(text).contains(change[0]);
            text = text.replace(change[0], change[1]);
        }
        return text;
    }

    /// Goes on with `activity` until all of `wanted` have fired in this call and none of `over`
    /// does.
    private void await(Set<String> wanted, Set<String> over, Activity activity) throws Exception {
        Set<String> missing = new TreeSet<>(wanted);
        Set<String> now = Set.of();
        long end = System.nanoTime() + PATIENCE_NANOS;
        do {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(
                        "waited in vain: missing="
                                + missing
                                + ", to be over="
                                + over
                                + ", firing="
                                + now);
            }
            activity.goOn();
            LockSupport.parkNanos(LOOK_NANOS);
            now = Objects.requireNonNull(prometheus).firing();
            missing.removeAll(now);
            fired.addAll(now);
            ask();
        } while (!missing.isEmpty() || now.stream().anyMatch(over::contains));
    }

    private void ask() throws IOException {
        for (String query : List.copyOf(unanswered)) {
            if (Objects.requireNonNull(prometheus).hasResult(query)) {
                unanswered.remove(query);
            }
        }
    }

    /// All alerts that a test can order, but the one that an idle agent fires.
    private static Set<String> everything() {
        Set<String> all = new TreeSet<>();
        Shipped.alerts().forEach(alert -> all.add(alert.name()));
        all.remove("LowThroughput");
        all.removeAll(NOT_HERE);
        return all;
    }
}
