package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// Appends numbers of any number of bits, lowest bit first, in words of eight bytes.
final class BitWriter {
    static final int LENGTH_BITS = 7;

    private final Bytes target;
    private long word;
    private int filled;

    BitWriter(Bytes target) {
        this.target = target;
    }

    /// Appends the lowest `width` bits, 0 to 64, of a value that has no others.
    void put(long value, int width) {
        if (width == 0) {
            return;
        }
        word |= value << filled;
        int end = filled + width;
        if (end >= Long.SIZE) {
            OffHeap.putLong(target.claim(Long.BYTES), word);
            end -= Long.SIZE;
            word = end == 0 ? 0 : value >>> (width - end);
        }
        filled = end;
    }

    /// Appends a number with its length in front.
    void putNumber(long value) {
        int width = width(value);
        put(width, LENGTH_BITS);
        put(value, width);
    }

    /// Writes what is left.
    void finish() {
        if (filled > 0) {
            OffHeap.putLong(target.claim(Long.BYTES), word);
        }
        clear();
    }

    void clear() {
        word = 0;
        filled = 0;
    }

    /// How many bits a value has.
    static int width(long value) {
        return Long.SIZE - Long.numberOfLeadingZeros(value);
    }
}
