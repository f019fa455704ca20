package dev.colonnade.pipeline.testkit;

import com.google.protobuf.ByteString;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.List;
import java.util.random.RandomGenerator;

/// Seeded, valid telemetry as SDKs send it: fresh ids and times, several services and scopes,
/// attributes of all types, log lines with tokens drawn anew.
public final class RandomOtlp {
    private static final long EPOCH_NANOS = 1_790_000_000_000_000_000L;
    private static final int RESOURCE_RECORDS_MAX = 64;
    private static final int METRIC_POINTS_MAX = 12;

    private static final String[] SERVICES = {"checkout", "cart", "payment", "frontend", "search"};
    private static final String[] ROUTES = {"/api/orders/{id}", "/api/carts", "/health", "/login"};
    private static final String[] KEYS = {
        "http.request.method", "http.route", "url.path", "client.address", "thread.name",
        "user.id", "session.id", "code.function.name", "db.system.name", "server.port",
    };
    private static final String[] LINES = {
        "accepted order %s of customer %s in %s ms",
        "cache miss for key %s, loading from shard %s after %s tries",
        "connection %s to 10.%s.3.%s closed by peer",
        "retrying upload of /var/data/%s/%s.bin, attempt %s",
    };

    private final RandomGenerator random;
    private long now = EPOCH_NANOS;

    /// Draws from `random`, which the caller has seeded.
    public RandomOtlp(RandomGenerator random) {
        this.random = random;
    }

    /// A serialised export request with exactly `records` log records, spans or points.
    public byte[] request(Signal signal, int records) {
        return switch (signal) {
            case LOGS -> logs(records).toByteArray();
            case TRACES -> spans(records).toByteArray();
            case METRICS -> points(records).toByteArray();
        };
    }

    /// Logs of about 350 bytes.
    public ExportLogsServiceRequest logs(int records) {
        ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
        for (int left = records; left > 0; ) {
            int count = share(left, RESOURCE_RECORDS_MAX);
            ScopeLogs.Builder scope =
                    ScopeLogs.newBuilder().setScope(scope()).setSchemaUrl(schemaUrl());
            ByteString traceId = bytes(16);
            for (int i = 0; i < count; i++) {
                scope.addLogRecords(log(traceId));
            }
            request.addResourceLogs(
                    ResourceLogs.newBuilder()
                            .setResource(resource())
                            .addScopeLogs(scope)
                            .setSchemaUrl(schemaUrl()));
            left -= count;
        }
        return request.build();
    }

    /// Server spans with some events and links.
    public ExportTraceServiceRequest spans(int records) {
        ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
        for (int left = records; left > 0; ) {
            int count = share(left, RESOURCE_RECORDS_MAX);
            ScopeSpans.Builder scope =
                    ScopeSpans.newBuilder().setScope(scope()).setSchemaUrl(schemaUrl());
            ByteString traceId = bytes(16);
            for (int i = 0; i < count; i++) {
                scope.addSpans(span(traceId));
            }
            request.addResourceSpans(
                    ResourceSpans.newBuilder().setResource(resource()).addScopeSpans(scope));
            left -= count;
        }
        return request.build();
    }

    /// Metrics of all kinds, with up to a dozen points each.
    public ExportMetricsServiceRequest points(int records) {
        ExportMetricsServiceRequest.Builder request = ExportMetricsServiceRequest.newBuilder();
        for (int left = records; left > 0; ) {
            int inResource = share(left, RESOURCE_RECORDS_MAX);
            left -= inResource;
            ScopeMetrics.Builder scope = ScopeMetrics.newBuilder().setScope(scope());
            while (inResource > 0) {
                int count = share(inResource, METRIC_POINTS_MAX);
                scope.addMetrics(metric(count));
                inResource -= count;
            }
            request.addResourceMetrics(
                    ResourceMetrics.newBuilder()
                            .setResource(resource())
                            .addScopeMetrics(scope)
                            .setSchemaUrl(schemaUrl()));
        }
        return request.build();
    }

    private LogRecord log(ByteString traceId) {
        LogRecord.Builder log =
                LogRecord.newBuilder()
                        .setTimeUnixNano(time())
                        .setObservedTimeUnixNano(now + random.nextInt(1_000_000))
                        .setSeverityNumber(SeverityNumber.SEVERITY_NUMBER_INFO)
                        .setSeverityText("INFO")
                        .setBody(string(line()))
                        .setTraceId(traceId)
                        .setSpanId(bytes(8))
                        .setFlags(1);
        return log.addAllAttributes(attributes(8)).build();
    }

