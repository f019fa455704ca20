package dev.colonnade.storage;

/// In which form a segment holds its records.
public enum Shape {
    /// OTLP protobuf as it arrived, plain or compressed.
    ROW("row"),
    /// Columns, not compressed.
    COLUMN("column"),
    /// Compressed columns, in blocks that are read one at a time.
    PACKED("packed");

    private final String label;

    Shape(String label) {
        this.label = label;
    }

    /// The name in metrics and in `/debug/storage`.
    public String label() {
        return label;
    }
}
