package dev.colonnade.agent.health;

import dev.colonnade.storage.Counter;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Whether every event loop still turns: each shows a sign of life about once a second.
final class LoopWatch {
    /// Longer than any task of a loop by far, also with a quarter of a processor.
    static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final LongSupplier nanoClock;
    private final Counter[] beats;

    /// A watch over `loops` loops, all alive now.
    LoopWatch(int loops, LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        beats = new Counter[loops];
        for (int loop = 0; loop < loops; loop++) {
            beats[loop] = new Counter();
            beats[loop].set(nanoClock.getAsLong());
        }
    }

    /// The loop with that index is alive; called on it.
    void beat(int loop) {
        beats[loop].set(nanoClock.getAsLong());
    }

    /// How long the loop with that index has shown no sign of life, in nanoseconds.
    long silenceNanos(int loop) {
        return Math.max(0, nanoClock.getAsLong() - beats[loop].get());
    }

    /// The index of a loop that is stuck; -1 when none is.
    int stuck() {
        for (int loop = 0; loop < beats.length; loop++) {
            if (silenceNanos(loop) > STUCK_NANOS) {
                return loop;
            }
        }
        return -1;
    }

    /// How many loops there are.
    int loops() {
        return beats.length;
    }
}
