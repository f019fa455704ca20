package dev.colonnade.storage;

import org.jspecify.annotations.Nullable;

/// Says whether a run of segments is to change its shape now.
///
/// Asked on the store's loop: after a segment was sealed, after a change was made, and at each
/// [StoreShard#tick].
@FunctionalInterface
public interface ShapeDecider {
    /// What is to become of the candidate; null to leave it as it is, for now.
    @Nullable ShapeDecision decide(ShapeCandidate candidate);
}
