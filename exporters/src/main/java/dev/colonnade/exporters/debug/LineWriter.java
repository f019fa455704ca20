package dev.colonnade.exporters.debug;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Hands lines from the loops to one writer that may block. Full is dropped and counted: no loop
/// waits for a terminal. Thread-safe.
final class LineWriter {
    /// Characters that wait at most, give or take one line per loop.
    private static final long CHARS_MAX = 2 << 20;

    private final ArrayBlockingQueue<String> lines;
    private final AtomicLong chars = new AtomicLong();
    private final Executor blocking;
    private final Consumer<String> out;
    private final AtomicBoolean isWriting = new AtomicBoolean();
    private final AtomicLong dropped = new AtomicLong();

    /// @param linesMax lines that wait at most
    /// @param blocking runs the writer while there is something to write
    /// @param out takes one line at a time, without its end
    LineWriter(int linesMax, Executor blocking, Consumer<String> out) {
        lines = new ArrayBlockingQueue<>(linesMax);
        this.blocking = blocking;
        this.out = out;
    }

    /// Has a line written, or drops it.
    void write(String line) {
        if (chars.get() > CHARS_MAX || !lines.offer(line)) {
            drop();
            return;
        }
        chars.addAndGet(line.length());
        wake();
    }

    /// Whether a line would be dropped now.
    boolean isFull() {
        return chars.get() > CHARS_MAX || lines.remainingCapacity() == 0;
    }

    /// Counts a line that was not even made.
    void drop() {
        dropped.incrementAndGet();
    }

    /// Lines dropped so far.
    long dropped() {
        return dropped.get();
    }

    /// Completes when what waits now has been written.
    CompletionStage<?> drain() {
        return CompletableFuture.runAsync(this::writeAll, blocking);
    }

    private void wake() {
        if (!isWriting.get()) {
            try {
                blocking.execute(this::writeAll);
            } catch (RejectedExecutionException _) {
                // The process ends; what waits is written by nobody.
            }
        }
    }

    private void writeAll() {
        while (!lines.isEmpty() && isWriting.compareAndSet(false, true)) {
            try {
                @Nullable String line = lines.poll();
                while (line != null) {
                    chars.addAndGet(-line.length());
                    out.accept(line);
                    line = lines.poll();
                }
            } finally {
                isWriting.set(false);
            }
        }
    }
}
