package dev.colonnade.pipeline.testkit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Bytes off the heap for the length of a test; freed by [#close()].
///
/// Sixteen bytes on either side hold a pattern that [#close()] checks, so that a write beyond the
/// bytes fails the test.
public final class OffHeapBytes implements AutoCloseable {
    private static final int GUARD = 16;
    private static final byte PATTERN = (byte) 0xa5;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment all;
    private final int length;

    private OffHeapBytes(int length) {
        this.length = length;
        all = arena.allocate(length + 2L * GUARD, 8);
        all.fill(PATTERN);
    }

    /// A copy of an array.
    public static OffHeapBytes copyOf(byte[] bytes) {
        OffHeapBytes copy = new OffHeapBytes(bytes.length);
        MemorySegment.copy(bytes, 0, copy.all, ValueLayout.JAVA_BYTE, GUARD, bytes.length);
        return copy;
    }

    /// Room for `length` bytes, not zeroed.
    public static OffHeapBytes allocate(int length) {
        return new OffHeapBytes(length);
    }

    /// Of the first byte.
    public long address() {
        return all.address() + GUARD;
    }

    /// In bytes.
    public int length() {
        return length;
    }

    /// A copy of the first `count` bytes.
    public byte[] toArray(int count) {
        return all.asSlice(GUARD, count).toArray(ValueLayout.JAVA_BYTE);
    }

    /// Frees the bytes; fails when something was written next to them.
    @Override
    public void close() {
        byte[] before = all.asSlice(0, GUARD).toArray(ValueLayout.JAVA_BYTE);
        byte[] after = all.asSlice(GUARD + (long) length, GUARD).toArray(ValueLayout.JAVA_BYTE);
        byte[] pattern = new byte[GUARD];
        Arrays.fill(pattern, PATTERN);
        arena.close();
        if (!Arrays.equals(before, pattern) || !Arrays.equals(after, pattern)) {
            throw new AssertionError("written outside of the bytes: length=" + length);
        }
    }
}
