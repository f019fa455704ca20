package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.BatchConfig;
import dev.colonnade.storage.Cursor;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.Signal;
import org.jspecify.annotations.Nullable;

/// One of the cursors that a shard empties: a pipeline's, on the shard's loop.
final class Lane {
    private final Cursor cursor;
    private final Signal signal;
    private final @Nullable BatchConfig batch;

    Lane(Cursor cursor, Signal signal, @Nullable BatchConfig batch) {
        this.cursor = cursor;
        this.signal = signal;
        this.batch = batch;
    }

    Signal signal() {
        return signal;
    }

    void onAvailable(Runnable listener) {
        cursor.onAvailable(listener);
    }

    /// Whether something waits that may be sent now.
    boolean isReady(long nowNanos, boolean isFlushing) {
        if (cursor.waitingEntries() == 0 || cursor.isStarved()) {
            return false;
        }
        BatchConfig sizes = batch;
        return sizes == null || isFlushing || isFull(sizes) || flushDelayNanos(nowNanos) <= 0;
    }

    /// How long until what waits is sent whatever its size; `Long.MAX_VALUE` when nothing waits.
    long flushDelayNanos(long nowNanos) {
        BatchConfig sizes = batch;
        if (sizes == null || cursor.waitingEntries() == 0 || cursor.isStarved()) {
            return Long.MAX_VALUE;
        }
        return cursor.oldestWaitingNanos() + sizes.flushTimeout().toNanos() - nowNanos;
    }

    @Nullable Lease take(long bytesMax, int recordsMax, boolean mergesCompressed) {
        return cursor.take(bytesMax, recordsMax, mergesCompressed);
    }

    private boolean isFull(BatchConfig sizes) {
        return switch (sizes.sizer()) {
            case ITEMS -> cursor.waitingRecords() >= sizes.minSize();
            case BYTES -> cursor.waitingBytes() >= sizes.minSize();
        };
    }
}
