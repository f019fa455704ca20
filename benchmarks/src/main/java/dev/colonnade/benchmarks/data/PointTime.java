package dev.colonnade.benchmarks.data;

/// How a data point's time carries its sequence number.
///
/// A point has no id, so its time is one. Time runs in slots of a power of two nanoseconds, one per
/// request; inside a slot the point's number, scrambled, stands above ten bits of noise. With 1,000
/// points per request a slot is 1.05 ms: at 1M points/s the times are those of the clock, at other
/// rates they run slower or faster.
///
/// ```
///  time - start of the generator
///  +----------------------+--------------------+---------+
///  | request              | number, scrambled  | noise   |
///  +----------------------+--------------------+---------+
///                          numberBits(records)   10 bits
/// ```
public final class PointTime {
    private static final int NOISE_BITS = 10;

    /// Odd, so multiplying permutes the numbers modulo any power of two.
    private static final int SCRAMBLE = 0x2C1B_3C6D;

    private static final int UNSCRAMBLE = inverse(SCRAMBLE);

    private PointTime() {}

    static int slotBits(int records) {
        return numberBits(records) + NOISE_BITS;
    }

    /// Nanoseconds inside a slot for point number `number`; `noise` counts modulo 1,024.
    static int offset(int number, int records, int noise) {
        int mask = (1 << numberBits(records)) - 1;
        int scrambled = number * SCRAMBLE & mask;
        return (scrambled << NOISE_BITS) | (noise & ((1 << NOISE_BITS) - 1));
    }

    /// The sequence number in a point's time: `request * records + number`; -1 when there is none.
    public static long sequence(long timeNanos, long startNanos, int records) {
        long passed = timeNanos - startNanos;
        int mask = (1 << numberBits(records)) - 1;
        int number = (int) (passed >>> NOISE_BITS) * UNSCRAMBLE & mask;
        if (passed < 0 || number >= records) {
            return -1;
        }
        return (passed >>> slotBits(records)) * records + number;
    }

    private static int numberBits(int records) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(records - 1);
    }

    private static int inverse(int odd) {
        int x = odd;
        for (int i = 0; i < 5; i++) {
            x *= 2 - odd * x;
        }
        return x;
    }
}
