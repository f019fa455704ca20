package dev.colonnade.pipeline;

import java.util.List;

/// Declares one metric: its name, what it measures, and the names of its labels.
///
/// @param name as scraped, for counters without the `_total` that the exposition adds
/// @param unit base unit, such as `bytes` or `seconds`; empty where the name says it
/// @param help one sentence
/// @param labels the label names, in the order in which values are given
public record Metric(String name, Kind kind, String unit, String help, List<String> labels) {
    /// How values of a metric behave.
    public enum Kind {
        COUNTER,
        GAUGE,
        HISTOGRAM
    }

    /// Copies the labels.
    public Metric {
        labels = List.copyOf(labels);
    }

    /// A number that only grows.
    public static Metric counter(String name, String unit, String help, String... labels) {
        return new Metric(name, Kind.COUNTER, unit, help, List.of(labels));
    }

    /// A number that goes up and down.
    public static Metric gauge(String name, String unit, String help, String... labels) {
        return new Metric(name, Kind.GAUGE, unit, help, List.of(labels));
    }

    /// A distribution of durations in seconds.
    public static Metric histogram(String name, String help, String... labels) {
        return new Metric(name, Kind.HISTOGRAM, "seconds", help, List.of(labels));
    }
}
