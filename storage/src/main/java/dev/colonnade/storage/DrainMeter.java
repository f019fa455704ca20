package dev.colonnade.storage;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/// Measures how fast a store drains and says when a refused sender should come back.
///
/// The rate is an exponentially weighted mean of what left the store, sampled when somebody asks
/// and at most ten times a second, so that refusing stays cheap. Thread-safe: one asker samples,
/// the others read what the last one found.
final class DrainMeter {
    static final long RETRY_NANOS_MIN = 1_000_000_000L;
    static final long RETRY_NANOS_MAX = 30_000_000_000L;

    private static final long SAMPLE_NANOS = 100_000_000L;

    /// The weight of a sample that covers one second is one half, of two seconds three quarters.
    private static final double HALF_LIFE_NANOS = 1e9;

    private final LongSupplier settledBytes;
    private final LongSupplier nanoClock;
    private final AtomicBoolean sampling = new AtomicBoolean();
    private volatile double bytesPerNano;
    private volatile long sampledNanos;
    private volatile long movedNanos;
    private long sampledBytes;

    DrainMeter(LongSupplier settledBytes, LongSupplier nanoClock) {
        this.settledBytes = settledBytes;
        this.nanoClock = nanoClock;
        sampledNanos = nanoClock.getAsLong();
        movedNanos = sampledNanos;
    }

    /// The drain rate in bytes of plain OTLP per second.
    double bytesPerSecond() {
        sample();
        return bytesPerNano * 1e9;
    }

    /// How long to wait until an eighth of `backlogBytes` will have left: room for many who retry,
    /// without an idle exporter. From one second to thirty; while nothing drains, as long as it has
    /// been so.
    long retryAfterNanos(long backlogBytes) {
        sample();
        double rate = bytesPerNano;
        long wait =
                rate * RETRY_NANOS_MAX < 1
                        ? sampledNanos - movedNanos
                        : (long) (backlogBytes / 8.0 / rate);
        return Math.clamp(wait, RETRY_NANOS_MIN, RETRY_NANOS_MAX);
    }

    private void sample() {
        long now = nanoClock.getAsLong();
        if (now - sampledNanos < SAMPLE_NANOS || !sampling.compareAndSet(false, true)) {
            return;
        }
        long elapsed = now - sampledNanos;
        if (elapsed < SAMPLE_NANOS) {
            // Another asker sampled between the check and the claim.
            sampling.set(false);
            return;
        }
        long bytes = settledBytes.getAsLong();
        double weight = 1 - Math.pow(0.5, elapsed / HALF_LIFE_NANOS);
        double latest = (bytes - sampledBytes) / (double) elapsed;
        double before = bytesPerNano;
        bytesPerNano = before + weight * (latest - before);
        if (bytes != sampledBytes) {
            movedNanos = now;
        }
        sampledBytes = bytes;
        sampledNanos = now;
        sampling.set(false);
    }
}
