package dev.colonnade.exporters.debug;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.DebugExporterConfig;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.exporters.testkit.Rig;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
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
}
