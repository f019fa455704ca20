package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.ContainerMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Scenario: the backend is down, and rows are held that meet the target and leave room enough.
/// Then the control group's files say that the rest of the process uses more than its reserve.
///
/// Guarantees: the budget shrinks by as much, and rows are packed because memory presses, which is
/// what the metric says.
@Timeout(90)
final class MemoryPressureTest {
    private static final long MIB = 1 << 20;
    private static final long BUDGET = 64 * MIB;
    private static final int HEAP = 32 << 20;
    private static final int REQUESTS = 40;
    private static final int RECORDS = 1_000;
    private static final String SWITCHES = "colonnade_storage_mode_switches_total";
    private static final String LIMIT = "colonnade_memory_limit_bytes";

    @TempDir private Path folder;

    @Test
    void aBudgetThatTheControlGroupShrinksHasRowsPacked() throws Exception {
        Files.createDirectories(folder.resolve("proc/self"));
        Files.createDirectories(folder.resolve("cgroup"));
        Files.writeString(folder.resolve("proc/self/cgroup"), "0::/\n");
        limit(1 << 30);
        used(0);
        ContainerMemory container =
                ContainerMemory.of(folder.resolve("cgroup"), folder.resolve("proc"));
        AgentConfig config = ConfigLoader.loadText("test.yaml", yaml(), Map.of());
        Surroundings surroundings =
                new Surroundings(
                        container,
                        HEAP,
                        1,
                        System::nanoTime,
                        new SplittableRandom(7),
                        BuiltInComponents::new);
        long reserve = ColonnadeAgent.plan(config, surroundings).reserveBytes();
        limit(reserve + BUDGET);
        ColonnadeAgent agent = ColonnadeAgent.start(config, surroundings);
        try {
            double floors = reserved(Scrape.of(agent.scrape()), "process");
            post(agent.httpPort("otlp"));
            Scrape before = awaited(agent, scrape -> records(scrape, "row") == REQUESTS * RECORDS);
            assertThat(before.sum(SWITCHES)).as("nothing presses").isZero();
            assertThat(before.value(LIMIT)).isEqualTo(BUDGET);
            double held = reserved(before, "process") - floors - reserved(before, "pool");
            long shrunk = (long) (floors + held / 0.9);
            assertThat(shrunk).isLessThan(BUDGET * 3 / 4);
            // What telemetry has reserved is used as well, and is no overrun of the rest.
            used((long) reserved(before, "process") + reserve + BUDGET - shrunk);
            Scrape after =
                    awaited(
                            agent,
                            scrape ->
                                    scrape.sum(
                                                    SWITCHES,
                                                    "to",
                                                    "packed",
                                                    "reason",
                                                    "memory_pressure")
                                            > 0);
            assertThat(after.value(LIMIT)).isBetween(shrunk - 8.0 * MIB, shrunk + 8.0 * MIB);
            assertThat(records(after, "packed")).isPositive();
            assertThat(after.sum(SWITCHES))
                    .isEqualTo(after.sum(SWITCHES, "reason", "memory_pressure"));
        } finally {
            agent.stop(Duration.ZERO, Duration.ZERO);
        }
    }

    private static double reserved(Scrape scrape, String budget) {
        return scrape.value("colonnade_memory_reserved_bytes", "budget", budget);
    }

    private static double records(Scrape scrape, String shape) {
        return scrape.sum("colonnade_storage_records", "shape", shape);
    }

    private static Scrape awaited(ColonnadeAgent agent, Predicate<Scrape> condition) {
        AtomicReference<Scrape> last = new AtomicReference<>();
        Waiting.until(
                "figures",
                () -> {
                    last.setPlain(Scrape.of(agent.scrape()));
                    return condition.test(last.getPlain());
                },
                () -> last.getPlain().all("colonnade_storage_records"));
        return last.getPlain();
    }

    private static void post(int port) throws IOException, InterruptedException {
        RandomOtlp otlp = new RandomOtlp(new SplittableRandom(3));
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (int request = 0; request < REQUESTS; request++) {
                byte[] body = otlp.request(Signal.LOGS, RECORDS);
                HttpRequest post =
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/logs"))
                                .header("Content-Type", "application/x-protobuf")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                .build();
                assertThat(client.send(post, BodyHandlers.discarding()).statusCode())
                        .isEqualTo(200);
            }
        }
    }

    private static String yaml() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return """
            receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
            exporters: {otlphttp: {endpoint: 'http://127.0.0.1:%d', sending_queue: {num_consumers: 1}}}
            storage: {memory: 64MiB, target_bytes_per_record: 100000}
            service:
              telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}}]}}
              pipelines: {logs: {receivers: [otlp], exporters: [otlphttp]}}
            """
                    .formatted(socket.getLocalPort());
        }
    }

    private void limit(long bytes) throws IOException {
        Files.writeString(folder.resolve("cgroup/memory.max"), bytes + "\n");
    }

    private void used(long bytes) throws IOException {
        Files.writeString(folder.resolve("cgroup/memory.current"), bytes + "\n");
    }
}
