package dev.colonnade.benchmarks;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/// Bodies for the wire benchmarks: 1000 records each, one resource, one scope, eight to twelve
/// attributes a record; a log is 334 B, a span 395 B, a point 259 B. Ids, times and the variable
/// tokens of every line are drawn anew.
final class WireBenchmarkBodies {
    /// Records in a body.
    static final int RECORDS = 1000;

    private static final int METRIC_POINTS = 10;

    private final SplittableRandom random = new SplittableRandom(42);

    static byte[][] draw(Signal signal, int count) {
        WireBenchmarkBodies bodies = new WireBenchmarkBodies();
        byte[][] drawn = new byte[count][];
        for (int i = 0; i < count; i++) {
            drawn[i] = bodies.request(signal).toByteArray();
        }
        return drawn;
    }

    /// What protobuf-java makes of a body.
    static MessageLite parse(Signal signal, byte[] body) throws java.io.IOException {
        return switch (signal) {
            case LOGS -> ExportLogsServiceRequest.parseFrom(body);
            case TRACES -> ExportTraceServiceRequest.parseFrom(body);
            case METRICS -> ExportMetricsServiceRequest.parseFrom(body);
        };
    }

    /// The address of a copy of `body`.
    static long offHeap(Arena arena, byte[] body) {
        long address = arena.allocate(body.length).address();
        OffHeap.copy(body, 0, address, body.length);
        return address;
    }

    static void check(boolean holds) {
        if (!holds) {
            throw new IllegalStateException("benchmark result is wrong");
        }
    }

    private MessageLite request(Signal signal) {
        Resource resource =
                Resource.newBuilder()
                        .addAttributes(attribute("service.name", "checkout"))
                        .addAttributes(attribute("host.name", token()))
                        .build();
        return switch (signal) {
            case LOGS -> {
                ScopeLogs.Builder scope = ScopeLogs.newBuilder();
                for (int i = 0; i < RECORDS; i++) {
                    scope.addLogRecords(log());
                }
                yield ExportLogsServiceRequest.newBuilder()
                        .addResourceLogs(
                                ResourceLogs.newBuilder().setResource(resource).addScopeLogs(scope))
                        .build();
            }
            case TRACES -> {
                ScopeSpans.Builder scope = ScopeSpans.newBuilder();
                for (int i = 0; i < RECORDS; i++) {
                    scope.addSpans(span());
                }
                yield ExportTraceServiceRequest.newBuilder()
                        .addResourceSpans(
                                ResourceSpans.newBuilder()
                                        .setResource(resource)
                                        .addScopeSpans(scope))
                        .build();
            }
            case METRICS -> {
                ScopeMetrics.Builder scope = ScopeMetrics.newBuilder();
                for (int i = 0; i < RECORDS / METRIC_POINTS; i++) {
                    scope.addMetrics(metric());
                }
                yield ExportMetricsServiceRequest.newBuilder()
                        .addResourceMetrics(
                                ResourceMetrics.newBuilder()
                                        .setResource(resource)
                                        .addScopeMetrics(scope))
                        .build();
            }
        };
    }

    private LogRecord log() {
        LogRecord.Builder log =
                LogRecord.newBuilder()
                        .setTimeUnixNano(random.nextLong())
                        .setObservedTimeUnixNano(random.nextLong())
                        .setSeverityNumber(SeverityNumber.SEVERITY_NUMBER_INFO)
                        .setSeverityText("INFO")
                        .setTraceId(bytes(16))
                        .setSpanId(bytes(8))
                        .setBody(
                                AnyValue.newBuilder()
                                        .setStringValue(
                                                "accepted order "
                                                        + token()
                                                        + " of customer "
                                                        + token()
                                                        + " from 10.1."
                                                        + random.nextInt(256)
                                                        + " in "
                                                        + random.nextInt(900)
                                                        + " ms"));
        for (int i = 0; i < 8; i++) {
            log.addAttributes(attribute("app.key." + i, i < 4 ? "value-" + i : token()));
        }
        return log.build();
    }

    private Span span() {
        long start = random.nextLong();
        Span.Builder span =
                Span.newBuilder()
                        .setTraceId(bytes(16))
                        .setSpanId(bytes(8))
                        .setParentSpanId(bytes(8))
                        .setName("GET /api/orders/{id}")
                        .setKind(Span.SpanKind.SPAN_KIND_SERVER)
                        .setStartTimeUnixNano(start)
                        .setEndTimeUnixNano(start + random.nextInt(1_000_000));
        for (int i = 0; i < 12; i++) {
            span.addAttributes(attribute("http.key." + i, i < 8 ? "value-" + i : token()));
        }
        return span.build();
    }

    private Metric metric() {
        Metric.Builder metric =
                Metric.newBuilder()
                        .setName("http.server." + token())
                        .setDescription("how long requests take")
                        .setUnit("ms");
        metric.getSumBuilder()
                .setAggregationTemporality(
                        AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
                .setIsMonotonic(true);
        for (int i = 0; i < METRIC_POINTS; i++) {
            NumberDataPoint.Builder point =
                    NumberDataPoint.newBuilder()
                            .setStartTimeUnixNano(1)
                            .setTimeUnixNano(random.nextLong())
                            .setAsDouble(random.nextDouble());
            for (int j = 0; j < 8; j++) {
                point.addAttributes(attribute("series.key." + j, "value-" + random.nextInt(100)));
            }
            metric.getSumBuilder().addDataPoints(point);
        }
        return metric.build();
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    private String token() {
        return Long.toString(random.nextLong() >>> 16, 36);
    }

    private ByteString bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }
}
