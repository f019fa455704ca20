package dev.colonnade.pipeline.processor.attributes;

import dev.colonnade.pipeline.processor.Splice;
import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;

/// Values made for one record, one behind the other on the heap, until the record is written.
///
/// An array that became too small stays valid for who refers to it.
final class ByteArena {
    /// The most that is made for one record; a record that needs more is refused.
    static final int BYTES_MAX = 4 << 20;

    private static final int KEPT_MAX = 64 << 10;
    private static final int CAPACITY_MIN = 1024;

    private byte[] bytes = new byte[CAPACITY_MIN];
    private int top;

    /// Starts over with the next record.
    void clear() {
        top = 0;
    }

    /// Lets go of an array that an unusual record made large.
    void trim() {
        if (bytes.length > KEPT_MAX) {
            bytes = new byte[CAPACITY_MIN];
        }
    }

    /// Makes room for `count` bytes at [#top] of [#bytes]; false when the record has too many.
    boolean reserve(long count) {
        if (top + count > BYTES_MAX) {
            return false;
        }
        if (top + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(top + count, bytes.length * 2L));
        }
        return true;
    }

    byte[] bytes() {
        return bytes;
    }

    int top() {
        return top;
    }

    /// Adds one byte; room was reserved.
    void put(int value) {
        bytes[top++] = (byte) value;
    }

    /// Adds bytes from off the heap; room was reserved.
    void put(long address, int length) {
        OffHeap.copy(address, bytes, top, length);
        top += length;
    }

    /// Adds bytes from the heap; room was reserved.
    void put(byte[] source, int offset, int length) {
        System.arraycopy(source, offset, bytes, top, length);
        top += length;
    }

    /// Adds a varint; room was reserved.
    void putVarint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            put((int) rest | 0x80);
            rest >>>= 7;
        }
        put((int) rest);
    }

    /// Adds eight little-endian bytes; room was reserved.
    void putFixed64(long value) {
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            put((int) (value >>> shift));
        }
    }

    /// Adds a string value of `length` bytes but for its bytes; false when the record has too many.
    boolean beginText(int length) {
        if (!reserve(1L + Splice.varintSize(length) + length)) {
            return false;
        }
        put(AnyValueReader.TEXT_TAG);
        putVarint(length);
        return true;
    }
}
