package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.colonnade.agent.testkit.HttpBackend;
import dev.colonnade.agent.testkit.TestAgent;
import dev.colonnade.pipeline.StartException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What processors, files and their configuration do to telemetry on its way through an agent.
final class EdgesThroughAgentTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private static final String KUBERNETES =
            """
            processors:
              resource/kubernetes:
                attributes:
                  - {key: k8s.pod.name, value: "${env:POD_NAME}", action: upsert}
                  - {key: k8s.node.name, value: "${env:NODE_NAME:-unknown}", action: insert}
              attributes:
                exclude: {match_type: strict, attributes: [{key: keep, value: true}]}
                actions:
                  - {key: password, action: delete}
                  - {key: tries, action: upsert, value: 7}
            """;

    @Test
    void processorsEditOnePipelineAndLeaveTheOtherAlone() throws Exception {
        try (HttpBackend backend = new HttpBackend()) {
            TestAgent agent =
                    TestAgent.start(
                            TestAgent.yaml(
                                            """
                                            otlp_http/edited: %s
                                            otlp_http/plain: %s
                                            """
                                                    .formatted(
                                                            backend.exporter("/edited"),
                                                            backend.exporter("/plain")),
                                            """
                                            logs:
                                              receivers: [otlp]
                                              processors: [resource/kubernetes, attributes]
                                              exporters: [otlp_http/edited]
                                            logs/plain:
                                              receivers: [otlp]
                                              exporters: [otlp_http/plain]
                                            """)
                                    + KUBERNETES,
                            Map.of("POD_NAME", "shop-7"));
            LogRecord kept = record(flag("keep", true), text("password", "a"));
            LogRecord changed = record(text("password", "a"), text("user", "b"));
            post(agent, "logs", logs(resource(text("k8s.pod.name", "?")), kept, changed));
            Summary summary = agent.stop(LONG);
            assertThat(summary.exitCode()).isZero();
            assertThat(ExportLogsServiceRequest.parseFrom(backend.await("/edited/v1/logs")))
                    .isEqualTo(
                            logs(
                                    resource(
                                            text("k8s.pod.name", "shop-7"),
                                            text("k8s.node.name", "unknown")),
                                    kept,
                                    record(text("user", "b"), number("tries", 7))));
            assertThat(ExportLogsServiceRequest.parseFrom(backend.await("/plain/v1/logs")))
                    .isEqualTo(logs(resource(text("k8s.pod.name", "?")), kept, changed));
        }
    }

    @Test
    void processorsOfEachPipelineOnTheWayWorkInOrder() throws Exception {
        try (HttpBackend backend = new HttpBackend()) {
            TestAgent agent =
                    TestAgent.start(
                            TestAgent.yaml(
                                            "otlp_http: " + backend.exporter(""),
                                            """
                                            traces/in:
                                              receivers: [otlp]
                                              processors: [attributes/first, attributes/second]
                                              exporters: [forward]
                                            traces/out:
                                              receivers: [forward]
                                              processors: [attributes/third]
                                              exporters: [otlp_http]
                                            """)
                                    + """
                                    connectors: {forward: }
                                    processors:
                                      attributes/first: {actions: [{key: a, action: insert, value: 1}]}
                                      attributes/second: {actions: [{key: b, action: insert, from_attribute: a}]}
                                      attributes/third: {actions: [{key: c, action: insert, from_attribute: b}, {key: a, action: delete}]}
                                    """);
            post(agent, "traces", traces(Span.newBuilder().setName("s")));
            assertThat(agent.stop(LONG).exitCode()).isZero();
            assertThat(ExportTraceServiceRequest.parseFrom(backend.await("/v1/traces")))
                    .isEqualTo(
                            traces(
                                    Span.newBuilder()
                                            .setName("s")
                                            .addAttributes(number("b", 1))
                                            .addAttributes(number("c", 1))));
        }
    }

    @Test
    void exportersMergeAsTheBatchProcessorSays() throws Exception {
        try (HttpBackend backend = new HttpBackend()) {
            TestAgent agent =
                    TestAgent.start(
                            TestAgent.yaml(
                                            "otlp_http: " + backend.exporter(""),
                                            """
                                            logs/in: {receivers: [otlp], processors: [batch], exporters: [forward]}
                                            logs/out: {receivers: [forward], exporters: [otlp_http]}
                                            """)
                                    + """
                                    connectors: {forward: }
                                    processors:
                                      batch: {timeout: 10m, send_batch_size: 10, send_batch_max_size: 12}
                                    """);
            List<LogRecord> sent = new ArrayList<>();
            try (HttpClient client = HttpClient.newHttpClient()) {
                for (int request = 0; request < 6; request++) {
                    LogRecord[] records = new LogRecord[4];
                    for (int index = 0; index < records.length; index++) {
                        records[index] = record(number("n", sent.size()));
                        sent.add(records[index]);
                    }
                    post(client, agent, "logs", logs(resource(), records));
                }
            }
            List<byte[]> bodies = new ArrayList<>();
            bodies.add(backend.await("/v1/logs"));
            assertThat(agent.stop(LONG).exitCode()).isZero();
            bodies.addAll(backend.received("/v1/logs"));
            List<LogRecord> received = new ArrayList<>();
            for (byte[] body : bodies) {
                List<LogRecord> merged = records(body);
                assertThat(merged).hasSizeBetween(8, 12);
                received.addAll(merged);
            }
            assertThat(received).containsExactlyInAnyOrderElementsOf(sent);
        }
    }

    @Test
    void memoryLimiterCapsTheBudget() throws Exception {
        String yaml =
                TestAgent.yaml(
                                "nop:",
                                """
                                logs: {receivers: [otlp], processors: [memory_limiter], exporters: [nop]}
                                """)
                        + """
                        processors:
                          memory_limiter: {check_interval: 1s, limit_mib: 12}
                          memory_limiter/unused: {check_interval: 1s, limit_mib: 9}
                        """;
        try (TestAgent agent = TestAgent.start(yaml)) {
            assertThat(agent.scrape().value("colonnade_memory_limit_bytes")).isEqualTo(12 << 20);
            post(agent, "logs", logs(resource(), record()));
        }
        assertThatThrownBy(() -> TestAgent.start(yaml.replace("limit_mib: 12", "limit_mib: 5")))
                .isInstanceOf(StartException.class)
                .hasMessage(
                        "memory limiter leaves too little for telemetry: processor=memory_limiter,"
                                + " limit=5242880, needed=8388608");
    }

    @Test
    void filesAreReplayedAsTheyCame(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("made/if-missing/telemetry.jsonl");
        ExportLogsServiceRequest logs = logs(resource(text("r", "x")), record(text("a", "\"b\"")));
        ExportTraceServiceRequest traces =
                traces(Span.newBuilder().setName("s").setKind(Span.SpanKind.SPAN_KIND_SERVER));
        ExportMetricsServiceRequest metrics = metrics();
        TestAgent writer =
                TestAgent.start(
                        TestAgent.yaml(
                                "file: {path: '" + file + "'}",
                                """
                                logs: {receivers: [otlp], exporters: [file]}
                                traces: {receivers: [otlp], exporters: [file]}
                                metrics: {receivers: [otlp], exporters: [file]}
                                """));
        post(writer, "logs", logs);
        post(writer, "traces", traces);
        post(writer, "metrics", metrics);
        assertThat(writer.stop(LONG).exitCode()).isZero();

        try (HttpBackend backend = new HttpBackend()) {
            TestAgent reader =
                    TestAgent.start(
                            TestAgent.yaml(
                                            "otlp_http: " + backend.exporter(""),
                                            """
                                            logs: {receivers: [otlp_json_file], exporters: [otlp_http]}
                                            traces: {receivers: [otlp_json_file], exporters: [otlp_http]}
                                            metrics: {receivers: [otlp_json_file], exporters: [otlp_http]}
                                            """)
                                    .replace(
                                            "receivers:\n  otlp:",
                                            """
                                            receivers:
                                              otlp_json_file: {include: ['%s/*.jsonl'], start_at: beginning}
                                              otlp:\
                                            """
                                                    .formatted(file.getParent())));
            assertThat(ExportLogsServiceRequest.parseFrom(backend.await("/v1/logs")))
                    .isEqualTo(logs);
            assertThat(ExportTraceServiceRequest.parseFrom(backend.await("/v1/traces")))
                    .isEqualTo(traces);
            assertThat(ExportMetricsServiceRequest.parseFrom(backend.await("/v1/metrics")))
                    .isEqualTo(metrics);
            assertThat(reader.stop(LONG).exporters())
                    .containsExactly(new Summary.Exporter("otlp_http", 3, 0, 0, 0));
        }
    }

    private static void post(TestAgent agent, String signal, Message request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            post(client, agent, signal, request);
        }
    }

    private static void post(HttpClient client, TestAgent agent, String signal, Message request)
            throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + agent.httpPort() + "/v1/" + signal);
        HttpResponse<Void> answer =
                client.send(
                        HttpRequest.newBuilder(uri)
                                .header("Content-Type", "application/x-protobuf")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(request.toByteArray()))
                                .build(),
                        HttpResponse.BodyHandlers.discarding());
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    private static List<LogRecord> records(byte[] body) throws InvalidProtocolBufferException {
        return ExportLogsServiceRequest.parseFrom(body).getResourceLogsList().stream()
                .flatMap(resource -> resource.getScopeLogsList().stream())
                .flatMap(scope -> scope.getLogRecordsList().stream())
                .toList();
    }

    private static ExportLogsServiceRequest logs(Resource resource, LogRecord... records) {
        ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
        request.addResourceLogsBuilder()
                .setResource(resource)
                .addScopeLogsBuilder()
                .addAllLogRecords(List.of(records));
        return request.build();
    }

    private static ExportTraceServiceRequest traces(Span.Builder span) {
        ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
        request.addResourceSpansBuilder().addScopeSpansBuilder().addSpans(span);
        return request.build();
    }

    private static ExportMetricsServiceRequest metrics() {
        ExportMetricsServiceRequest.Builder request = ExportMetricsServiceRequest.newBuilder();
        request.addResourceMetricsBuilder()
                .addScopeMetricsBuilder()
                .addMetrics(
                        Metric.newBuilder()
                                .setName("m")
                                .setGauge(
                                        Gauge.newBuilder()
                                                .addDataPoints(
                                                        NumberDataPoint.newBuilder()
                                                                .setAsInt(Long.MAX_VALUE)
                                                                .addAttributes(text("a", "b")))));
        return request.build();
    }

    private static Resource resource(KeyValue... attributes) {
        return Resource.newBuilder().addAllAttributes(List.of(attributes)).build();
    }

    private static LogRecord record(KeyValue... attributes) {
        return LogRecord.newBuilder()
                .setTimeUnixNano(1)
                .addAllAttributes(List.of(attributes))
                .build();
    }

    private static KeyValue text(String key, String value) {
        return value(key, AnyValue.newBuilder().setStringValue(value));
    }

    private static KeyValue number(String key, long value) {
        return value(key, AnyValue.newBuilder().setIntValue(value));
    }

    private static KeyValue flag(String key, boolean value) {
        return value(key, AnyValue.newBuilder().setBoolValue(value));
    }

    private static KeyValue value(String key, AnyValue.Builder value) {
        return KeyValue.newBuilder().setKey(key).setValue(value).build();
    }
}
