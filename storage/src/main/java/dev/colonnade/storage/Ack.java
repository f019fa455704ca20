package dev.colonnade.storage;

import org.jspecify.annotations.Nullable;

/// Told once when every exporter is done with an entry; runs on the store's loop.
public interface Ack {
    /// Ends the wait of one entry.
    ///
    /// @param dropped the gravest reason for which some of its records were dropped; null when all
    ///   of them were delivered
    void settled(@Nullable DropReason dropped);
}
