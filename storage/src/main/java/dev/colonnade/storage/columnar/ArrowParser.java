package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// Reads fields of a protobuf message that is kept as bytes, whatever their order: resources,
/// scopes, attributes. Never reads beyond the message; what is damaged is told apart.
final class ArrowParser {
    private static final int TAG_KEY = 0x0A;
    private static final int TAG_VALUE = 0x12;

    /// The tag that was read last.
    int tag;

    /// Where the field begins, and where it ends.
    long fieldStart;

    long cursor;
    private long end;

    /// The number that was read last, of whatever wire type; of bytes, how many.
    long number;

    /// Where the bytes stand that were read last.
    long bytes;

    /// Of the attribute that was read last: its type, and where its key is.
    int type;

    long key;
    int keyLength;

    /// Begins a message.
    void begin(long address, int length) {
        cursor = address;
        end = address + length;
    }

    boolean hasMore() {
        return cursor < end;
    }

    /// Reads a field; false when it is damaged, or a group.
    boolean next() {
        fieldStart = cursor;
        if (!varint() || number <= 7 || number > Integer.MAX_VALUE) {
            return false;
        }
        tag = (int) number;
        return switch (tag & 7) {
            case 0 -> varint();
            case 1 -> fixed(Long.BYTES);
            case 2 -> lengthDelimited();
            case 5 -> fixed(Integer.BYTES);
            default -> false;
        };
    }

    /// Reads a `KeyValue` of at most one key and one value of at most one member: then `key`,
    /// `type`, and `number` or `bytes` say what it is. False when it is another, or damaged. The
    /// message that was begun is over.
    boolean keyValue(long address, int length) {
        begin(address, length);
        key = address;
        keyLength = 0;
        long value = address;
        int valueLength = 0;
        int seen = 0;
        while (hasMore()) {
            if (!next() || (tag != TAG_KEY && tag != TAG_VALUE) || (seen & 1 << (tag >> 3)) != 0) {
                return false;
            }
            seen |= 1 << (tag >> 3);
            if (tag == TAG_KEY) {
                key = bytes;
                keyLength = (int) number;
            } else {
                value = bytes;
                valueLength = (int) number;
            }
        }
        // Without a value it is another thing than with an empty one.
        return (seen & 1 << (TAG_VALUE >> 3)) != 0 && anyValue(value, valueLength);
    }

    /// Reads an `AnyValue` of at most one member.
    private boolean anyValue(long address, int length) {
        begin(address, length);
        type = Edge.EMPTY;
        if (length == 0) {
            return true;
        }
        if (!next() || hasMore()) {
            return false;
        }
        type = tag >> 3;
        int wire = tag & 7;
        return switch (type) {
            case Edge.BOOL, Edge.INT -> wire == 0;
            case Edge.DOUBLE -> wire == 1;
            case Edge.STRING, Edge.ARRAY, Edge.KVLIST, Edge.BYTES -> wire == 2;
            default -> false;
        };
    }

    private boolean varint() {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (cursor >= end) {
                return false;
            }
            byte next = OffHeap.getByte(cursor++);
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                number = value;
                return true;
            }
        }
        return false;
    }

    private boolean fixed(int count) {
        if (end - cursor < count) {
            return false;
        }
        number = count == Long.BYTES ? OffHeap.getLong(cursor) : OffHeap.getInt(cursor);
        cursor += count;
        return true;
    }

    private boolean lengthDelimited() {
        if (!varint() || number < 0 || number > end - cursor) {
            return false;
        }
        bytes = cursor;
        cursor += number;
        return true;
    }
}
