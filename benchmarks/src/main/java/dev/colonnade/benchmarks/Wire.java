package dev.colonnade.benchmarks;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Reads protobuf fields one after another out of a range of bytes.
///
/// Bad input ends the reading: [#next()] answers false and [#isBroken()] says why.
public final class Wire {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes = new byte[0];
    private int position;
    private int end;
    private boolean broken;

    private int field;
    private int wireType;
    private long value;
    private int offset;

    /// Starts reading at `offset`, `length` bytes.
    public Wire over(byte[] from, int start, int length) {
        bytes = from;
        position = start;
        end = start + length;
        broken = false;
        return this;
    }

    /// Reads the next field; false at the end, or when what comes is not protobuf.
    public boolean next() {
        if (position >= end) {
            return false;
        }
        long tag = varint();
        field = (int) (tag >>> 3);
        wireType = (int) tag & 7;
        switch (wireType) {
            case 0 -> value = varint();
            case 1 -> {
                offset = position;
                position += Long.BYTES;
                value = position <= end ? (long) LONG.get(bytes, offset) : 0;
            }
            case 2 -> {
                value = varint();
                offset = position;
                if (value < 0 || value > end - position) {
                    broken = true;
                    return false;
                }
                position += (int) value;
            }
            case 5 -> {
                offset = position;
                position += Integer.BYTES;
            }
            default -> broken = true;
        }
        broken |= position > end || field == 0;
        return !broken;
    }

    /// Whether reading ended because the bytes are no protobuf.
    public boolean isBroken() {
        return broken;
    }

    /// The field just read.
    public int field() {
        return field;
    }

    /// Whether the field just read is bytes, a string or a message.
    public boolean isBytes() {
        return wireType == 2;
    }

    /// The number in a varint or fixed64 field.
    public long value() {
        return value;
    }

    /// Where the content of a bytes, fixed32 or fixed64 field begins.
    public int offset() {
        return offset;
    }

    /// The length of a bytes field.
    public int length() {
        return (int) value;
    }

    /// The little-endian long at an offset.
    public static long longAt(byte[] bytes, int offset) {
        return (long) LONG.get(bytes, offset);
    }

    private long varint() {
        long result = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (position >= end) {
                break;
            }
            byte b = bytes[position++];
            result |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return result;
            }
        }
        broken = true;
        return -1;
    }
}
