package dev.colonnade.storage;

import org.jspecify.annotations.Nullable;

/// One exporter's claim on a store.
///
/// @param exporter the exporter's id, as in the configuration
/// @param onFull what happens to its backlog when memory is full
/// @param limit its written `queue_size`; null when only the budget limits it
public record CursorConfig(String exporter, OnFull onFull, @Nullable QueueLimit limit) {}
