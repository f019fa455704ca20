package dev.colonnade.exporters.debug;

import dev.colonnade.storage.Signal;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/// Decides which requests are printed: in each second the first few of a signal, then every
/// so-manieth. Thread-safe: seconds are those of all loops.
final class Sampler {
    private static final int COUNT_BITS = 32;
    private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long initial;
    private final long thereafter;
    private final LongSupplier nanoClock;

    /// By signal, the second in the upper half and its requests in the lower.
    private final AtomicLongArray seconds = new AtomicLongArray(Signal.values().length);

    Sampler(int initial, int thereafter, LongSupplier nanoClock) {
        this.initial = initial;
        this.thereafter = thereafter;
        this.nanoClock = nanoClock;
    }

    /// Counts a request and says whether it is to be printed.
    boolean passes(Signal signal) {
        long second = Math.floorDiv(nanoClock.getAsLong(), SECOND_NANOS) << COUNT_BITS;
        long state =
                seconds.updateAndGet(
                        signal.ordinal(),
                        held -> (held & ~COUNT_MASK) == second ? held + 1 : second + 1);
        long count = state & COUNT_MASK;
        return count <= initial || (thereafter > 0 && (count - initial) % thereafter == 0);
    }
}
