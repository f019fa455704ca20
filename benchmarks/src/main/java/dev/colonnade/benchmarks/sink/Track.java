package dev.colonnade.benchmarks.sink;

import dev.colonnade.benchmarks.data.Descriptor;
import dev.colonnade.benchmarks.data.Expected;
import dev.colonnade.benchmarks.data.Identity;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Which of one generator's records have arrived.
///
/// A bit per record where every record is sent once: 12.5 MB for 100M records. Where bodies repeat,
/// an int per distinct record counts how often it came.
final class Track {
    /// Sequence numbers from here on are taken for damage: 2^33 bits are a gigabyte.
    private static final long SEQUENCE_MAX = 1L << 33;

    private final Descriptor descriptor;
    private final Identity identity;
    private final @Nullable Expected expected;
    private long[] seen = new long[1024];
    private final int[] counts;
    private long distinct;
    private long repeats;

    Track(Descriptor descriptor, boolean compare) {
        this.descriptor = descriptor;
        this.identity = new Identity(descriptor.generator());
        this.expected = compare ? new Expected(descriptor) : null;
        this.counts =
                new int
                        [descriptor.repeating()
                                ? descriptor.ring() * descriptor.recordsPerRequest()
                                : 0];
    }

    Descriptor descriptor() {
        return descriptor;
    }

    Identity identity() {
        return identity;
    }

    /// What records must look like; null when only ids are checked.
    @Nullable Expected expected() {
        return expected;
    }

    /// Notes that a record arrived; false when the sequence number cannot be one of this
    /// generator's.
    boolean mark(long sequence) {
        if (sequence < 0 || sequence >= (descriptor.repeating() ? counts.length : SEQUENCE_MAX)) {
            return false;
        }
        if (descriptor.repeating()) {
            if (counts[(int) sequence]++ == 0) {
                distinct++;
            }
            return true;
        }
        int word = (int) (sequence >>> 6);
        if (word >= seen.length) {
            seen = Arrays.copyOf(seen, Math.max(word + 1, seen.length * 2));
        }
        long bit = 1L << (int) sequence;
        if ((seen[word] & bit) == 0) {
            seen[word] |= bit;
            distinct++;
        } else {
            repeats++;
        }
        return true;
    }

    /// Different records that arrived.
    long distinct() {
        return distinct;
    }

    /// Records that arrived again, where each is sent once.
    long repeats() {
        return repeats;
    }

    /// How many of the records of requests `first` to `last` have arrived.
    long arrived(long first, long last) {
        long from = first * descriptor.recordsPerRequest();
        long to = (last + 1) * descriptor.recordsPerRequest();
        long found = 0;
        for (long sequence = from; sequence < to; ) {
            int word = (int) (sequence >>> 6);
            int bit = (int) sequence & 63;
            int bits = (int) Math.min(64 - bit, to - sequence);
            if (word < seen.length) {
                long mask = bits == 64 ? -1L : ((1L << bits) - 1) << bit;
                found += Long.bitCount(seen[word] & mask);
            }
            sequence += bits;
        }
        return found;
    }

    /// How often a record of the ring arrived, where bodies repeat.
    int count(int slot, int number) {
        return counts[slot * descriptor.recordsPerRequest() + number];
    }
}
