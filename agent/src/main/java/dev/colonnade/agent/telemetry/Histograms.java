package dev.colonnade.agent.telemetry;

import dev.colonnade.agent.telemetry.Metrics.Series;
import dev.colonnade.pipeline.LatencyHistogram;
import dev.colonnade.pipeline.Metric;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The distributions, collected as Prometheus histograms with their own fixed edges.
final class Histograms implements MultiCollector {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double[] EDGES_SECONDS = edges();

    private final Map<Series, List<LatencyHistogram>> bySeries = new LinkedHashMap<>();

    /// A new part of a distribution.
    synchronized LatencyHistogram add(Series series) {
        LatencyHistogram part = new LatencyHistogram();
        bySeries.computeIfAbsent(series, _ -> new ArrayList<>()).add(part);
        return part;
    }

    @Override
    public synchronized MetricSnapshots collect() {
        Map<Metric, HistogramSnapshot.Builder> byMetric = new LinkedHashMap<>();
        bySeries.forEach((series, parts) ->
                byMetric.computeIfAbsent(
                                series.metric(),
                                metric ->
                                        HistogramSnapshot.builder()
                                                .name(metric.name())
                                                .help(metric.help()))
                        .dataPoint(point(series, parts)));
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        byMetric.values().forEach(builder -> all.metricSnapshot(builder.build()));
        return all.build();
    }

    /// Tells every distribution.
    synchronized void read(Metrics.Reader reader) {
        bySeries.forEach((series, parts) ->
                reader.histogram(
                        series.metric(), series.values(), counts(parts), sumSeconds(parts)));
    }

    private static HistogramDataPointSnapshot point(Series series, List<LatencyHistogram> parts) {
        return HistogramDataPointSnapshot.builder()
                .labels(Labels.of(series.metric().labels(), series.values()))
                .classicHistogramBuckets(ClassicHistogramBuckets.of(EDGES_SECONDS, counts(parts)))
                .sum(sumSeconds(parts))
                .build();
    }

    private static long[] counts(List<LatencyHistogram> parts) {
        long[] counts = new long[EDGES_SECONDS.length];
        for (LatencyHistogram part : parts) {
            for (int bucket = 0; bucket < counts.length; bucket++) {
                counts[bucket] += part.count(bucket);
            }
        }
        return counts;
    }

    private static double sumSeconds(List<LatencyHistogram> parts) {
        double nanos = 0;
        for (LatencyHistogram part : parts) {
            nanos += part.sumNanos();
        }
        return nanos / NANOS_PER_SECOND;
    }

    private static double[] edges() {
        double[] edges = new double[LatencyHistogram.buckets()];
        for (int bucket = 0; bucket < edges.length - 1; bucket++) {
            edges[bucket] = LatencyHistogram.edgeNanos(bucket) / NANOS_PER_SECOND;
        }
        edges[edges.length - 1] = Double.POSITIVE_INFINITY;
        return edges;
    }
}
