package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// Byte strings off heap: compared and hashed eight bytes at a time, never read past their end.
final class Strings {
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

    /// A hash of which every bit is as good as any other.
    static long hash(long address, int length, HashKey key) {
        long hash = key.start() + length;
        int at = 0;
        for (; at + 2 * Long.BYTES <= length; at += 2 * Long.BYTES) {
            long second = OffHeap.getLong(address + at + Long.BYTES);
            hash = key.mix(hash, OffHeap.getLong(address + at), second);
        }
        if (at + Long.BYTES <= length) {
            hash = key.mix(hash, OffHeap.getLong(address + at));
            at += Long.BYTES;
        }
        if (at < length) {
            long tail =
                    length >= Long.BYTES
                            ? OffHeap.getLong(address + length - Long.BYTES)
                            : shortWord(address, length);
            hash = key.mix(hash, tail);
        }
        return hash;
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
}
