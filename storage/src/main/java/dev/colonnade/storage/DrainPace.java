package dev.colonnade.storage;

/// How fast a part of a store drains and how much in front of its exporters has to stay rows, as a
/// policy sees it from its samples.
final class DrainPace {
    /// A second of silence halves the rate: an outage shows within seconds, a pause between two
    /// batches does not.
    private static final double RATE_HALF_NANOS = 1e9;

    /// In-flight bytes come and go with every answer; what counts is the most of the last seconds.
    private static final double PEAK_HALF_NANOS = 1e10;

    /// Slower than this is not draining: a megabyte would take a quarter of an hour.
    private static final double BYTES_PER_NANO_MIN = 1e-6;

    private double bytesPerNano;
    private double peakBytes;
    private long settledBytes;
    private long sampledNanos;
    private boolean isSampled;

    /// Takes a sample.
    void sample(long settled, long inFlight, long nowNanos) {
        if (isSampled && nowNanos <= sampledNanos) {
            peakBytes = Math.max(peakBytes, (double) inFlight);
            return;
        }
        if (isSampled) {
            double elapsed = nowNanos - sampledNanos;
            double weight = 1 - Math.pow(0.5, elapsed / RATE_HALF_NANOS);
            bytesPerNano += weight * ((settled - settledBytes) / elapsed - bytesPerNano);
            peakBytes *= Math.pow(0.5, elapsed / PEAK_HALF_NANOS);
        }
        peakBytes = Math.max(peakBytes, (double) inFlight);
        settledBytes = settled;
        sampledNanos = nowNanos;
        isSampled = true;
    }

    /// The most bytes that were in flight lately.
    double peakBytes() {
        return peakBytes;
    }

    /// How many bytes in front of an exporter stay rows: as many as it had in flight, which will be
    /// sent next. Nothing while nothing drains: what is in flight then waits too, and goes first.
    double headBytes() {
        return drains() ? peakBytes : 0;
    }

    /// How long it takes to come `bytesAhead` further; `Long.MAX_VALUE` while nothing drains.
    long waitNanos(long bytesAhead) {
        return drains() ? (long) (bytesAhead / bytesPerNano) : Long.MAX_VALUE;
    }

    private boolean drains() {
        return bytesPerNano >= BYTES_PER_NANO_MIN;
    }
}
