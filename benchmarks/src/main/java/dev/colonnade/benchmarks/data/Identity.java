package dev.colonnade.benchmarks.data;

/// Turns a generator's sequence numbers into ids that look random, and back.
///
/// A word is `generator << 48 | sequence`, mixed by a bijection of 64 bits (the finalizer of
/// MurmurHash3 with a key), so ids have the entropy of random ids, never repeat within a generator,
/// and a span id gives its sequence number back. Trace ids and request ids are mixed from the same
/// word with other keys; they are derived again for comparison, never inverted.
public final class Identity {
    /// Bits of a sequence number.
    public static final int SEQUENCE_BITS = 48;

    private static final long SEQUENCE_MASK = (1L << SEQUENCE_BITS) - 1;
    private static final long MULTIPLIER_1 = 0xFF51AFD7ED558CCDL;
    private static final long MULTIPLIER_2 = 0xC4CEB9FE1A85EC53L;
    private static final long INVERSE_1 = inverse(MULTIPLIER_1);
    private static final long INVERSE_2 = inverse(MULTIPLIER_2);
    private static final long SPAN_KEY = 0x9E3779B97F4A7C15L;
    private static final long TRACE_HIGH_KEY = 0xD1B54A32D192ED03L;
    private static final long TRACE_LOW_KEY = 0x8CB92BA72F3D8DD7L;
    private static final long REQUEST_KEY = 0xABC98388FB8FAC03L;

    private final long base;

    /// @param generator 1 to 65,535: which generator process the ids belong to
    public Identity(int generator) {
        if (generator < 1 || generator > 0xFFFF) {
            throw new IllegalArgumentException(
                    "generator id out of range: generator=" + generator + ", min=1, max=65535");
        }
        this.base = (long) generator << SEQUENCE_BITS;
    }

    long spanId(long sequence) {
        return mix(base | sequence, SPAN_KEY);
    }

    long traceHigh(long sequence) {
        return mix(base | sequence, TRACE_HIGH_KEY);
    }

    long traceLow(long sequence) {
        return mix(base | sequence, TRACE_LOW_KEY);
    }

    long requestId(long sequence) {
        return mix(base | sequence, REQUEST_KEY);
    }

    /// The sequence number inside a span id, or -1 when this generator did not make it.
    public long sequenceOf(long spanId) {
        long word = unmix(spanId, SPAN_KEY);
        return (word & ~SEQUENCE_MASK) == base ? word & SEQUENCE_MASK : -1;
    }

    private static long mix(long word, long key) {
        long z = word ^ key;
        z = (z ^ z >>> 33) * MULTIPLIER_1;
        z = (z ^ z >>> 33) * MULTIPLIER_2;
        return z ^ z >>> 33;
    }

    private static long unmix(long mixed, long key) {
        long z = mixed ^ mixed >>> 33;
        z *= INVERSE_2;
        z = (z ^ z >>> 33) * INVERSE_1;
        return (z ^ z >>> 33) ^ key;
    }

    /// The inverse of an odd number modulo 2^64, by Newton's iteration (each step doubles the right
    /// bits).
    private static long inverse(long odd) {
        long x = odd;
        for (int i = 0; i < 6; i++) {
            x *= 2 - odd * x;
        }
        return x;
    }
}
