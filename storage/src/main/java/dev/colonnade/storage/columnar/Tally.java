package dev.colonnade.storage.columnar;

/// Counts what the columns of a block have in common.
final class Tally {
    /// Entries of all dictionaries.
    int entries;

    /// What describing keys and shapes takes of whoever reads it, at most.
    long describedBytes;

    void clear() {
        entries = 0;
        describedBytes = 0;
    }
}
