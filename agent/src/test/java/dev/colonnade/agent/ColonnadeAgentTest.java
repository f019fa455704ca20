package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.agent.testkit.HandComponents;
import dev.colonnade.agent.testkit.HandReceiver;
import dev.colonnade.agent.testkit.Ledger;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.ContainerMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked // what start() sets is there in every test that uses it
final class ColonnadeAgentTest {
    private static final long HEAP = 64 << 20;
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir Path folder;

    private long heap = HEAP;
    private int processors = 2;
    private String loops = "loops: 2";
    private HandComponents hand;
    private String startFailure;

    @Test
    void deliversAndClosesTheLedger() throws Exception {
        ColonnadeAgent agent =
                start(
                        """
                        logs: {receivers: [otlp], exporters: [nop, nop/2]}
                        logs/b: {receivers: [otlp], exporters: [nop]}
                        traces: {receivers: [otlp], exporters: [nop/2]}
                        """);
        HandReceiver receiver = hand.receiver("otlp");
        assertThat(receiver.offer(Signal.LOGS, 0, 3, 100)).isEqualTo(Admission.ADMITTED);
        assertThat(receiver.offer(Signal.LOGS, 1, 4, 5000)).isEqualTo(Admission.ADMITTED);
        assertThat(receiver.offer(Signal.TRACES, 1, 5, 70_000)).isEqualTo(Admission.ADMITTED);
        assertThat(receiver.routes()).doesNotContainKey(Signal.METRICS);
        Scrape scrape = Ledger.check(agent.scrape());
        assertThat(scrape.value("colonnade_records_delivered_total", "pipeline", "logs/b"))
                .isEqualTo(7);
        assertThat(scrape.sum("colonnade_records_stored_total")).isEqualTo(7 + 7 + 5);
        Summary summary = agent.stop(Duration.ZERO, LONG);
        assertThat(summary)
                .isEqualTo(
                        new Summary(
                                List.of(
                                        new Summary.Exporter("nop", 14, 0, 0, 0),
                                        new Summary.Exporter("nop/2", 12, 0, 0, 0)),
                                true));
        assertThat(summary.exitCode()).isZero();
        Ledger.check(agent.scrape());
    }

    @Test
    void whatIsLeftAtTheDeadlineIsLostAndTold() throws Exception {
        ColonnadeAgent agent = start("logs: {receivers: [otlp], exporters: [nop, nop/down]}\n");
        assertThat(hand.receiver("otlp").offer(Signal.LOGS, 0, 3, 100))
                .isEqualTo(Admission.ADMITTED);
        Scrape before = Ledger.check(agent.scrape());
        assertThat(before.value("colonnade_exporter_backlog_records", "exporter", "nop/down"))
                .isEqualTo(3);
        assertThat(before.value("colonnade_storage_records", "shape", "row")).isEqualTo(3);
        assertThat(before.value("colonnade_storage_wire_bytes_per_record")).isEqualTo(100 / 3.0);
        Summary summary = agent.stop(Duration.ZERO, Duration.ZERO);
        assertThat(summary.exporters())
                .containsExactly(
                        new Summary.Exporter("nop", 3, 0, 0, 0),
                        new Summary.Exporter("nop/down", 0, 0, 0, 3));
        assertThat(summary.exitCode()).isEqualTo(2);
        assertThat(summary.isClean()).isTrue();
        Scrape after = Ledger.check(agent.scrape());
        assertThat(
                        after.value(
                                "colonnade_records_dropped_total",
                                "exporter",
                                "nop/down",
                                "reason",
                                "shutdown"))
                .isEqualTo(3);
        assertThat(after.all("colonnade_storage_bytes_per_record")).isEmpty();
        assertThat(agent.stop(LONG, LONG)).isSameAs(summary);
    }

    @Test
    void drainsUntilTheBackendHasTakenEverything() throws Exception {
        ColonnadeAgent agent = start("logs: {receivers: [otlp], exporters: [nop/down]}\n");
        hand.receiver("otlp").offer(Signal.LOGS, 1, 9, 100);
        CompletableFuture<Summary> stopping =
                CompletableFuture.supplyAsync(() -> agent.stop(Duration.ZERO, LONG));
        while (!hand.exporter("nop/down").isFlushed()) {
            Thread.onSpinWait();
        }
        assertThat(stopping).isNotDone();
        hand.exporter("nop/down").up();
        Summary summary = stopping.get();
        assertThat(summary.exporters())
                .containsExactly(new Summary.Exporter("nop/down", 9, 0, 0, 0));
        assertThat(summary.exitCode()).isZero();
    }

