package dev.colonnade.agent.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Waits for what has no event to wait for: figures that an agent publishes.
public final class Waiting {
    /// What tests wait at most; reached only by a test that fails.
    public static final Duration MAX = Duration.ofSeconds(60);

    private static final long LOOK_NANOS = 2_000_000;

    private Waiting() {}

    /// Looks at `condition` until it holds.
    ///
    /// @param state told when it does not within [#MAX]
    public static void until(String what, BooleanSupplier condition, Supplier<?> state) {
        long end = System.nanoTime() + MAX.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("waited in vain for " + what + ": " + state.get());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /// Waits as long as a peer asked for.
    public static void obey(Duration delay) {
        long end = System.nanoTime() + delay.toNanos();
        for (long left = delay.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
