package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// Reads what a [BitWriter] wrote.
final class BitReader {
    /// So many bits are read at once, whatever the first one's place in its byte.
    private static final int AT_ONCE_MAX = Long.SIZE - Byte.SIZE;

    private long address;
    private long position;

    /// Begins at an address behind whose bits there are eight bytes that can be read.
    void begin(long address) {
        this.address = address;
        position = 0;
    }

    /// The next `width` bits, 0 to 64.
    long get(int width) {
        if (width > AT_ONCE_MAX) {
            long low = get(Integer.SIZE);
            return low | get(width - Integer.SIZE) << Integer.SIZE;
        }
        long bits = at(address, position, width);
        position += width;
        return bits;
    }

    /// Reads `count` numbers of `width` bits, adds `base` to each and puts them at `target`, eight
    /// bytes each.
    void get(int width, long base, long target, int count) {
        if (width > AT_ONCE_MAX) {
            for (int index = 0; index < count; index++) {
                OffHeap.putLong(target + index * 8L, base + get(width));
            }
            return;
        }
        long from = address;
        long at = position;
        for (int index = 0; index < count; index++) {
            OffHeap.putLong(target + index * 8L, base + at(from, at, width));
            at += width;
        }
        position = at;
    }

    private static long at(long address, long position, int width) {
        long bits = OffHeap.getLong(address + (position >>> 3)) >>> (position & 7);
        return bits & (1L << width) - 1;
    }

    /// A number with its length in front.
    long getNumber() {
        return get((int) get(BitWriter.LENGTH_BITS));
    }
}
