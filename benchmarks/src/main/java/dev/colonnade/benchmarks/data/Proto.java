package dev.colonnade.benchmarks.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A growing protobuf message together with marks that remember where something in it stands.
///
/// Marks move along when a message is put into another, so the outermost message knows the offset
/// of each. Not for hot paths: bodies are built once, before the load starts.
final class Proto {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int WIRE_VARINT = 0;
    private static final int WIRE_FIXED64 = 1;
    private static final int WIRE_BYTES = 2;
    private static final int WIRE_FIXED32 = 5;

    /// Ints per mark: position, kind, argument.
    static final int MARK_STRIDE = 3;

    private byte[] bytes = new byte[256];
    private int size;
    private int[] marks = new int[3 * MARK_STRIDE];
    private int markInts;

    /// Empties the message, keeping its memory.
    Proto clear() {
        size = 0;
        markInts = 0;
        return this;
    }

    int size() {
        return size;
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    /// The marks in the order they were made, [#MARK_STRIDE] ints each.
    int[] toMarks() {
        return Arrays.copyOf(marks, markInts);
    }

    Proto varint(int field, long value) {
        tag(field, WIRE_VARINT);
        rawVarint(value);
        return this;
    }

    Proto fixed64(int field, long value) {
        tag(field, WIRE_FIXED64);
        reserve(Long.BYTES);
        LONG.set(bytes, size, value);
        size += Long.BYTES;
        return this;
    }

    /// A fixed64 whose value is written later, by the patch `kind` with `argument`.
    Proto patchedFixed64(int field, int kind, int argument) {
        tag(field, WIRE_FIXED64);
        mark(kind, argument);
        return zeros(Long.BYTES);
    }

    Proto fixed32(int field, int value) {
        tag(field, WIRE_FIXED32);
        reserve(Integer.BYTES);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            bytes[size++] = (byte) (value >>> shift);
        }
        return this;
    }

    Proto doubleValue(int field, double value) {
        return fixed64(field, Double.doubleToRawLongBits(value));
    }

    Proto string(int field, String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        return bytes(field, utf8);
    }

    Proto bytes(int field, byte[] value) {
        tag(field, WIRE_BYTES);
        rawVarint(value.length);
        reserve(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
        return this;
    }

    /// A bytes field of `length` whose content is written later, by the patch `kind` with
    /// `argument`.
    Proto patchedBytes(int field, int length, int kind, int argument) {
        tag(field, WIRE_BYTES);
        rawVarint(length);
        mark(kind, argument);
        return zeros(length);
    }

    /// Packed little-endian longs, as fixed64 elements.
    Proto packedFixed64(int field, long[] values) {
        tag(field, WIRE_BYTES);
        rawVarint((long) values.length * Long.BYTES);
        reserve(values.length * Long.BYTES);
        for (long value : values) {
            LONG.set(bytes, size, value);
            size += Long.BYTES;
        }
        return this;
    }

    /// Puts `child` here as a message field; its marks come along.
    Proto message(int field, Proto child) {
        tag(field, WIRE_BYTES);
        rawVarint(child.size);
        append(child);
        return this;
    }

    /// Puts `child` here as a message field and marks its first byte.
    Proto markedMessage(int field, Proto child, int kind, int argument) {
        tag(field, WIRE_BYTES);
        rawVarint(child.size);
        mark(kind, argument);
        append(child);
        return this;
    }

    /// Marks the place where the next byte goes.
    Proto mark(int kind, int argument) {
        if (markInts + MARK_STRIDE > marks.length) {
            marks = Arrays.copyOf(marks, marks.length * 2);
        }
        marks[markInts++] = size;
        marks[markInts++] = kind;
        marks[markInts++] = argument;
        return this;
    }

    private void append(Proto child) {
        reserve(child.size);
        System.arraycopy(child.bytes, 0, bytes, size, child.size);
        for (int i = 0; i < child.markInts; i += MARK_STRIDE) {
            int here = size;
            size += child.marks[i];
            mark(child.marks[i + 1], child.marks[i + 2]);
            size = here;
        }
        size += child.size;
    }

    private Proto zeros(int length) {
        reserve(length);
        Arrays.fill(bytes, size, size + length, (byte) 0);
        size += length;
        return this;
    }

    private void tag(int field, int wireType) {
        rawVarint(((long) field << 3) | wireType);
    }

    private void rawVarint(long value) {
        reserve(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) ((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    private void reserve(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
    }
}
