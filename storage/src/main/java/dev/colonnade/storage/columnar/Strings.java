package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// Byte strings off heap: compared and hashed eight bytes at a time, never read past their end.
final class Strings {
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private Strings() {}

    static boolean equal(long left, long right, int length) {
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            if (OffHeap.getLong(left + at) != OffHeap.getLong(right + at)) {
                return false;
            }
        }
        if (at == length) {
            return true;
        }
        if (length >= Long.BYTES) {
            int tail = length - Long.BYTES;
            return OffHeap.getLong(left + tail) == OffHeap.getLong(right + tail);
        }
        return shortWord(left, length) == shortWord(right, length);
    }

    /// A hash whose upper half is as good as the lower.
    static long hash(long address, int length) {
        long hash = length * MULTIPLIER;
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            hash = mix(hash ^ OffHeap.getLong(address + at));
        }
        if (at < length) {
            long tail =
                    length >= Long.BYTES
                            ? OffHeap.getLong(address + length - Long.BYTES)
                            : shortWord(address, length);
            hash = mix(hash ^ tail);
        }
        return hash ^ hash >>> 29;
    }

    /// A string of less than eight bytes as a number.
    static long shortWord(long address, int length) {
        if (length >= Integer.BYTES) {
            long low = OffHeap.getInt(address) & 0xFFFF_FFFFL;
            long high = OffHeap.getInt(address + length - Integer.BYTES) & 0xFFFF_FFFFL;
            return low | high << Integer.SIZE;
        }
        if (length == 0) {
            return 0;
        }
        // Of three bytes or fewer the first, the middle and the last are all.
        long first = OffHeap.getByte(address) & 0xFFL;
        long middle = OffHeap.getByte(address + (length >>> 1)) & 0xFFL;
        long last = OffHeap.getByte(address + length - 1) & 0xFFL;
        return first | middle << 8 | last << 16;
    }

    private static long mix(long word) {
        long product = word * MULTIPLIER;
        return product ^ product >>> 32;
    }
}
