package dev.colonnade.exporters.delivery;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// `num_consumers`: how many requests of an exporter may be under way on all loops together.
///
/// Fair: who found none stands in line, and a freed one goes to the first in it. Thread-safe.
final class Permits {
    /// Somebody who may stand in line, at one place at most.
    abstract static class Waiter {
        private final AtomicBoolean isInLine = new AtomicBoolean();

        /// A permit is the waiter's from now on; called on any thread.
        abstract void granted();
    }

    private final AtomicInteger free;
    private final ConcurrentLinkedQueue<Waiter> line = new ConcurrentLinkedQueue<>();

    Permits(int count) {
        free = new AtomicInteger(count);
    }

    /// Takes a permit, or puts `waiter` in line for one.
    boolean tryTake(Waiter waiter) {
        if (line.isEmpty() && takeFree()) {
            return true;
        }
        if (waiter.isInLine.compareAndSet(false, true)) {
            line.add(waiter);
        }
        // One may have been freed between the look and the line.
        serve();
        return false;
    }

    /// Gives a permit back.
    void release() {
        free.incrementAndGet();
        serve();
    }

    /// Permits that nobody has.
    int free() {
        return free.get();
    }

    private void serve() {
        while (!line.isEmpty() && takeFree()) {
            @Nullable Waiter first = line.poll();
            if (first == null) {
                free.incrementAndGet();
            } else {
                first.isInLine.set(false);
                first.granted();
            }
        }
    }

    private boolean takeFree() {
        int count = free.get();
        while (count > 0) {
            if (free.compareAndSet(count, count - 1)) {
                return true;
            }
            count = free.get();
        }
        return false;
    }
}
