package dev.colonnade.pipeline.json;

import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.OffHeap;
import org.jspecify.annotations.Nullable;

/// Protobuf bytes being written into a growing extent.
///
/// The length of a message is not known before its content: [#openLength] leaves room for as few
/// bytes as it can have, [#closeLength] moves the content where it needs more. The end of what was
/// written therefore never goes back, and every method that writes returns false, having written
/// nothing, when there is no room; [#isTooLarge] says which room.
final class ProtoTarget {
    private static final int REPLACEMENT = 0xfffd;

    private @Nullable Extent extent;
    private Growth growth = (_, _) -> false;
    private int bytesMax;
    private long base;
    private int capacity;
    private int position;
    private boolean isTooLarge;
    private char high;

    /// Begins at the end of what `extent`, which is open, holds already.
    void begin(Extent extent, Growth growth, int bytesMax) {
        this.extent = extent;
        this.growth = growth;
        base = extent.address();
        capacity = extent.capacity();
        position = extent.length();
        this.bytesMax =
                bytesMax > Integer.MAX_VALUE - position ? Integer.MAX_VALUE : position + bytesMax;
        isTooLarge = false;
        high = 0;
    }

    /// Tells the extent how much was written, and lets go of it.
    void end() {
        Extent written = extent;
        if (written != null) {
            written.advance(position - written.length());
        }
        extent = null;
    }

    /// Lets go of the extent, whose length stays as it was when it grew last.
    void abandon() {
        extent = null;
    }

    /// Where the next byte goes.
    int position() {
        return position;
    }

    /// Whether the limit was met; otherwise there was no memory.
    boolean isTooLarge() {
        return isTooLarge;
    }

    /// Takes back what was written since `position`, which must not lie before a point at which
    /// room was asked for.
    void rewind(int to) {
        position = to;
    }

    boolean ensure(int count) {
        return count <= capacity - position || grow(count);
    }

    private boolean grow(int count) {
        Extent growing = extent;
        if (growing == null || count > bytesMax - position) {
            isTooLarge = true;
            return false;
        }
        int needed = position + count;
        int wanted = (int) Math.min(bytesMax, Math.max(needed, 2L * capacity));
        growing.advance(position - growing.length());
        if (!growth.grow(growing, wanted) && !growth.grow(growing, needed)) {
            return false;
        }
        base = growing.address();
        capacity = growing.capacity();
        return true;
    }

    /// Leaves `width` bytes for a length.
    boolean openLength(int width) {
        if (!ensure(width)) {
            return false;
        }
        position += width;
        return true;
    }

    /// Writes the length of what was written since the `width` bytes at `at` were left for it.
    boolean closeLength(int at, int width) {
        int length = position - at - width;
        int wider = varintSize(length) - width;
        if (wider > 0) {
            if (!ensure(wider)) {
                return false;
            }
            long content = base + at + width;
            OffHeap.copy(content, content + wider, length);
            position += wider;
        }
        putVarint(base + at, length);
        return true;
    }

    boolean varint(long value) {
        if (!ensure(10)) {
            return false;
        }
        position = (int) (putVarint(base + position, value) - base);
        return true;
    }

    boolean bits32(int value) {
        if (!ensure(4)) {
            return false;
        }
        OffHeap.putInt(base + position, value);
        position += 4;
        return true;
    }

    boolean bits64(long value) {
        if (!ensure(8)) {
            return false;
        }
        OffHeap.putLong(base + position, value);
        position += 8;
        return true;
    }

    /// Writes one byte for which there is room.
    void put(int value) {
        OffHeap.putByte(base + position++, (byte) value);
    }

    /// Writes characters as UTF-8; a surrogate without its other half becomes U+FFFD. Pieces of one
    /// string follow one another; the last is followed by [#endText].
    boolean text(char[] chars, int offset, int length) {
        if (length > (Integer.MAX_VALUE - 16) / 3) {
            isTooLarge = true;
            return false;
        }
        // A surrogate kept from before adds three bytes at most.
        if (!ensure(3 * length + 3)) {
            return false;
        }
        long at = base + position;
        for (int index = offset; index < offset + length; index++) {
            char next = chars[index];
            if (next < 0x80 && high == 0) {
                OffHeap.putByte(at++, (byte) next);
            } else {
                at = putOther(at, next);
            }
        }
        position = (int) (at - base);
        return true;
    }

    boolean endText() {
        if (high == 0) {
            return true;
        }
        if (!ensure(3)) {
            return false;
        }
        high = 0;
        position = (int) (put3(base + position, REPLACEMENT) - base);
        return true;
    }

    private long putOther(long address, char next) {
        long at = address;
        if (high != 0) {
            char first = high;
            high = 0;
            if (Character.isLowSurrogate(next)) {
                return put4(at, Character.toCodePoint(first, next));
            }
            at = put3(at, REPLACEMENT);
        }
        if (next < 0x80) {
            OffHeap.putByte(at, (byte) next);
            return at + 1;
        }
        if (next < 0x800) {
            OffHeap.putByte(at, (byte) (0xc0 | (next >>> 6)));
            OffHeap.putByte(at + 1, (byte) (0x80 | (next & 0x3f)));
            return at + 2;
        }
        if (Character.isHighSurrogate(next)) {
            high = next;
            return at;
        }
        return put3(at, Character.isLowSurrogate(next) ? REPLACEMENT : next);
    }

    private static long put3(long at, int code) {
        OffHeap.putByte(at, (byte) (0xe0 | (code >>> 12)));
        OffHeap.putByte(at + 1, (byte) (0x80 | ((code >>> 6) & 0x3f)));
        OffHeap.putByte(at + 2, (byte) (0x80 | (code & 0x3f)));
        return at + 3;
    }

    private static long put4(long at, int code) {
        OffHeap.putByte(at, (byte) (0xf0 | (code >>> 18)));
        OffHeap.putByte(at + 1, (byte) (0x80 | ((code >>> 12) & 0x3f)));
        OffHeap.putByte(at + 2, (byte) (0x80 | ((code >>> 6) & 0x3f)));
        OffHeap.putByte(at + 3, (byte) (0x80 | (code & 0x3f)));
        return at + 4;
    }

    static int varintSize(long value) {
        return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
    }

    private static long putVarint(long address, long value) {
        long at = address;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            OffHeap.putByte(at++, (byte) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        OffHeap.putByte(at, (byte) rest);
        return at + 1;
    }
}
