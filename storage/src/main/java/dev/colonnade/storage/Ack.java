package dev.colonnade.storage;

import org.jspecify.annotations.Nullable;

/// Told once when every exporter is done with an entry; runs on the store's loop.
///
/// It runs inside of whatever ended the entry: a lease's end, or an eviction to make room for
/// another request. By then the entry is gone and the store consistent, so it may offer, take and
/// end leases itself. It must not throw.
public interface Ack {
    /// Ends the wait of one entry.
    ///
    /// @param dropped the gravest reason for which some of its records were dropped; null when all
    ///   of them were delivered
    void settled(@Nullable DropReason dropped);
}
