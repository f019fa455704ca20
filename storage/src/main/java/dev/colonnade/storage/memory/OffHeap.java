package dev.colonnade.storage.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Off-heap bytes at absolute addresses, little endian and unaligned.
///
/// One constant segment spans all of memory, so that the compiler folds the liveness and range
/// checks away: nothing here checks a bound. The caller has compared the address with the extent it
/// owns before it calls; readers of foreign bytes (the skim) do so before every read.
public final class OffHeap {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private OffHeap() {}

    /// The byte at `address`.
    public static byte getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    /// The four bytes at `address`.
    public static int getInt(long address) {
        return ALL.get(INT, address);
    }

    /// The eight bytes at `address`.
    public static long getLong(long address) {
        return ALL.get(LONG, address);
    }

    /// Writes one byte at `address`.
    public static void putByte(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    /// Writes four bytes at `address`.
    public static void putInt(long address, int value) {
        ALL.set(INT, address, value);
    }

    /// Writes eight bytes at `address`.
    public static void putLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    /// Copies `length` bytes from one address to another; the ranges may overlap.
    public static void copy(long source, long target, long length) {
        MemorySegment.copy(ALL, source, ALL, target, length);
    }

    /// Copies `length` bytes of an array, from `offset` on, to an address.
    public static void copy(byte[] source, int offset, long target, int length) {
        MemorySegment.copy(source, offset, ALL, ValueLayout.JAVA_BYTE, target, length);
    }

    /// Copies `length` bytes at an address into an array, from `offset` on.
    public static void copy(long source, byte[] target, int offset, int length) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, source, target, offset, length);
    }

    /// A segment over `length` bytes at `address`, for interfaces that take one; its lifetime is
    /// the memory owner's business.
    public static MemorySegment segment(long address, long length) {
        return ALL.asSlice(address, length);
    }
}