    @Test
    void hasteEndsGraceAndDrain() throws Exception {
        ColonnadeAgent agent = start("logs: {receivers: [otlp], exporters: [nop/down]}\n");
        hand.receiver("otlp").offer(Signal.LOGS, 0, 2, 100);
        CompletableFuture<Summary> stopping =
                CompletableFuture.supplyAsync(() -> agent.stop(LONG, LONG.multipliedBy(2)));
        agent.hasten();
        assertThat(stopping.get().exporters())
                .containsExactly(new Summary.Exporter("nop/down", 0, 0, 0, 2));
    }

    @Test
    void connectorsLeadToTheStoresBehindThem() throws Exception {
        ColonnadeAgent agent =
                start(
                        """
                        logs/in: {receivers: [otlp], exporters: [forward, nop]}
                        logs/a: {receivers: [forward], exporters: [forward/2]}
                        logs/b: {receivers: [forward, forward/2], exporters: [nop/2]}
                        """);
        hand.receiver("otlp").offer(Signal.LOGS, 0, 5, 100);
        Scrape scrape = Ledger.check(agent.scrape());
        assertThat(scrape.value("colonnade_records_stored_total", "pipeline", "logs/in"))
                .isEqualTo(5);
        assertThat(scrape.value("colonnade_records_stored_total", "pipeline", "logs/b"))
                .as("reached on two ways")
                .isEqualTo(10);
        assertThat(scrape.all("colonnade_records_stored_total", "pipeline", "logs/a")).isEmpty();
        assertThat(agent.stop(Duration.ZERO, LONG).isClean()).isTrue();
    }

    @Test
    void refusesWhenMemoryIsFullAndEvictsWhereThatWasAskedFor() throws Exception {
        ColonnadeAgent agent =
                start(
                        """
                        logs: {receivers: [otlp], exporters: [nop/down], storage: {memory: 1MiB}}
                        traces: {receivers: [otlp], exporters: [nop/down], storage: {memory: 1MiB, on_full: drop_oldest}}
                        """);
        HandReceiver receiver = hand.receiver("otlp");
        int accepted = 0;
        while (receiver.offer(Signal.LOGS, 0, 1, 50_000) == Admission.ADMITTED) {
            accepted++;
        }
        assertThat(accepted).isBetween(10, 21);
        Scrape scrape = Ledger.check(agent.scrape());
        assertThat(scrape.value("colonnade_memory_reserved_bytes", "budget", "logs"))
                .isLessThanOrEqualTo(1 << 20);
        assertThat(agent.stop(Duration.ZERO, Duration.ZERO).isClean()).isTrue();
    }

