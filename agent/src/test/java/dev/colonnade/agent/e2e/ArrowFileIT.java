package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.resource.v1.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The exporter `file` writes Arrow, and Apache Arrow for JavaScript reads it: the same records, in
/// the order in which they were sent.
final class ArrowFileIT {
    private static final int REQUESTS = 6;

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource
    void isReadByAnotherImplementation(Signal signal) throws Exception {
        String node = ForeignTool.find("node", "node", "nodejs");
        Path scripts = ForeignTool.scripts();
        Path file = folder.resolve("out.arrows");
        Yaml yaml =
                new Yaml()
                        .exporter("file: {path: \"" + file + "\", format: arrow}")
                        .pipeline(signal.label(), "file");
        RandomOtlp otlp = new RandomOtlp(new SplittableRandom(11));
        List<String> sent = new ArrayList<>();
        try (AgentUnderTest agent = AgentUnderTest.start(yaml);
                HttpSender sender = new HttpSender(agent.httpPort())) {
            for (int number = 0; number < REQUESTS; number++) {
                byte[] request = otlp.request(signal, 40);
                sent.addAll(lines(signal, request));
                sender.send(signal, request, Codec.IDENTITY);
            }
            agent.awaitDelivered();
        }
        ForeignTool.Ended ended =
                ForeignTool.run(
                        scripts, Duration.ofSeconds(60), node, "read-arrow.mjs", file.toString());
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        assertThat(ended.output().lines()).containsExactlyElementsOf(sent);
    }

    private static List<String> lines(Signal signal, byte[] request) throws Exception {
        return switch (signal) {
            case LOGS -> logs(ExportLogsServiceRequest.parseFrom(request));
            case TRACES -> spans(ExportTraceServiceRequest.parseFrom(request));
            case METRICS -> points(ExportMetricsServiceRequest.parseFrom(request));
        };
    }

    private static List<String> logs(ExportLogsServiceRequest request) {
        List<String> lines = new ArrayList<>();
        for (var resource : request.getResourceLogsList()) {
            for (var scope : resource.getScopeLogsList()) {
                for (var log : scope.getLogRecordsList()) {
                    lines.add(
                            String.join(
                                    "|",
                                    "logs",
                                    Long.toString(log.getTimeUnixNano()),
                                    hex(log.getTraceId().toByteArray()),
                                    Integer.toString(log.getSeverityNumberValue()),
                                    service(resource.getResource()),
                                    log.getBody().getStringValue()));
                }
            }
        }
        return lines;
    }

    private static List<String> spans(ExportTraceServiceRequest request) {
        List<String> lines = new ArrayList<>();
        for (var resource : request.getResourceSpansList()) {
            for (var scope : resource.getScopeSpansList()) {
                for (var span : scope.getSpansList()) {
                    lines.add(
                            String.join(
                                    "|",
                                    "traces",
                                    Long.toString(span.getStartTimeUnixNano()),
                                    hex(span.getSpanId().toByteArray()),
                                    Integer.toString(span.getStatus().getCodeValue()),
                                    service(resource.getResource()),
                                    span.getName(),
                                    Integer.toString(span.getEventsCount())));
                }
            }
        }
        return lines;
    }

    private static List<String> points(ExportMetricsServiceRequest request) {
        List<String> lines = new ArrayList<>();
        for (var resource : request.getResourceMetricsList()) {
            String service = service(resource.getResource());
            for (var scope : resource.getScopeMetricsList()) {
                scope.getMetricsList().forEach(metric -> addPoints(metric, service, lines));
            }
        }
        return lines;
    }

    private static void addPoints(Metric metric, String service, List<String> lines) {
        String name = service + "|" + metric.getName() + "|";
        switch (metric.getDataCase()) {
            case GAUGE ->
                    metric.getGauge()
                            .getDataPointsList()
                            .forEach(point ->
                                    lines.add(line(point.getTimeUnixNano(), "gauge", name)));
            case SUM ->
                    metric.getSum()
                            .getDataPointsList()
                            .forEach(
                                    point -> lines.add(line(point.getTimeUnixNano(), "sum", name)));
            case SUMMARY ->
                    metric.getSummary()
                            .getDataPointsList()
                            .forEach(point ->
                                    lines.add(line(point.getTimeUnixNano(), "summary", name)));
            case EXPONENTIAL_HISTOGRAM ->
                    metric.getExponentialHistogram()
                            .getDataPointsList()
                            .forEach(point ->
                                    lines.add(
                                            line(
                                                    point.getTimeUnixNano(),
                                                    "exponential_histogram",
                                                    name)));
            case HISTOGRAM ->
                    metric.getHistogram()
                            .getDataPointsList()
                            .forEach(point ->
                                    lines.add(
                                            line(point.getTimeUnixNano(), "histogram", name)
                                                    + point.getBucketCountsList().stream()
                                                            .map(Long::toUnsignedString)
                                                            .collect(Collectors.joining("+"))));
            case DATA_NOT_SET -> {}
        }
    }

    private static String line(long time, String type, String name) {
        return "metrics|" + time + "|" + type + "|" + name;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static String service(Resource resource) {
        for (KeyValue attribute : resource.getAttributesList()) {
            if (attribute.getKey().equals("service.name")) {
                return attribute.getValue().getStringValue();
            }
        }
        return "";
    }
}
