package dev.colonnade.exporters.testkit;

import dev.colonnade.pipeline.LatencyHistogram;
import dev.colonnade.pipeline.Metric;
import dev.colonnade.pipeline.Telemetry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/// Metrics as tests read them: by name and labels, summed over the loops. Thread-safe.
public final class RecordedMetrics implements Telemetry {
    private record Reader(String name, List<String> labels, DoubleSupplier value) {}

    private final List<Reader> readers = new CopyOnWriteArrayList<>();

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
        add(metric, () -> count(histogram), labels);
        return histogram;
    }

    /// The sum of what is registered under a name and labels; a histogram counts its durations.
    ///
    /// @throws IllegalStateException when nothing is
    public long value(Metric metric, String... labels) {
        List<String> wanted = List.of(labels);
        double sum = 0;
        boolean isKnown = false;
        for (Reader reader : readers) {
            if (reader.name().equals(metric.name()) && reader.labels().equals(wanted)) {
                sum += reader.value().getAsDouble();
                isKnown = true;
            }
        }
        if (!isKnown) {
            throw new IllegalStateException("no such metric: " + metric.name() + wanted);
        }
        return (long) sum;
    }

    private void add(Metric metric, DoubleSupplier value, String... labels) {
        if (labels.length != metric.labels().size()) {
            throw new IllegalStateException("labels of " + metric);
        }
        readers.add(new Reader(metric.name(), List.of(labels), value));
    }

    private static long count(LatencyHistogram histogram) {
        long count = 0;
        for (int bucket = 0; bucket < LatencyHistogram.buckets(); bucket++) {
            count += histogram.count(bucket);
        }
        return count;
    }
}
