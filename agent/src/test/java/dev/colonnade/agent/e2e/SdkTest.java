package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The OpenTelemetry Java SDK sends the same to the agent and to a backend beside it: what comes
/// out of the agent equals what the backend got.
final class SdkTest {
    private static final int RECORDS = 700;

    @ParameterizedTest(name = "{0}, {1} into the agent, {2} out of it")
    @CsvSource({
        "GRPC_JAVA, none, gzip",
        "GRPC_JAVA, gzip, gzip",
        "HTTP_JDK, none, none",
        "HTTP_JDK, gzip, zstd",
    })
    void arrivesAsTheSdkSentIt(Backend.Kind kind, String compression, String onwards) {
        try (Backend direct = Backend.start(kind);
                Backend backend = Backend.start(kind);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml().through(backend, "compression: " + onwards))) {
            int port = kind.isGrpc() ? agent.grpcPort() : agent.httpPort();
            try (OpenTelemetrySdk sdk = sdk(kind, compression, port, direct.port())) {
                emit(sdk);
                flush(sdk);
            }
            agent.awaitDelivered();
            for (Signal signal : Signal.values()) {
                assertThat(direct.rows(signal)).as("%s sent", signal).hasSizeGreaterThan(4);
                Sent.same(signal.label(), direct.rows(signal), backend.rows(signal));
            }
            assertThat(direct.rows(Signal.TRACES)).hasSize(RECORDS);
            assertThat(direct.rows(Signal.LOGS)).hasSize(RECORDS);
            assertThat(direct.arrivals())
                    .extracting(Arrival::encoding)
                    .containsOnly(compression.equals("none") ? "identity" : compression);
        }
    }

    @ParameterizedTest
    @CsvSource({"GRPC_JAVA", "HTTP_JDK"})
    void retriesAsItIsToldWhenTheAgentIsFull(Backend.Kind kind) {
        try (Backend backend = Backend.absent(kind);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .through(
                                                backend,
                                                "sending_queue: {queue_size: 1, sizer:"
                                                        + " requests}"));
                Sender first = new GrpcSender(agent.grpcPort())) {
            byte[] request =
                    new dev.colonnade.pipeline.testkit.RandomOtlp(new java.util.SplittableRandom(1))
                            .request(Signal.TRACES, 3);
            first.deliver(Signal.TRACES, request, Codec.IDENTITY);
            int port = kind.isGrpc() ? agent.grpcPort() : agent.httpPort();
            try (SdkTracerProvider tracers =
                    SdkTracerProvider.builder()
                            .addSpanProcessor(
                                    BatchSpanProcessor.builder(spans(kind, "gzip", port)).build())
                            .build()) {
                tracers.get("full").spanBuilder("late").startSpan().end();
                CompletableResultCode flushed = tracers.forceFlush();
                agent.await(
                        "a refusal", scrape -> scrape.sum("colonnade_requests_refused_total") > 0);
                assertThat(flushed.isDone()).isFalse();
                backend.appear();
                assertThat(flushed.join(20, TimeUnit.SECONDS).isSuccess()).isTrue();
            }
            agent.awaitDelivered();
            assertThat(backend.rows(Signal.TRACES)).hasSize(4);
        }
    }

    @Test
    void allSignalsOfManySdksAtOnceArrive() throws Exception {
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend))) {
            try (var threads = java.util.concurrent.Executors.newFixedThreadPool(4)) {
                List<java.util.concurrent.Future<?>> all = new java.util.ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    Backend.Kind kind = i % 2 == 0 ? Backend.Kind.GRPC_JAVA : Backend.Kind.HTTP_JDK;
                    int port = kind.isGrpc() ? agent.grpcPort() : agent.httpPort();
                    all.add(
                            threads.submit(() -> {
                                try (OpenTelemetrySdk sdk = sdk(kind, "gzip", port, port)) {
                                    emit(sdk);
                                    flush(sdk);
                                }
                            }));
                }
                for (var one : all) {
                    one.get(60, TimeUnit.SECONDS);
                }
            }
            agent.awaitDelivered();
            assertThat(backend.rows(Signal.LOGS)).as("each sends twice").hasSize(8 * RECORDS);
            assertThat(backend.rows(Signal.TRACES)).hasSize(8 * RECORDS);
        }
    }

    private static OpenTelemetrySdk sdk(
            Backend.Kind kind, String compression, int port, int secondPort) {
        Resource resource =
                Resource.getDefault()
                        .merge(
                                Resource.create(
                                        Attributes.of(
                                                AttributeKey.stringKey("service.name"),
                                                "checkout",
                                                AttributeKey.stringKey("host.name"),
                                                "größe-名前")));
        return OpenTelemetrySdk.builder()
                .setTracerProvider(
                        SdkTracerProvider.builder()
                                .setResource(resource)
                                .addSpanProcessor(
                                        BatchSpanProcessor.builder(
                                                        SpanExporter.composite(
                                                                spans(kind, compression, port),
                                                                spans(
                                                                        kind,
                                                                        compression,
                                                                        secondPort)))
                                                .build())
                                .build())
                .setLoggerProvider(
                        SdkLoggerProvider.builder()
                                .setResource(resource)
                                .addLogRecordProcessor(
                                        BatchLogRecordProcessor.builder(
                                                        LogRecordExporter.composite(
                                                                logs(kind, compression, port),
                                                                logs(
                                                                        kind,
                                                                        compression,
                                                                        secondPort)))
                                                .build())
                                .build())
                .setMeterProvider(
                        SdkMeterProvider.builder()
                                .setResource(resource)
                                .registerView(
                                        InstrumentSelector.builder().setName("exp").build(),
                                        View.builder()
                                                .setAggregation(
                                                        Aggregation
                                                                .base2ExponentialBucketHistogram())
                                                .build())
                                .registerMetricReader(
                                        PeriodicMetricReader.builder(
                                                        new Tee(
                                                                metrics(kind, compression, port),
                                                                metrics(
                                                                        kind,
                                                                        compression,
                                                                        secondPort)))
                                                .setInterval(Duration.ofHours(1))
                                                .build())
                                .build())
                .build();
    }

    private static void emit(OpenTelemetrySdk sdk) {
        Tracer tracer = sdk.getTracer("tracer", "1.2.3");
        Tracer other = sdk.getTracerProvider().tracerBuilder("other").build();
        Logger logger = sdk.getLogsBridge().loggerBuilder("logger").build();
        for (int i = 0; i < RECORDS / 2; i++) {
            Span parent =
                    tracer.spanBuilder("GET /orders/{id}")
                            .setSpanKind(SpanKind.SERVER)
                            .setAttribute("http.response.status_code", 200L + i % 3)
                            .setAttribute("ratio", i / 7.0)
                            .setAttribute(AttributeKey.stringArrayKey("tags"), List.of("a", "ß"))
                            .startSpan();
            try (Scope _ = parent.makeCurrent()) {
                Span child =
                        other.spanBuilder("select").addLink(parent.getSpanContext()).startSpan();
                child.addEvent("retry", Attributes.of(AttributeKey.longKey("attempt"), (long) i));
                child.recordException(new IllegalStateException("number " + i));
                child.setStatus(StatusCode.ERROR, "no");
                child.end();
                logger.logRecordBuilder()
                        .setSeverity(Severity.WARN)
                        .setBody("order " + i + " took too long")
                        .setAttribute(AttributeKey.booleanKey("slow"), true)
                        .emit();
                logger.logRecordBuilder()
                        .setSeverity(Severity.INFO)
                        .setSeverityText("info")
                        .setEventName("structured")
                        .setBody(
                                Value.of(
                                        Map.of(
                                                "list",
                                                Value.of(Value.of(1L), Value.of(2.5)),
                                                "bytes",
                                                Value.of(new byte[] {0, 1, (byte) i}))))
                        .emit();
            }
            parent.end();
        }
        measure(sdk.getMeter("meter"));
    }

    private static void measure(Meter meter) {
        LongCounter counter = meter.counterBuilder("requests").setUnit("1").build();
        DoubleHistogram histogram = meter.histogramBuilder("duration").setUnit("s").build();
        DoubleHistogram exponential = meter.histogramBuilder("exp").build();
        var upDown = meter.upDownCounterBuilder("open").build();
        var gauge = meter.gaugeBuilder("load").build();
        for (int i = 0; i < 50; i++) {
            Attributes route = Attributes.of(AttributeKey.stringKey("route"), "/r" + i % 5);
            counter.add(i, route);
            histogram.record(i / 10.0, route);
            exponential.record(i * 3.3, route);
            upDown.add(i % 2 == 0 ? 2 : -1, route);
            gauge.set(i / 3.0, route);
        }
    }

    private static void flush(OpenTelemetrySdk sdk) {
        List<CompletableResultCode> flushes =
                List.of(
                        sdk.getSdkTracerProvider().forceFlush(),
                        sdk.getSdkLoggerProvider().forceFlush(),
                        sdk.getSdkMeterProvider().forceFlush());
        assertThat(CompletableResultCode.ofAll(flushes).join(30, TimeUnit.SECONDS).isSuccess())
                .as("everything was accepted")
                .isTrue();
    }

    private static SpanExporter spans(Backend.Kind kind, String compression, int port) {
        return kind.isGrpc()
                ? OtlpGrpcSpanExporter.builder()
                        .setEndpoint(root(port))
                        .setCompression(compression)
                        .setRetryPolicy(RETRY)
                        .build()
                : OtlpHttpSpanExporter.builder()
                        .setEndpoint(root(port) + "/v1/traces")
                        .setCompression(compression)
                        .setRetryPolicy(RETRY)
                        .build();
    }

    private static LogRecordExporter logs(Backend.Kind kind, String compression, int port) {
        return kind.isGrpc()
                ? OtlpGrpcLogRecordExporter.builder()
                        .setEndpoint(root(port))
                        .setCompression(compression)
                        .build()
                : OtlpHttpLogRecordExporter.builder()
                        .setEndpoint(root(port) + "/v1/logs")
                        .setCompression(compression)
                        .build();
    }

    private static MetricExporter metrics(Backend.Kind kind, String compression, int port) {
        return kind.isGrpc()
                ? OtlpGrpcMetricExporter.builder()
                        .setEndpoint(root(port))
                        .setCompression(compression)
                        .build()
                : OtlpHttpMetricExporter.builder()
                        .setEndpoint(root(port) + "/v1/metrics")
                        .setCompression(compression)
                        .build();
    }

    /// The SDK's own, but quicker.
    private static final RetryPolicy RETRY =
            RetryPolicy.builder()
                    .setInitialBackoff(Duration.ofMillis(200))
                    .setMaxBackoff(Duration.ofMillis(500))
                    .setMaxAttempts(5)
                    .build();

    private static String root(int port) {
        return "http://127.0.0.1:" + port;
    }

    /// Exports the same twice.
    private record Tee(MetricExporter first, MetricExporter second) implements MetricExporter {
        @Override
        public CompletableResultCode export(Collection<MetricData> metrics) {
            return CompletableResultCode.ofAll(
                    List.of(first.export(metrics), second.export(metrics)));
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofAll(List.of(first.flush(), second.flush()));
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofAll(List.of(first.shutdown(), second.shutdown()));
        }

        @Override
        public AggregationTemporality getAggregationTemporality(InstrumentType type) {
            return first.getAggregationTemporality(type);
        }
    }
}
