package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;

/// The description of a block that is being written: what the streams are and how they are encoded,
/// in the order in which they are read, with the content of those that are too short to be
/// compressed alone. It is compressed as a whole at the end.
final class Footer {
    private static final int KEPT_BYTES_MAX = 256 << 10;

    private final int inlineBytesMax;
    private byte[] bytes = new byte[4 << 10];
    private int length;

    /// @param inlineBytesMax how long short streams may make it
    Footer(int inlineBytesMax) {
        this.inlineBytesMax = inlineBytesMax;
    }

    void clear() {
        length = 0;
        if (bytes.length > KEPT_BYTES_MAX) {
            bytes = new byte[4 << 10];
        }
    }

    int length() {
        return length;
    }

    boolean hasRoom(int more) {
        return length + more <= inlineBytesMax;
    }

    void putByte(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
    }

    /// An unsigned number, seven bits per byte.
    void putVarint(long value) {
        reserve(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    void putLong(long value) {
        reserve(Long.BYTES);
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            bytes[length++] = (byte) (value >>> shift);
        }
    }

    void putBytes(long address, int count) {
        reserve(count);
        OffHeap.copy(address, bytes, length, count);
        length += count;
    }

    void putBytes(byte[] source) {
        reserve(source.length);
        System.arraycopy(source, 0, bytes, length, source.length);
        length += source.length;
    }

    void copyTo(long target) {
        OffHeap.copy(bytes, 0, target, length);
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
