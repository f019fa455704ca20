package dev.colonnade.exporters.delivery;

import org.jspecify.annotations.Nullable;

/// One timer of a loop, set to the earliest of several times. Early is harmless, late is not: a
/// time that is put off does not move a timer that is set.
final class Alarm {
    private final DeliveryLoop loop;
    private final Runnable task;
    private DeliveryLoop.@Nullable Timer timer;
    private long timerNanos;
    private long delayNanos;

    Alarm(DeliveryLoop loop, Runnable task) {
        this.loop = loop;
        this.task = task;
    }

    /// Begins to collect times.
    void begin() {
        delayNanos = Long.MAX_VALUE;
    }

    /// Asks for a time, relative to now. One that has come already is no time to wait for: what
    /// could be done then was not, and waits for an event.
    void within(long nanos) {
        if (nanos > 0) {
            delayNanos = Math.min(delayNanos, nanos);
        }
    }

    /// Sets the timer to the earliest time that was asked for.
    void set(long nowNanos) {
        if (delayNanos == Long.MAX_VALUE) {
            return;
        }
        long at = nowNanos + delayNanos;
        if (timer != null && timerNanos - at <= 0) {
            return;
        }
        cancel();
        timerNanos = at;
        timer =
                loop.schedule(
                        () -> {
                            timer = null;
                            task.run();
                        },
                        delayNanos);
    }

    void cancel() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