    @Test
    void servesMetricsOverHttp() throws Exception {
        ColonnadeAgent agent = start("logs: {receivers: [otlp], exporters: [nop]}\n");
        String root = "http://127.0.0.1:" + agent.metricsAddress().getPort();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<byte[]> page = get(client, root + "/metrics");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("content-type"))
                    .hasValue("text/plain; version=0.0.4; charset=utf-8");
            Scrape scrape = Ledger.check(page.body());
            assertThat(scrape.value("colonnade_memory_limit_bytes"))
                    .isEqualTo((double) agent.memoryPlan().budgetBytes());
            assertThat(scrape.value("jvm_gc_memory_allocated_bytes_total")).isPositive();
            assertThat(scrape.value("process_cpu_seconds_total")).isPositive();
            assertThat(scrape.value("colonnade_build_info", "version", Version.text()))
                    .isEqualTo(1);
            assertThat(scrape.types())
                    .containsEntry("colonnade_records_stored_total", "counter")
                    .containsEntry("colonnade_storage_records", "gauge");
            assertThat(get(client, root + "/metrics?x=y").statusCode()).isEqualTo(200);
            assertThat(get(client, root + "/").statusCode()).isEqualTo(404);
            HttpResponse<String> post =
                    client.send(
                            HttpRequest.newBuilder(URI.create(root + "/metrics"))
                                    .POST(HttpRequest.BodyPublishers.ofString("x"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(post.statusCode()).isEqualTo(405);
        }
        assertThat(agent.stop(Duration.ZERO, LONG).isClean()).isTrue();
    }

    @Test
    void aPortInUseIsNoStart() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() ->
                            start(
                                    "logs: {receivers: [otlp], exporters: [nop]}\n",
                                    taken.getLocalPort()))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("cannot listen: address=127.0.0.1:")
                    .hasMessageContaining("Address already in use");
        }
    }

    @Test
    void aComponentThatDoesNotStartIsNoStart() {
        startFailure = "cannot listen on nowhere";
        assertThatThrownBy(() -> start("logs: {receivers: [otlp], exporters: [nop]}\n"))
                .isInstanceOf(StartException.class)
                .hasMessage("cannot listen on nowhere");
    }

    @Test
    void tooLittleMemoryIsNoStart() throws Exception {
        limit(80L << 20);
        assertThatThrownBy(() -> start("logs: {receivers: [otlp], exporters: [nop]}\n"))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("not enough memory for telemetry")
                .hasMessageContaining("give the container at least");
    }

    @Test
    void theContainersLimitLessTheReserveIsTheBudget() throws Exception {
        limit(256L << 20);
        ColonnadeAgent agent =
                start("logs: {receivers: [otlp], exporters: [nop]}\n", 0, "storage: {}");
        long reserve = RuntimeReserve.bytes(HEAP, 2);
        assertThat(agent.memoryPlan().budgetBytes()).isEqualTo((256L << 20) - reserve);
        assertThat(agent.stop(Duration.ZERO, LONG).isClean()).isTrue();
    }

    /// Scenario: a small container without a limit of processors, on a large machine. Guarantees:
    /// it starts, with so many loops as have memory enough.
    @ParameterizedTest
    @CsvSource({"64, 1", "128, 4", "2048, 64"})
    void hasSoManyLoopsAsMemoryAllows(long mebibytes, int expected) throws Exception {
        limit(mebibytes << 20);
        heap = 20 << 20;
        processors = 64;
        loops = "";
        ColonnadeAgent agent =
                start("logs: {receivers: [otlp], exporters: [nop]}\n", 0, "storage: {}");
        assertThat(agent.loops().count()).isEqualTo(expected);
        assertThat(agent.memoryPlan().budgetBytes())
                .isGreaterThanOrEqualTo((mebibytes - 55 - expected) << 20);
        assertThat(agent.stop(Duration.ZERO, LONG).isClean()).isTrue();
    }

    private void limit(long bytes) throws IOException {
        Path group = Files.createDirectories(folder.resolve("cgroup"));
        Files.createDirectories(folder.resolve("proc/self"));
        Files.writeString(folder.resolve("proc/self/cgroup"), "0::/\n");
        Files.writeString(group.resolve("memory.max"), bytes + "\n");
        Files.writeString(group.resolve("memory.current"), "1000\n");
    }

    private ColonnadeAgent start(String pipelines) throws ConfigException, StartException {
        return start(pipelines, 0);
    }

    private ColonnadeAgent start(String pipelines, int metricsPort)
            throws ConfigException, StartException {
        return start(pipelines, metricsPort, "storage: {memory: 16MiB}");
    }

    private ColonnadeAgent start(String pipelines, int metricsPort, String storage)
            throws ConfigException, StartException {
        String connectors =
                pipelines.contains("forward") ? "connectors: {forward: , forward/2: }" : "";
        String yaml =
                """
                receivers: {otlp: {protocols: {grpc: }}}
                exporters: {nop: , nop/2: , nop/down: }
                %s
                %s
                service:
                  %s
                  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: %d}}}}]}}
                  pipelines:
                %s
                """
                        .formatted(storage, connectors, loops, metricsPort, pipelines.indent(4));
        return ColonnadeAgent.start(
                ConfigLoader.loadText("test.yaml", yaml, Map.of()),
                new Surroundings(
                        ContainerMemory.of(folder.resolve("cgroup"), folder.resolve("proc")),
                        heap,
                        processors,
                        System::nanoTime,
                        new SplittableRandom(7),
                        (loops, _, _, nanoClock, _) -> {
                            hand = new HandComponents(loops, nanoClock, startFailure);
                            return hand;
                        }));
    }

    private static HttpResponse<byte[]> get(HttpClient client, String uri) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(uri)).build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }
}
