package dev.colonnade.agent.telemetry;

import dev.colonnade.pipeline.LatencyHistogram;
import dev.colonnade.pipeline.Metric;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The agent's metrics as one OTLP request (`ExportMetricsServiceRequest`), cumulative since the
/// start. Field numbers are those of opentelemetry-proto.
public final class OtlpMetrics {
    private static final int CUMULATIVE = 2;
    private static final long[] EDGES = edges();
    private static final Map<String, String> UNITS =
            Map.of("bytes", "By", "seconds", "s", "boolean", "1", "level", "1", "sizer", "1");

    private final Metrics metrics;
    private final ProtoMessage resource;
    private final ProtoMessage scope;
    private final long startedNanos;

    /// One request's size.
    ///
    /// @param bytes the message
    /// @param points how many data points are in it
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    public record Request(byte[] bytes, int points) {}

    /// The metrics of an agent.
    ///
    /// @param resource its attributes
    /// @param version of the agent
    /// @param startedNanos when it was started, since 1970
    public OtlpMetrics(
            Metrics metrics, Map<String, String> resource, String version, long startedNanos) {
        this.metrics = metrics;
        this.startedNanos = startedNanos;
        this.resource = new ProtoMessage();
        new TreeMap<>(resource)
                .forEach((key, value) -> this.resource.message(1, attribute(key, value)));
        scope = new ProtoMessage().text(1, "dev.colonnade.agent").text(2, version);
    }

    /// All metrics now.
    ///
    /// @param nowNanos the time of day, since 1970
    public Request request(long nowNanos) {
        Points points = new Points(nowNanos);
        metrics.read(points);
        ProtoMessage scopeMetrics = new ProtoMessage().message(1, scope);
        points.byMetric.forEach((metric, data) -> scopeMetrics.message(2, whole(metric, data)));
        ProtoMessage resourceMetrics =
                new ProtoMessage().message(1, resource).message(2, scopeMetrics);
        return new Request(new ProtoMessage().message(1, resourceMetrics).toBytes(), points.count);
    }

    private static ProtoMessage whole(Metric metric, ProtoMessage data) {
        ProtoMessage message =
                new ProtoMessage()
                        .text(1, metric.name())
                        .text(2, metric.help())
                        .text(3, UNITS.getOrDefault(metric.unit(), "{" + metric.unit() + "}"));
        return switch (metric.kind()) {
            case GAUGE -> message.message(5, data);
            case COUNTER -> message.message(7, data.number(2, CUMULATIVE).number(3, 1));
            case HISTOGRAM -> message.message(9, data.number(2, CUMULATIVE));
        };
    }

    private static ProtoMessage attribute(String key, String value) {
        return new ProtoMessage().text(1, key).message(2, new ProtoMessage().text(1, value));
    }

    private static long[] edges() {
        long[] edges = new long[LatencyHistogram.buckets() - 1];
        for (int bucket = 0; bucket < edges.length; bucket++) {
            edges[bucket] = Double.doubleToRawLongBits(LatencyHistogram.edgeNanos(bucket) / 1e9);
        }
        return edges;
    }

    /// The data points of each metric, collected.
    private final class Points implements Metrics.Reader {
        private final Map<Metric, ProtoMessage> byMetric = new LinkedHashMap<>();
        private final long nowNanos;
        private int count;

        Points(long nowNanos) {
            this.nowNanos = nowNanos;
        }

        @Override
        public void number(Metric metric, List<String> labels, double value) {
            ProtoMessage point =
                    new ProtoMessage().fixed64(2, startedNanos).fixed64(3, nowNanos).real(4, value);
            add(metric, attributes(point, 7, metric, labels));
        }

        @Override
        public void histogram(Metric metric, List<String> labels, long[] counts, double sum) {
            long all = 0;
            for (long bucket : counts) {
                all += bucket;
            }
            ProtoMessage point =
                    new ProtoMessage()
                            .fixed64(2, startedNanos)
                            .fixed64(3, nowNanos)
                            .fixed64(4, all)
                            .real(5, sum)
                            .packed(6, counts)
                            .packed(7, EDGES);
            add(metric, attributes(point, 9, metric, labels));
        }

        private ProtoMessage attributes(
                ProtoMessage point, int field, Metric metric, List<String> labels) {
            for (int index = 0; index < labels.size(); index++) {
                point.message(field, attribute(metric.labels().get(index), labels.get(index)));
            }
            return point;
        }

        private void add(Metric metric, ProtoMessage point) {
            byMetric.computeIfAbsent(metric, _ -> new ProtoMessage()).message(1, point);
            count++;
        }
    }
}
