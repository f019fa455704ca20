package dev.colonnade.pipeline;

import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/// Where components register what they measure about themselves.
///
/// A component keeps plain counters on its loop and registers how to read them; nothing is pushed
/// on the data path. Readers run on another thread: hand in [dev.colonnade.storage.Counter] reads
/// or other thread-safe figures. Several suppliers of one metric and the same labels add up.
public interface Telemetry {
    /// Registers a counter's reader under its label values.
    void counter(Metric metric, LongSupplier value, String... labels);

    /// Registers a gauge's reader under its label values; NaN means absent now.
    void gauge(Metric metric, DoubleSupplier value, String... labels);

    /// A new distribution for one writer thread, summed with others of the same metric and labels
    /// when read.
    LatencyHistogram histogram(Metric metric, String... labels);
}
