package dev.colonnade.storage;

/// When a sender is answered that its records were accepted.
public enum Durability {
    /// When they are held in memory. Does not survive the process.
    MEMORY,
    /// When every exporter has delivered them.
    DELIVERED
}
