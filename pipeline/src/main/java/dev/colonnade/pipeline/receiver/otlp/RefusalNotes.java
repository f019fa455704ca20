package dev.colonnade.pipeline.receiver.otlp;

import java.util.function.LongSupplier;

/// When to tell of refusals in the log: of the first at once, then of how many there were in all,
/// every so often. For all threads.
final class RefusalNotes {
    private static final long NOTE_NANOS = 10_000_000_000L;

    private final LongSupplier nanoClock;
    private long refused;
    private long notedNanos;

    RefusalNotes(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /// Counts one.
    ///
    /// @return how many there were in all, when it is time to tell; else 0
    synchronized long count() {
        long now = nanoClock.getAsLong();
        refused++;
        if (refused > 1 && now - notedNanos < NOTE_NANOS) {
            return 0;
        }
        notedNanos = now;
        return refused;
    }
}
