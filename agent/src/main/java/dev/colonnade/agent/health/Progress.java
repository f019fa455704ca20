package dev.colonnade.agent.health;

import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.HybridStore;
import java.util.function.LongSupplier;

/// Whether one exporter gets on with one pipeline: how long it has had a backlog and settled
/// nothing of it. Thread-safe.
final class Progress {
    private final HybridStore store;
    private final int cursor;
    private final LongSupplier nanoClock;
    private long settled;
    private volatile long sinceNanos;
    private volatile boolean isBehind;

    Progress(HybridStore store, int cursor, LongSupplier nanoClock) {
        this.store = store;
        this.cursor = cursor;
        this.nanoClock = nanoClock;
        sinceNanos = nanoClock.getAsLong();
    }

    /// Looks again.
    synchronized void tick() {
        long now = settledNow();
        boolean hasBacklog = backlogRecords() > 0;
        if (now != settled || !hasBacklog || !isBehind) {
            settled = now;
            sinceNanos = nanoClock.getAsLong();
        }
        isBehind = hasBacklog;
    }

    /// How long nothing has been settled though there is a backlog, in nanoseconds; 0 when there is
    /// none.
    long stalledNanos() {
        return isBehind ? Math.max(0, nanoClock.getAsLong() - sinceNanos) : 0;
    }

    /// Records not settled.
    long backlogRecords() {
        return store.backlogRecords(cursor);
    }

    /// Bytes, as plain OTLP, not settled.
    long backlogBytes() {
        return store.backlogBytes(cursor);
    }

    /// The exporter's id.
    String exporter() {
        return store.config().cursors().get(cursor).exporter();
    }

    private long settledNow() {
        long sum = store.delivered(cursor);
        for (DropReason reason : DropReason.values()) {
            sum += store.dropped(cursor, reason);
        }
        return sum;
    }
}
