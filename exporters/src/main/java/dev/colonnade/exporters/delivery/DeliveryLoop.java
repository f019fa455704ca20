package dev.colonnade.exporters.delivery;

import java.util.concurrent.Executor;

/// An event loop as delivery sees it: one thread, a clock and timers.
public interface DeliveryLoop extends Executor {
    /// The loop's monotonic clock in nanoseconds, the one that stamps the batches.
    long nanos();

    /// Runs `task` on the loop after `delayNanos`.
    Timer schedule(Runnable task, long delayNanos);

    /// A task that waits for its time.
    interface Timer {
        /// Forgets the task, if it has not run.
        void cancel();
    }
}
