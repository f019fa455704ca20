package dev.colonnade.storage.columnar;

/// Counts what the columns of a block have in common.
final class Tally {
    /// Entries of all dictionaries.
    int entries;
}
