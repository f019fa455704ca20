package dev.colonnade.exporters;

/// `balancer_name` of a gRPC client: which of a name's addresses are used.
public enum Balancer {
    /// All of them, in turn.
    ROUND_ROBIN,
    /// The first that answers.
    PICK_FIRST
}
