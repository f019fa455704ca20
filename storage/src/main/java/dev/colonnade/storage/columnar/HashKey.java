package dev.colonnade.storage.columnar;

/// What hashes of incoming values depend on beside the values, so that nobody outside of the
/// process can tell which values have the same: those would have to be looked at one after the
/// other, for each that comes.
///
/// @param start where hashes begin
/// @param multiplier odd; what words are multiplied by
record HashKey(long start, long multiplier) {
    private static final long STEP = 0x9E3779B97F4A7C15L;

    /// For who packs nothing that came from outside.
    static final HashKey FIXED = of(0);

    /// The key that follows from a seed.
    static HashKey of(long seed) {
        return new HashKey(mixed(seed + STEP), mixed(seed + 2 * STEP) | 1);
    }

    /// The finaliser of SplitMix64: each bit of the seed reaches each bit of the key.
    private static long mixed(long seed) {
        long mixed = (seed ^ seed >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    /// Adds two words to a hash. Both halves of the product are taken, because the lower alone
    /// turns a difference of the highest bit into itself, whatever the key.
    long mix(long hash, long first, long second) {
        long left = hash ^ first;
        long right = multiplier ^ second;
        return (left * right) ^ Math.unsignedMultiplyHigh(left, right);
    }

    /// Adds one word to a hash.
    long mix(long hash, long word) {
        return mix(hash, word, 0);
    }

    /// The first `bits` bits of a number's hash, where values are numbers.
    int place(long number, int bits) {
        return (int) ((number * multiplier) >>> (Long.SIZE - bits));
    }
}
