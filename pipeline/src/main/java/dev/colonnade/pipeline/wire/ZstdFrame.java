package dev.colonnade.pipeline.wire;

import dev.colonnade.storage.memory.OffHeap;

/// How much a zstd frame asks for, read from its header (RFC 8878, 3.1.1.1) before any memory is
/// given to it.
///
/// ```
/// byte 0             4            5
///      +-------------+------------+----------+-----------+--------------+
///      | magic       | descriptor | [window] | [dict id] | [content     |   [ ]: as the descriptor says
///      | fd2fb528 LE | 8 bit      | 8 bit    | 0,1,2,4   |  size] 0-8   |
///      +-------------+------------+----------+-----------+--------------+
/// ```
final class ZstdFrame {
    private static final int MAGIC = 0xfd2f_b528;
    private static final int SKIPPABLE = 0x184d_2a50;
    private static final int SKIPPABLE_MASK = 0xffff_fff0;
    private static final int HEADER_BYTES_MIN = 5;
    private static final int SKIPPABLE_HEADER_BYTES = 8;
    private static final int[] DICTIONARY_BYTES = {0, 1, 2, 4};
    private static final int[] CONTENT_BYTES = {1, 2, 4, 8};

    private ZstdFrame() {}

    /// Whether the frame at `address` is one to skip; at least four bytes must be there.
    static boolean isSkippable(long address) {
        return (OffHeap.getInt(address) & SKIPPABLE_MASK) == SKIPPABLE;
    }

    /// The window in bytes that a frame needs, or the length in bytes of a skippable one; -1 when
    /// there is no such frame in the `length` bytes at `address`.
    static long read(long address, int length) {
        if (length < HEADER_BYTES_MIN) {
            return -1;
        }
        if (isSkippable(address)) {
            if (length < SKIPPABLE_HEADER_BYTES) {
                return -1;
            }
            long frame =
                    SKIPPABLE_HEADER_BYTES + Integer.toUnsignedLong(OffHeap.getInt(address + 4));
            return frame <= length ? frame : -1;
        }
        if (OffHeap.getInt(address) != MAGIC) {
            return -1;
        }
        int descriptor = OffHeap.getByte(address + 4) & 0xff;
        boolean isSingleSegment = (descriptor & 0x20) != 0;
        int at = HEADER_BYTES_MIN;
        if (!isSingleSegment) {
            return at < length ? window(OffHeap.getByte(address + at) & 0xff) : -1;
        }
        at += DICTIONARY_BYTES[descriptor & 3];
        int contentBytes = CONTENT_BYTES[descriptor >>> 6];
        return at + contentBytes <= length ? contentSize(address + at, contentBytes) : -1;
    }

    private static long window(int descriptor) {
        long base = 1L << (10 + (descriptor >>> 3));
        return base + base / 8 * (descriptor & 7);
    }

    private static long contentSize(long address, int bytes) {
        long size = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            size = (size << 8) | (OffHeap.getByte(address + i) & 0xff);
        }
        if (bytes == 2) {
            return size + 256;
        }
        return size < 0 ? Long.MAX_VALUE : size;
    }
}
