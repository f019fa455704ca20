package dev.colonnade.exporters.debug;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.DebugExporterConfig;
import dev.colonnade.exporters.DebugExporterConfig.Verbosity;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.exporters.testkit.Rig;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class DebugExporterTest {
    private final RandomOtlp otlp = new RandomOtlp(new Random(1));
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Test
    void printsALineOfCountsForEachRequest() throws StartException, IOException {
        byte[] points = otlp.request(Signal.METRICS, 200);
        ExportMetricsServiceRequest request = ExportMetricsServiceRequest.parseFrom(points);
        long metrics =
                request.getResourceMetricsList().stream()
                        .flatMap(resource -> resource.getScopeMetricsList().stream())
                        .mapToLong(scope -> scope.getMetricsCount())
                        .sum();
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
            out.write(points);
        }
        try (Rig rig =
                new Rig(context ->
                        new DebugExporter(
                                "debug", DebugExporterConfig.DEFAULT, context, lines::add))) {
            assertThat(Rig.await(rig.append(Signal.LOGS, otlp.request(Signal.LOGS, 1), 1)))
                    .isEmpty();
            assertThat(Rig.await(rig.append(Signal.TRACES, otlp.request(Signal.TRACES, 1), 1)))
                    .isEmpty();
            assertThat(Rig.await(rig.append(Signal.METRICS, points, 200))).isEmpty();
            assertThat(
                            Rig.await(
                                    rig.append(
                                            0,
                                            Signal.METRICS,
                                            Codec.GZIP,
                                            gzip.toByteArray(),
                                            points.length,
                                            200)))
                    .isEmpty();
            rig.closeExporter();
            String counted =
                    "Metrics {\"resource metrics\": "
                            + request.getResourceMetricsCount()
                            + ", \"metrics\": "
                            + metrics
                            + ", \"data points\": 200}";
            assertThat(lines)
                    .containsExactly(
                            "Logs {\"resource logs\": 1, \"log records\": 1}",
                            "Traces {\"resource spans\": 1, \"spans\": 1}",
                            counted,
                            counted);
            assertThat(rig.metrics().value(ExporterMetrics.sent(Signal.METRICS), "debug"))
                    .isEqualTo(400);
        }
    }

    @Test
    void aTerminalThatBlocksCostsLinesAndNothingElse() throws StartException {
        CountDownLatch unblocked = new CountDownLatch(1);
        int requests = DebugExporter.LINES_MAX + 100;
        try (Rig rig =
                new Rig(context ->
                        new DebugExporter(
                                "debug",
                                DebugExporterConfig.DEFAULT,
                                context,
                                line -> {
                                    try {
                                        unblocked.await();
                                    } catch (InterruptedException e) {
                                        throw new IllegalStateException(e);
                                    }
                                    lines.add(line);
                                }))) {
            byte[] request = otlp.request(Signal.LOGS, 1);
            for (int i = 0; i < requests; i++) {
                assertThat(Rig.await(rig.append(Signal.LOGS, request, 1))).isEmpty();
            }
            assertThat(rig.store(Signal.LOGS).delivered(0)).isEqualTo(requests);
            long dropped = rig.metrics().value(ExporterMetrics.LINES_DROPPED, "debug");
            assertThat(dropped).isBetween(90L, 100L);
            unblocked.countDown();
            rig.closeExporter();
        }
    }

    @Test
    void showsRecordsBelowTheCounts() throws StartException {
        byte[] request = log("a message");
        try (Rig rig = rig(DebugExporterConfig.DEFAULT.withVerbosity(Verbosity.NORMAL))) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 1))).isEmpty();
            rig.closeExporter();
        }
        try (Rig rig = rig(DebugExporterConfig.DEFAULT.withVerbosity(Verbosity.DETAILED))) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 1))).isEmpty();
            rig.closeExporter();
        }
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst())
                .isEqualTo("Logs {\"resource logs\": 1, \"log records\": 1}\na message");
        assertThat(lines.getLast())
                .startsWith("Logs {\"resource logs\": 1, \"log records\": 1}\nResourceLog #0\n")
                .contains("Body: Str(a message)\n")
                .doesNotEndWith("\n");
    }

    @Test
    void cutsLongTextsAndDoesNotShowLargeRequests() throws StartException {
        byte[] large = log("x".repeat(TextLines.REQUEST_BYTES_MAX));
        byte[] manyLines =
                ExportLogsServiceRequest.newBuilder()
                        .addResourceLogs(
                                ResourceLogs.newBuilder()
                                        .addScopeLogs(
                                                ScopeLogs.newBuilder()
                                                        .addAllLogRecords(
                                                                Collections.nCopies(
                                                                        20_000,
                                                                        LogRecord
                                                                                .getDefaultInstance()))))
                        .build()
                        .toByteArray();
        try (Rig rig = rig(DebugExporterConfig.DEFAULT.withVerbosity(Verbosity.DETAILED))) {
            assertThat(Rig.await(rig.append(Signal.LOGS, large, 1))).isEmpty();
            assertThat(Rig.await(rig.append(Signal.LOGS, manyLines, 20_000))).isEmpty();
            rig.closeExporter();
        }
        assertThat(lines)
                .first()
                .isEqualTo(
                        "Logs {\"resource logs\": 1, \"log records\": 1}\n"
                                + "(not shown: request bytes="
                                + large.length
                                + ", bytes max=524288)");
        assertThat(lines.getLast())
                .endsWith("\n(cut: characters max=524288)")
                .hasSize(TextLines.TEXT_CHARS_MAX + "\n(cut: characters max=524288)".length());
    }

    @Test
    void printsTheFirstOfEachSecondAndThenEverySoManieth() {
        AtomicLong nanos = new AtomicLong();
        Sampler sampler = new Sampler(2, 3, nanos::get);
        assertThat(passing(sampler, Signal.LOGS, 9)).containsExactly(1, 2, 5, 8);
        assertThat(passing(sampler, Signal.TRACES, 3)).containsExactly(1, 2);
        nanos.set(1_000_000_000);
        assertThat(passing(sampler, Signal.LOGS, 4)).containsExactly(1, 2);
        assertThat(passing(new Sampler(1, 0, nanos::get), Signal.LOGS, 9)).containsExactly(1);
    }

    @Test
    void deliversWhatItDoesNotPrint() throws StartException {
        byte[] request = otlp.request(Signal.LOGS, 1);
        try (Rig rig = rig(DebugExporterConfig.DEFAULT.withSampling(0, 0))) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 1))).isEmpty();
            rig.closeExporter();
            assertThat(rig.store(Signal.LOGS).delivered(0)).isEqualTo(1);
            assertThat(rig.metrics().value(ExporterMetrics.LINES_DROPPED, "debug")).isZero();
        }
        assertThat(lines).isEmpty();
    }

    private Rig rig(DebugExporterConfig config) throws StartException {
        return new Rig(context -> new DebugExporter("debug", config, context, lines::add));
    }

    private static List<Integer> passing(Sampler sampler, Signal signal, int requests) {
        return IntStream.rangeClosed(1, requests)
                .filter(_ -> sampler.passes(signal))
                .boxed()
                .toList();
    }

    private static byte[] log(String body) {
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(
                        ResourceLogs.newBuilder()
                                .addScopeLogs(
                                        ScopeLogs.newBuilder()
                                                .addLogRecords(
                                                        LogRecord.newBuilder()
                                                                .setBody(
                                                                        AnyValue.newBuilder()
                                                                                .setStringValue(
                                                                                        body)))))
                .build()
                .toByteArray();
    }
}
