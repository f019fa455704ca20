package dev.colonnade.storage.columnar;

import dev.colonnade.storage.columnar.Sheet.Field;
import dev.colonnade.storage.memory.OffHeap;

/// Writes fields as protobuf has them, for columns of what other columns cannot carry.
///
/// Each method answers where it wrote; `length` is how much.
final class ArrowRest {
    private static final int VARINT_BYTES_MAX = 10;
    private static final byte TAG_KEYED = 0x0A;
    private static final byte[] TYPE_TAGS = {0, 0x0A, 0x10, 0x18, 0x21, 0x2A, 0x32, 0x3A};

    private final Bytes bytes;
    int length;

    ArrowRest(Scratch scratch) {
        bytes = new Bytes(scratch);
    }

    /// A copy of bytes that are on the heap.
    long copy(byte[] source) {
        long address = bytes.claim(Math.max(1, source.length));
        OffHeap.copy(source, 0, address, source.length);
        length = source.length;
        return address;
    }

    long varint(int tag, long value) {
        long address = bytes.claim(2 * VARINT_BYTES_MAX);
        length = (int) (Rebuilder.putVarint(Rebuilder.putVarint(address, tag), value) - address);
        return address;
    }

    long fixed64(int tag, long value) {
        long address = bytes.claim(VARINT_BYTES_MAX + Long.BYTES);
        long at = Rebuilder.putVarint(address, tag);
        OffHeap.putLong(at, value);
        length = (int) (at + Long.BYTES - address);
        return address;
    }

    long fixed32(int tag, int value) {
        long address = bytes.claim(VARINT_BYTES_MAX + Integer.BYTES);
        long at = Rebuilder.putVarint(address, tag);
        OffHeap.putInt(at, value);
        length = (int) (at + Integer.BYTES - address);
        return address;
    }

    long blob(int tag, long source, int count) {
        long address = bytes.claim(2 * VARINT_BYTES_MAX + count);
        long at = Rebuilder.putVarint(Rebuilder.putVarint(address, tag), count);
        OffHeap.copy(source, at, count);
        length = (int) (at + count - address);
        return address;
    }

    /// A whole `KeyValue`, as an entry of a `KeyValueList`.
    long keyValue(long source, int count) {
        return blob(TAG_KEYED, source, count);
    }

    /// A `KeyValue` of a column's key and a value, as an entry of a `KeyValueList`.
    ///
    /// @param bits the number; of byte strings nothing
    long keyValue(Field field, long bits, long text, int textLength) {
        long value = bytes.claim(3 * VARINT_BYTES_MAX + textLength);
        int valueLength = (int) (putValue(value, field.type, bits, text, textLength) - value);
        long keyed = bytes.claim(field.keyLength + VARINT_BYTES_MAX + valueLength);
        OffHeap.copy(field.keyAddress, keyed, field.keyLength);
        long at = Rebuilder.putVarint(keyed + field.keyLength, valueLength);
        OffHeap.copy(value, at, valueLength);
        return keyValue(keyed, (int) (at + valueLength - keyed));
    }

    /// An `AnyValue` as a field.
    long value(int tag, int type, long bits, long text, int textLength) {
        long value = bytes.claim(3 * VARINT_BYTES_MAX + textLength);
        return blob(tag, value, (int) (putValue(value, type, bits, text, textLength) - value));
    }

    private static long putValue(long target, int type, long bits, long text, int textLength) {
        if (type == Edge.EMPTY) {
            return target;
        }
        OffHeap.putByte(target, TYPE_TAGS[type]);
        return switch (type) {
            case Edge.BOOL, Edge.INT -> Rebuilder.putVarint(target + 1, bits);
            case Edge.DOUBLE -> {
                OffHeap.putLong(target + 1, bits);
                yield target + 1 + Long.BYTES;
            }
            default -> {
                long at = Rebuilder.putVarint(target + 1, textLength);
                OffHeap.copy(text, at, textLength);
                yield at + textLength;
            }
        };
    }
}