    private Span span(ByteString traceId) {
        long start = time();
        Span.Builder span =
                Span.newBuilder()
                        .setTraceId(traceId)
                        .setSpanId(bytes(8))
                        .setParentSpanId(bytes(8))
                        .setName("GET " + pick(ROUTES))
                        .setKind(Span.SpanKind.SPAN_KIND_SERVER)
                        .setStartTimeUnixNano(start)
                        .setEndTimeUnixNano(start + random.nextInt(90_000_000))
                        .setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_OK));
        span.addAllAttributes(attributes(12));
        if (random.nextInt(10) == 0) {
            span.addEvents(
                    Span.Event.newBuilder()
                            .setTimeUnixNano(time())
                            .setName("exception")
                            .addAllAttributes(attributes(3)));
        }
        if (random.nextInt(20) == 0) {
            span.addLinks(Span.Link.newBuilder().setTraceId(bytes(16)).setSpanId(bytes(8)));
        }
        return span.build();
    }

    private Metric metric(int points) {
        Metric.Builder metric =
                Metric.newBuilder()
                        .setName("http.server." + word())
                        .setDescription("what " + word() + " does")
                        .setUnit("ms");
        AggregationTemporality temporality =
                AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;
        int kind = random.nextInt(10);
        if (kind == 0) {
            metric.getHistogramBuilder().setAggregationTemporality(temporality);
        } else if (kind == 1) {
            metric.getExponentialHistogramBuilder().setAggregationTemporality(temporality);
        } else if (kind > 2 && kind < 7) {
            metric.getSumBuilder().setAggregationTemporality(temporality).setIsMonotonic(true);
        }
        for (int i = 0; i < points; i++) {
            switch (kind) {
                case 0 -> metric.getHistogramBuilder().addDataPoints(histogram());
                case 1 -> metric.getExponentialHistogramBuilder().addDataPoints(exponential());
                case 2 -> metric.getSummaryBuilder().addDataPoints(summary());
                case 3, 4, 5, 6 -> metric.getSumBuilder().addDataPoints(number());
                default -> metric.getGaugeBuilder().addDataPoints(number());
            }
        }
        return metric.build();
    }

    private NumberDataPoint number() {
        NumberDataPoint.Builder point =
                NumberDataPoint.newBuilder()
                        .setStartTimeUnixNano(EPOCH_NANOS)
                        .setTimeUnixNano(time())
                        .addAllAttributes(attributes(6));
        return random.nextBoolean()
                ? point.setAsInt(random.nextLong()).build()
                : point.setAsDouble(random.nextDouble() * 1e3).build();
    }

    private HistogramDataPoint histogram() {
        HistogramDataPoint.Builder point =
                HistogramDataPoint.newBuilder()
                        .setTimeUnixNano(time())
                        .setSum(random.nextDouble())
                        .addAllAttributes(attributes(6));
        long count = 0;
        for (int i = 0; i < 11; i++) {
            int inBucket = random.nextInt(1_000);
            count += inBucket;
            point.addBucketCounts(inBucket);
            if (i < 10) {
                point.addExplicitBounds(i * 5.0);
            }
        }
        return point.setCount(count).build();
    }

    private ExponentialHistogramDataPoint exponential() {
        ExponentialHistogramDataPoint.Builder point =
                ExponentialHistogramDataPoint.newBuilder()
                        .setTimeUnixNano(time())
                        .setScale(random.nextInt(-10, 20))
                        .setZeroCount(random.nextInt(10))
                        .addAllAttributes(attributes(4));
        for (int i = 0; i < 20; i++) {
            point.getPositiveBuilder().addBucketCounts(random.nextInt(100));
        }
        return point.build();
    }

    private SummaryDataPoint summary() {
        return SummaryDataPoint.newBuilder()
                .setTimeUnixNano(time())
                .setCount(random.nextInt(1_000))
                .setSum(random.nextDouble())
                .addQuantileValues(
                        SummaryDataPoint.ValueAtQuantile.newBuilder()
                                .setQuantile(0.99)
                                .setValue(random.nextDouble()))
                .addAllAttributes(attributes(3))
                .build();
    }

    private Resource resource() {
        return Resource.newBuilder()
                .addAttributes(attribute("service.name", string(pick(SERVICES))))
                .addAttributes(attribute("service.instance.id", string(word())))
                .addAttributes(attribute("host.name", string("node-" + random.nextInt(20))))
                .addAttributes(attribute("process.pid", number(random.nextInt(65_536))))
                .build();
    }

    private InstrumentationScope scope() {
        return InstrumentationScope.newBuilder()
                .setName("io.example." + pick(SERVICES))
                .setVersion("1." + random.nextInt(20))
                .build();
    }

    private List<KeyValue> attributes(int count) {
        KeyValue[] attributes = new KeyValue[count];
        int start = random.nextInt(KEYS.length);
        for (int i = 0; i < count; i++) {
            String key = KEYS[(start + i) % KEYS.length] + (i < KEYS.length ? "" : ".extra");
            attributes[i] = attribute(key, value());
        }
        return List.of(attributes);
    }

    private AnyValue value() {
        return switch (random.nextInt(12)) {
            case 0 -> AnyValue.newBuilder().setBoolValue(random.nextBoolean()).build();
            case 1 -> AnyValue.newBuilder().setDoubleValue(random.nextDouble()).build();
            case 2 -> AnyValue.newBuilder().setBytesValue(bytes(6)).build();
            case 3 -> {
                AnyValue.Builder list = AnyValue.newBuilder();
                list.getArrayValueBuilder().addValues(string(word())).addValues(number(7));
                yield list.build();
            }
            case 4 -> {
                AnyValue.Builder map = AnyValue.newBuilder();
                map.getKvlistValueBuilder().addValues(attribute("inner", string(word())));
                yield map.build();
            }
            case 5, 6 -> number(random.nextInt(100_000));
            default -> string(random.nextBoolean() ? pick(ROUTES) : word());
        };
    }

    private String line() {
        return pick(LINES).formatted(word(), random.nextInt(256), random.nextInt(256));
    }

    private static KeyValue attribute(String key, AnyValue value) {
        return KeyValue.newBuilder().setKey(key).setValue(value).build();
    }

    private static AnyValue string(String value) {
        return AnyValue.newBuilder().setStringValue(value).build();
    }

    private static AnyValue number(long value) {
        return AnyValue.newBuilder().setIntValue(value).build();
    }

    private static String schemaUrl() {
        return "https://opentelemetry.io/schemas/1.37.0";
    }

    private String word() {
        return Long.toString(random.nextLong() >>> 24, 36);
    }

    private String pick(String[] words) {
        return words[random.nextInt(words.length)];
    }

    private ByteString bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    private int share(int left, int max) {
        return 1 + random.nextInt(Math.min(left, max));
    }

    private long time() {
        now += 1 + random.nextInt(2_000_000);
        return now;
    }
}
