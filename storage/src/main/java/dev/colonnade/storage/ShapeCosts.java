package dev.colonnade.storage;

import java.util.Arrays;

/// What one stream's shapes cost, as measured: bytes and nanoseconds per record, the latest runs
/// weighing most.
///
/// A shape that was never made is unknown; its size has no guess, its time a careful one. Used by
/// one loop.
final class ShapeCosts {
    /// Nearly twice what packing and unpacking a log record took in a prototype: overrating what is
    /// not known delays it, underrating it would take CPU from the data path.
    static final double NANOS_UNKNOWN = 2_000;

    /// Half of what is known comes from the last two runs.
    private static final double WEIGHT = 0.3;

    /// Data change: what was measured longer ago is tried anew on a run.
    private static final long STALE_NANOS = 60_000_000_000L;

    private static final int SHAPES = Shape.values().length;

    private final double[] bytes = filled();
    private final double[] toNanos = filled();
    private final double[] backNanos = filled();
    private final long[] madeAt = new long[SHAPES];

    /// A run of `records`, at least one, has become `shape`: so many bytes after so many
    /// nanoseconds of work. What is known and stale is forgotten.
    void made(Shape shape, long records, long newBytes, long nanos, long nowNanos) {
        int index = shape.ordinal();
        boolean isNew = isStale(shape, nowNanos);
        bytes[index] = mixed(isNew ? Double.NaN : bytes[index], newBytes / (double) records);
        toNanos[index] = mixed(isNew ? Double.NaN : toNanos[index], nanos / (double) records);
        madeAt[index] = nowNanos;
    }

    /// Whether it is unknown, or was not made for so long that it may be something else now.
    boolean isStale(Shape shape, long nowNanos) {
        return !knows(shape) || nowNanos - madeAt[shape.ordinal()] >= STALE_NANOS;
    }

    /// `records`, at least one, were made rows again from `shape`.
    void unmade(Shape shape, long records, long nanos) {
        backNanos[shape.ordinal()] = mixed(backNanos[shape.ordinal()], nanos / (double) records);
    }

    /// Whether runs have been made of that shape.
    boolean knows(Shape shape) {
        return !Double.isNaN(bytes[shape.ordinal()]);
    }

    /// Bytes per record; NaN when it is unknown.
    double bytesPerRecord(Shape shape) {
        return bytes[shape.ordinal()];
    }

    /// Nanoseconds per record to make it and to make rows of it again.
    double thereAndBackNanos(Shape shape) {
        double there = toNanos[shape.ordinal()];
        double back = backNanos[shape.ordinal()];
        double half = NANOS_UNKNOWN / 2;
        return (Double.isNaN(there) ? half : there) + (Double.isNaN(back) ? half : back);
    }

    private static double mixed(double before, double latest) {
        return Double.isNaN(before) ? latest : before + WEIGHT * (latest - before);
    }

    private static double[] filled() {
        double[] unknown = new double[SHAPES];
        Arrays.fill(unknown, Double.NaN);
        return unknown;
    }
}
