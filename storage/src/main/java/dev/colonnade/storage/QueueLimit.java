package dev.colonnade.storage;

import java.util.concurrent.atomic.AtomicLong;

/// The written `sending_queue.queue_size` of one exporter and signal, across all loops.
public final class QueueLimit {
    /// What `queue_size` counts.
    public enum Sizer {
        REQUESTS,
        ITEMS,
        BYTES
    }

    private final Sizer sizer;
    private final long sizeMax;
    private final AtomicLong size = new AtomicLong();

    /// A limit of `sizeMax` requests, records or uncompressed bytes.
    public QueueLimit(Sizer sizer, long sizeMax) {
        if (sizeMax <= 0) {
            throw new IllegalArgumentException("queue limit must be positive: size=" + sizeMax);
        }
        this.sizer = sizer;
        this.sizeMax = sizeMax;
    }

    /// Takes room for a request; false when there is none.
    boolean tryAcquire(int records, int wireBytes) {
        long amount = amount(records, wireBytes);
        long before;
        do {
            before = size.get();
            if (amount > sizeMax - before) {
                return false;
            }
        } while (!size.compareAndSet(before, before + amount));
        return true;
    }

    void release(int records, int wireBytes) {
        release(1, records, wireBytes);
    }

    /// Gives back the room of `requests` requests that have so much together.
    void release(int requests, long records, long wireBytes) {
        long left = size.addAndGet(-amount(requests, records, wireBytes));
        if (left < 0) {
            throw new IllegalStateException("queue limit released twice: size=" + left);
        }
    }

    /// Whether a request would fit now.
    boolean hasRoom(int records, int wireBytes) {
        return amount(records, wireBytes) <= sizeMax - size.get();
    }

    /// Whether a request could ever fit.
    boolean canHold(int records, int wireBytes) {
        return amount(records, wireBytes) <= sizeMax;
    }

    /// Whether a request of at least `wireBytes`, which could fit, finds no room now.
    boolean isFullFor(int wireBytes) {
        long amount = amount(1, wireBytes);
        return amount <= sizeMax && amount > sizeMax - size.get();
    }

    /// The present size, in the sizer's unit.
    public long size() {
        return size.get();
    }

    /// The greatest size, in the sizer's unit.
    public long sizeMax() {
        return sizeMax;
    }

    private long amount(int records, int wireBytes) {
        return amount(1, records, wireBytes);
    }

    private long amount(int requests, long records, long wireBytes) {
        return switch (sizer) {
            case REQUESTS -> requests;
            case ITEMS -> records;
            case BYTES -> wireBytes;
        };
    }
}
