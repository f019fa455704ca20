package dev.colonnade.pipeline.testkit;

import dev.colonnade.pipeline.LatencyHistogram;
import dev.colonnade.pipeline.Metric;
import dev.colonnade.pipeline.Telemetry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/// Keeps the readers that components register, and adds them up when asked.
public final class RecordedTelemetry implements Telemetry {
    private final Map<List<String>, List<DoubleSupplier>> readers = new ConcurrentHashMap<>();
    private final Map<List<String>, List<LatencyHistogram>> histograms = new ConcurrentHashMap<>();

    @Override
    public void counter(Metric metric, LongSupplier value, String... labels) {
        add(metric, value::getAsLong, labels);
    }

    @Override
    public void gauge(Metric metric, DoubleSupplier value, String... labels) {
        add(metric, value, labels);
    }

    @Override
    public LatencyHistogram histogram(Metric metric, String... labels) {
        LatencyHistogram histogram = new LatencyHistogram();
        histograms.computeIfAbsent(key(metric, labels), _ -> new ArrayList<>()).add(histogram);
        return histogram;
    }

    /// The sum of a counter's or gauge's readers.
    public long value(Metric metric, String... labels) {
        return (long)
                readers.getOrDefault(key(metric, labels), List.of()).stream()
                        .mapToDouble(DoubleSupplier::getAsDouble)
                        .sum();
    }

    /// How many durations a histogram has.
    public long count(Metric metric, String... labels) {
        long count = 0;
        for (LatencyHistogram histogram : histograms.getOrDefault(key(metric, labels), List.of())) {
            for (int bucket = 0; bucket < LatencyHistogram.buckets(); bucket++) {
                count += histogram.count(bucket);
            }
        }
        return count;
    }

    private void add(Metric metric, DoubleSupplier value, String... labels) {
        readers.computeIfAbsent(key(metric, labels), _ -> new ArrayList<>()).add(value);
    }

    private static List<String> key(Metric metric, String... labels) {
        if (labels.length != metric.labels().size()) {
            throw new IllegalArgumentException("labels do not fit: metric=" + metric.name());
        }
        List<String> key = new ArrayList<>(List.of(labels));
        key.addFirst(metric.name());
        return key;
    }
}
