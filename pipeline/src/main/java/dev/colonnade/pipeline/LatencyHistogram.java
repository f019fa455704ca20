package dev.colonnade.pipeline;

import dev.colonnade.storage.Counter;

/// A distribution of durations with fixed edges; one thread records, any thread reads.
///
/// Recording is a short search and three plain additions: nothing is allocated.
public final class LatencyHistogram {
    /// Upper edges in nanoseconds, inclusive; one more bucket takes what is longer. 1 ms, 5 ms and
    /// 10 ms are among them because alerts stand on them; the first ones are for hand-overs within
    /// the process.
    private static final long[] EDGES_NANOS = {
        1_000L,
        2_000L,
        5_000L,
        7_500L,
        10_000L,
        15_000L,
        25_000L,
        50_000L,
        100_000L,
        250_000L,
        500_000L,
        1_000_000L,
        2_500_000L,
        5_000_000L,
        10_000_000L,
        25_000_000L,
        50_000_000L,
        100_000_000L,
        250_000_000L,
        500_000_000L,
        1_000_000_000L,
        2_500_000_000L,
        5_000_000_000L,
        10_000_000_000L,
        30_000_000_000L,
        60_000_000_000L,
        300_000_000_000L,
        3_600_000_000_000L
    };

    private final Counter[] counts = new Counter[EDGES_NANOS.length + 1];
    private final Counter sumNanos = new Counter();

    /// An empty distribution.
    public LatencyHistogram() {
        for (int bucket = 0; bucket < counts.length; bucket++) {
            counts[bucket] = new Counter();
        }
    }

    /// Counts one duration, in nanoseconds; a negative one counts as zero.
    public void record(long nanos) {
        long duration = Math.max(0, nanos);
        int bucket = 0;
        while (bucket < EDGES_NANOS.length && duration > EDGES_NANOS[bucket]) {
            bucket++;
        }
        counts[bucket].add(1);
        sumNanos.add(duration);
    }

    /// How many buckets there are; the last has no upper edge.
    public static int buckets() {
        return EDGES_NANOS.length + 1;
    }

    /// A bucket's upper edge in nanoseconds, inclusive; `Long.MAX_VALUE` for the last.
    public static long edgeNanos(int bucket) {
        return bucket < EDGES_NANOS.length ? EDGES_NANOS[bucket] : Long.MAX_VALUE;
    }

    /// How many durations fell into a bucket.
    public long count(int bucket) {
        return counts[bucket].get();
    }

    /// The sum of all durations, in nanoseconds.
    public long sumNanos() {
        return sumNanos.get();
    }
}
