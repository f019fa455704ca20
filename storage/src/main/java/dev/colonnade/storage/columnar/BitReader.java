package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// Reads what a [BitWriter] wrote.
final class BitReader {
    private long address;
    private long word;
    private int left;

    void begin(long address) {
        this.address = address;
        left = 0;
        word = 0;
    }

    /// The next `width` bits, 0 to 64.
    long get(int width) {
        if (width <= left) {
            long value = width == Long.SIZE ? word : word & ((1L << width) - 1);
            word = width == Long.SIZE ? 0 : word >>> width;
            left -= width;
            return value;
        }
        long low = word;
        int missing = width - left;
        long next = OffHeap.getLong(address);
        address += Long.BYTES;
        long high = missing == Long.SIZE ? next : next & ((1L << missing) - 1);
        long value = left == 0 ? high : low | high << left;
        word = missing == Long.SIZE ? 0 : next >>> missing;
        left = Long.SIZE - missing;
        return value;
    }

    /// A number with its length in front.
    long getNumber() {
        return get((int) get(BitWriter.LENGTH_BITS));
    }
}
