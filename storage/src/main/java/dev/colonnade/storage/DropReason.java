package dev.colonnade.storage;

import java.util.Locale;

/// Why an acknowledged record left otherwise than by delivery; each is something that somebody
/// asked for.
public enum DropReason {
    /// The peer refused this very record for good.
    REJECTED,
    /// `max_elapsed_time` was written and has passed.
    EXPIRED,
    /// `on_full: drop_oldest` was written and memory was full.
    EVICTED,
    /// The process stopped before it could be delivered.
    SHUTDOWN;

    private static final DropReason[] BY_ORDINAL = values();

    private final String label = name().toLowerCase(Locale.ROOT);

    static DropReason of(int ordinal) {
        return BY_ORDINAL[ordinal];
    }

    /// The value of the `reason` label.
    public String label() {
        return label;
    }
}
