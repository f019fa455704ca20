package dev.colonnade.storage;

/// Which shapes a pipeline's records may have while they wait.
public enum StorageMode {
    /// Rows only: nothing is ever re-shaped.
    ROW,
    /// Columns as soon as a segment is sealed; packed when memory runs out.
    COLUMNAR,
    /// Rows at first, then whatever keeps the target at the least cost.
    HYBRID
}
