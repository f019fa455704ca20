package dev.colonnade.storage;

import java.util.Locale;

/// A kind of telemetry; a record is one log record, one span or one metric data point.
public enum Signal {
    LOGS,
    TRACES,
    METRICS;

    private final String label = name().toLowerCase(Locale.ROOT);

    /// The name as pipelines and metrics spell it: `logs`, `traces`, `metrics`.
    public String label() {
        return label;
    }
}
