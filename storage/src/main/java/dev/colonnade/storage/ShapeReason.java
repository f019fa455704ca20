package dev.colonnade.storage;

/// Why a run of segments changes its shape.
public enum ShapeReason {
    /// It has enough records for the change to pay.
    RECORD_COUNT("record_count"),
    /// It has as many records as the exporters' batches are configured to have.
    BATCH_HINT("batch_hint"),
    /// The pipeline streams: nothing but rows.
    STREAMING("streaming"),
    /// A consumer asks for another shape than the one it is in.
    ACCESS_PATTERN("access_pattern"),
    /// The memory budget is running out.
    MEMORY_PRESSURE("memory_pressure"),
    /// It is small, but has stood long enough.
    DWELL("dwell");

    private final String label;

    ShapeReason(String label) {
        this.label = label;
    }

    /// The value of the label `reason` in metrics.
    public String label() {
        return label;
    }
}
