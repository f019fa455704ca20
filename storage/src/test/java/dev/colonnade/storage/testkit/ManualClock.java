package dev.colonnade.storage.testkit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// A monotonic clock in nanoseconds that stands still until a test moves it. Thread-safe.
public final class ManualClock implements LongSupplier {
    /// Where a clock begins, so that a reading is never mistaken for "unset": zero.
    public static final long START_NANOS = 1_000_000_000L;

    private final AtomicLong now;

    /// A clock at [#START_NANOS].
    public ManualClock() {
        this(START_NANOS);
    }

    /// A clock at `startNanos`, which may be negative as `System.nanoTime()` may be.
    public ManualClock(long startNanos) {
        now = new AtomicLong(startNanos);
    }

    /// Moves the clock on.
    public void advance(Duration by) {
        advanceNanos(by.toNanos());
    }

    /// Moves the clock on by `nanos`, not negative.
    public void advanceNanos(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("clock cannot go back: nanos=" + nanos);
        }
        now.addAndGet(nanos);
    }

    @Override
    public long getAsLong() {
        return now.get();
    }
}
