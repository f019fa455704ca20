package dev.colonnade.pipeline.receiver.otlp;

/// Watches that a body comes in fast enough; reusable.
final class Progress {
    private static final double NANOS_PER_SECOND = 1e9;

    private final long bodyTimeoutNanos;
    private final long stallTimeoutNanos;
    private final double bytesPerNano;
    private long startedNanos;
    private long windowNanos;
    private long windowBytes;

    Progress(OtlpReceiverConfig.Pace pace) {
        bodyTimeoutNanos = pace.bodyTimeout().toNanos();
        stallTimeoutNanos = pace.stallTimeout().toNanos();
        bytesPerNano = pace.bytesPerSecondMin() / NANOS_PER_SECOND;
    }

    /// A body begins.
    void start(long nowNanos) {
        startedNanos = nowNanos;
        windowNanos = nowNanos;
        windowBytes = 0;
    }

    /// Whether a body of which `bytes` have come is over its time or below its rate.
    boolean isTooSlow(long nowNanos, long bytes) {
        if (bodyTimeoutNanos > 0 && nowNanos - startedNanos >= bodyTimeoutNanos) {
            return true;
        }
        long elapsed = nowNanos - windowNanos;
        if (stallTimeoutNanos <= 0 || elapsed < stallTimeoutNanos) {
            return false;
        }
        boolean isTooSlow = bytes - windowBytes < elapsed * bytesPerNano || bytes == windowBytes;
        windowNanos = nowNanos;
        windowBytes = bytes;
        return isTooSlow;
    }
}
