package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.colonnade.agent.MetricCatalogue;
import dev.colonnade.agent.telemetry.MetricNames;
import dev.colonnade.agent.testkit.Ledger;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.Metric;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The page that Prometheus reads, from an agent that has seen deliveries, refusals and drops.
final class MetricsPageTest {
    /// Shown only by a packaged agent, which AotCacheTest and PackageIT look at.
    private static final String PACKAGED = "colonnade_aot_cache_used";

    @TempDir static Path folder;
    private static String page = "";

    @ParameterizedTest
    @MethodSource("declared")
    void everyDeclaredMetricIsThereWithItsLabels(Metric metric) throws Exception {
        Scrape scrape = Scrape.of(page().getBytes(StandardCharsets.UTF_8));
        String name = MetricNames.WITH_SUFFIXES.of(metric);
        assertThat(scrape.types())
                .containsEntry(name, metric.kind().name().toLowerCase(Locale.ROOT));
        String sample = metric.kind() == Metric.Kind.HISTOGRAM ? name + "_count" : name;
        assertThat(scrape.all(sample))
                .isNotEmpty()
                .allSatisfy(one ->
                        assertThat(one.labels().keySet())
                                .containsExactlyInAnyOrderElementsOf(metric.labels()));
        assertThat(page()).contains("# HELP " + name + " " + metric.help() + "\n");
    }

    @Test
    void nothingElseIsThere() throws Exception {
        Scrape scrape = Scrape.of(page().getBytes(StandardCharsets.UTF_8));
        assertThat(scrape.types().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        declared().map(MetricNames.WITH_SUFFIXES::of).toList());
    }

    static Stream<Metric> declared() {
        return MetricCatalogue.metrics().filter(metric -> !metric.name().equals(PACKAGED));
    }

    @Test
    void figuresAreThoseOfWhatHappened() throws Exception {
        Scrape scrape = Ledger.check(page().getBytes(StandardCharsets.UTF_8));
        assertThat(scrape.value("otelcol_receiver_accepted_log_records_total", "transport", "grpc"))
                .isEqualTo(30);
        assertThat(scrape.value("otelcol_exporter_sent_log_records_total", "exporter", "otlp_grpc"))
                .isEqualTo(20);
        assertThat(scrape.sum("colonnade_exporter_backlog_records", "exporter", "otlp_grpc/down"))
                .isEqualTo(30);
        assertThat(scrape.value("colonnade_storage_bytes_per_record", "pipeline", "logs"))
                .isGreaterThan(100);
        for (String edge : new String[] {"0.001", "0.005", "+Inf"}) {
            assertThat(
                            scrape.all("colonnade_delivery_seconds_bucket").stream()
                                    .map(sample -> sample.label("le")))
                    .contains(edge);
        }
        assertThat(scrape.value("colonnade_delivery_seconds_count", "exporter", "otlp_grpc"))
                .isPositive();
        assertThat(
                        scrape.value(
                                "colonnade_records_dropped_total",
                                "exporter",
                                "otlp_grpc",
                                "reason",
                                "rejected"))
                .isEqualTo(10);
        assertThat(
                        scrape.value(
                                "otelcol_processor_outgoing_items_total",
                                "processor",
                                "resource/p",
                                "otel_signal",
                                "logs"))
                .isEqualTo(30);
        assertThat(scrape.value("colonnade_queue_wait_seconds_count", "exporter", "otlp_grpc"))
                .isEqualTo(2);
        for (String reason : new String[] {"rejected", "expired", "evicted", "shutdown"}) {
            assertThat(scrape.all("colonnade_records_dropped_total", "reason", reason)).hasSize(4);
        }
    }

    @Test
    void promtoolFindsNothingWrong() throws Exception {
        Path promtool = promtool();
        assumeTrue(promtool != null, "promtool is not on PATH");
        Path input = Files.writeString(folder.resolve("page.txt"), page());
        Path output = folder.resolve("promtool.txt");
        Process process =
                new ProcessBuilder(String.valueOf(promtool), "check", "metrics")
                        .redirectInput(input.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    }

    private static @Nullable Path promtool() {
        return Arrays.stream(System.getenv("PATH").split(":"))
                .map(directory -> Path.of(directory, "promtool"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    /// The page, made once.
    private static synchronized String page() throws IOException, InterruptedException {
        if (!page.isEmpty()) {
            return page;
        }
        RandomOtlp otlp = new RandomOtlp(new SplittableRandom(2));
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .servesMetrics()
                                        // Enough to change shapes.
                                        .storage("memory: 256MiB")
                                        .exporter("otlp_grpc", backend)
                                        .exporter("otlp_grpc/down", dead)
                                        .exporter("debug/quiet: {verbosity: basic}")
                                        .processors(
                                                "resource/p: {attributes: [{key: k, value: v,"
                                                        + " action: upsert}]}")
                                        .pipeline(
                                                "logs",
                                                "otlp",
                                                "otlp_grpc, otlp_grpc/down",
                                                "processors: [resource/p]")
                                        .pipeline("traces", "debug/quiet")
                                        .pipeline("metrics", "debug/quiet"));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            sender.deliver(Signal.LOGS, otlp.request(Signal.LOGS, 20), Codec.GZIP);
            agent.await("delivery", now -> AgentUnderTest.delivered(now, "otlp_grpc") == 20);
            backend.answerAll(Answer.REFUSED);
            sender.deliver(Signal.LOGS, otlp.request(Signal.LOGS, 10), Codec.IDENTITY);
            agent.await(
                    "a drop", now -> AgentUnderTest.dropped(now, "otlp_grpc", "rejected") == 10);
            assertThat(sender.send(Signal.LOGS, new byte[] {1}, Codec.IDENTITY).isAccepted())
                    .isFalse();
            agent.awaitLedger();
            page = get(Objects.requireNonNull(agent.metricsAddress()));
            assertThat(agent.stopNow().exitCode()).isEqualTo(2);
        }
        return page;
    }

    private static String get(InetSocketAddress address) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response =
                    client.send(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "http://127.0.0.1:"
                                                            + address.getPort()
                                                            + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
            return response.body();
        }
    }
}
