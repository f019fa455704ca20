package dev.colonnade.storage.columnar;

import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;
import org.jspecify.annotations.Nullable;

/// Takes OTLP messages apart into [Columns], exactly: written again in the order of a row's shape,
/// with lengths and numbers in their shortest form, they are the same bytes.
///
/// Every read is within the message: a value is compared with the end of what it stands in before
/// it is touched. What would not come out the same (a length or number longer than it must be, a
/// group, a field beyond its message) stops the whole entry; inside of attributes and values, what
/// is unusual is kept as a byte string.
final class Shredder {
    private static final int TAG_KEY = 0x0A;
    private static final int TAG_VALUE = 0x12;
    private static final int TAG_STRING = 0x0A;
    private static final int TAG_BOOL = 0x10;
    private static final int TAG_INT = 0x18;
    private static final int TAG_DOUBLE = 0x21;
    private static final int TAG_ARRAY = 0x2A;
    private static final int TAG_KVLIST = 0x32;
    private static final int TAG_BYTES = 0x3A;
    private static final int TAG_MAX = 1 << 21;

    private final Columns columns;

    /// Behind what was read last.
    private long cursor;

    // What stands in the attribute or value that was read last; type -1 is none of them.
    private int type;
    private long key;
    private int keyLength;
    private long value;
    private int valueLength;

    Shredder(Signal signal, Scratch scratch, HashKey hashKey) {
        columns = new Columns(signal, scratch, hashKey);
    }

    Columns columns() {
        return columns;
    }

    /// Appends an export request.
    ///
    /// @throws Stop when it is not exact, when there is no memory, or when a bound was reached;
    ///   nothing was appended
    void add(long address, int length) {
        columns.mark();
        try {
            message(columns.root(), address, address + length, 0);
        } catch (Stop stop) {
            columns.rewind();
            throw stop;
        }
    }

    private void message(Table table, long from, long end, int lengthBytes) {
        Node node = table.root(lengthBytes);
        try {
            long at = from;
            while (at < end) {
                int tag = OffHeap.getByte(at++);
                if (tag < 0) {
                    tag = longTag(at - 1, end);
                    at = cursor;
                }
                node = field(table, node, tag, at, end);
                at = cursor;
            }
            table.addRow(node);
        } catch (Stop stop) {
            Table.popValues(node);
            throw stop;
        }
    }

    private Node field(Table table, Node node, int tag, long at, long end) {
        return switch (table.type.kind(tag)) {
            case MessageType.FIXED64 -> fixed64(table, node, tag, at, end);
            case MessageType.FIXED32 -> fixed32(table, node, tag, at, end);
            case MessageType.VARINT -> varint(table, node, tag, at, end);
            case MessageType.BLOB -> blob(table, node, tag, at, end);
            case MessageType.ID16 -> id(table, node, MessageType.ID16, tag, at, end);
            case MessageType.ID8 -> id(table, node, MessageType.ID8, tag, at, end);
            case MessageType.MESSAGES -> messages(table, node, tag, at, end);
            case MessageType.MESSAGE -> singleMessage(table, node, tag, at, end);
            case MessageType.SET -> set(table, node, tag, at, end);
            case MessageType.PACKED64 -> packed64(table, node, tag, at, end);
            case MessageType.PACKED_VARINT -> packedVarint(table, node, tag, at, end);
            case MessageType.ATTRIBUTE -> attribute(table, node, tag, at, end);
            case MessageType.VALUE -> anyValue(table, node, tag, at, end);
            default -> throw Stop.INEXACT;
        };
    }

    private Node fixed64(Table table, Node node, int tag, long at, long end) {
        if (end - at < Long.BYTES) {
            throw Stop.INEXACT;
        }
        Node next = advance(table, node, MessageType.FIXED64, Edge.EMPTY, tag);
        numbersOf(next).addLong(OffHeap.getLong(at));
        cursor = at + Long.BYTES;
        return next;
    }

    private Node fixed32(Table table, Node node, int tag, long at, long end) {
        if (end - at < Integer.BYTES) {
            throw Stop.INEXACT;
        }
        Node next = advance(table, node, MessageType.FIXED32, Edge.EMPTY, tag);
        numbersOf(next).addInt(OffHeap.getInt(at));
        cursor = at + Integer.BYTES;
        return next;
    }

    private Node varint(Table table, Node node, int tag, long at, long end) {
        long number = number(at, end);
        Node next = advance(table, node, MessageType.VARINT, Edge.EMPTY, tag);
        numbersOf(next).addLong(number);
        return next;
    }

    private Node blob(Table table, Node node, int tag, long at, long end) {
        int length = length(at, end);
        return bytes(table, node, tag, cursor, length);
    }

    /// A byte string, with its place known.
    private Node bytes(Table table, Node node, int tag, long address, int length) {
        Node next = advance(table, node, MessageType.BLOB, Edge.EMPTY, tag);
        blobsOf(next).add(address, length);
        cursor = address + length;
        return next;
    }

    private Node id(Table table, Node node, int kind, int tag, long at, long end) {
        int length = length(at, end);
        long address = cursor;
        if (length != (kind == MessageType.ID16 ? 16 : 8)) {
            return bytes(table, node, tag, address, length);
        }
        Node next = advance(table, node, kind, Edge.EMPTY, tag);
        Edge edge = edgeOf(next);
        IdPool ids = edge.ids;
        if (ids == null) {
            throw new IllegalStateException("column has no ids: code=" + edge.code);
        }
        int code = ids.code(address);
        try {
            numbersOf(next).addInt(code);
        } catch (Stop stop) {
            ids.pop(code);
            throw stop;
        }
        cursor = address + length;
        return next;
    }

    /// As many messages of this field as stand together.
    private Node messages(Table table, Node node, int tag, long at, long end) {
        Node next = advance(table, node, MessageType.MESSAGES, Edge.EMPTY, tag);
        Table child = childOf(next);
        int count = 0;
        long from = at;
        do {
            int length = length(from, end);
            long body = cursor;
            message(child, body, body + length, (int) (body - from));
            count++;
            from = body + length;
            cursor = from;
        } while (from < end && tag < 0x80 && OffHeap.getByte(from++) == tag);
        numbersOf(next).addInt(count);
        return next;
    }

    private Node singleMessage(Table table, Node node, int tag, long at, long end) {
        Node next = advance(table, node, MessageType.MESSAGE, Edge.EMPTY, tag);
        int length = length(at, end);
        long body = cursor;
        message(childOf(next), body, body + length, (int) (body - at));
        cursor = body + length;
        return next;
    }

    /// As many attributes as stand together, with their tags, as one byte string.
    private Node set(Table table, Node node, int tag, long at, long end) {
        if (tag >= 0x80) {
            return blob(table, node, tag, at, end);
        }
        long from = at - 1;
        int first = length(at, end);
        long to = cursor + first;
        while (to < end && OffHeap.getByte(to) == tag) {
            int length = length(to + 1, end);
            to = cursor + length;
        }
        Node next = advance(table, node, MessageType.SET, Edge.EMPTY, tag);
        blobsOf(next).add(from, (int) (to - from));
        cursor = to;
        return next;
    }

    private Node packed64(Table table, Node node, int tag, long at, long end) {
        int length = length(at, end);
        long address = cursor;
        if (length % Long.BYTES != 0) {
            return bytes(table, node, tag, address, length);
        }
        Node next = advance(table, node, MessageType.PACKED64, Edge.EMPTY, tag);
        Vector elements = elementsOf(next);
        int count = 0;
        try {
            for (; count < length / Long.BYTES; count++) {
                elements.addLong(OffHeap.getLong(address + (long) count * Long.BYTES));
            }
            numbersOf(next).addInt(count);
        } catch (Stop stop) {
            pop(elements, count);
            throw stop;
        }
        cursor = address + length;
        return next;
    }

    private Node packedVarint(Table table, Node node, int tag, long at, long end) {
        int length = length(at, end);
        long address = cursor;
        long last = address + length;
        Node next = advance(table, node, MessageType.PACKED_VARINT, Edge.EMPTY, tag);
        Vector elements = elementsOf(next);
        int count = 0;
        try {
            long from = address;
            while (from < last) {
                elements.addLong(number(from, last));
                from = cursor;
                count++;
            }
            numbersOf(next).addInt(count);
        } catch (Stop stop) {
            pop(elements, count);
            throw stop;
        }
        cursor = last;
        return next;
    }

    private Node attribute(Table table, Node node, int tag, long at, long end) {
        int length = length(at, end);
        long from = cursor;
        long last = from + length;
        if (!readKeyValue(from, last)) {
            return bytes(table, node, tag, from, length);
        }
        int code = Edge.code(MessageType.ATTRIBUTE, type, tag);
        Node next = node.last;
        if (next == null
                || next.edge == null
                || next.edge.code != code
                || !next.edge.hasKey(key, keyLength)) {
            @Nullable Node other = table.advance(node, code, key, keyLength);
            if (other == null) {
                return bytes(table, node, tag, from, length);
            }
            next = other;
        }
        addValue(next);
        cursor = last;
        return next;
    }

    private Node anyValue(Table table, Node node, int tag, long at, long end) {
        int length = length(at, end);
        long from = cursor;
        if (!readValue(from, from + length)) {
            return bytes(table, node, tag, from, length);
        }
        Node next = advance(table, node, MessageType.VALUE, type, tag);
        addValue(next);
        cursor = from + length;
        return next;
    }

    private void addValue(Node next) {
        switch (type) {
            case Edge.EMPTY -> {}
            case Edge.BOOL, Edge.INT, Edge.DOUBLE -> numbersOf(next).addLong(value);
            default -> blobsOf(next).add(value, valueLength);
        }
    }

    /// Reads a `KeyValue` of a key and then a value, each in its shortest form, and nothing else;
    /// false when it is not one.
    private boolean readKeyValue(long from, long end) {
        if (end - from < 4 || OffHeap.getByte(from) != TAG_KEY) {
            return false;
        }
        int length = OffHeap.getByte(from + 1);
        long at = from + 2;
        if (length < 0) {
            length = shortLength(from + 1, end);
            at = cursor;
        }
        // A value follows: its tag and its length at least.
        if (length < 0 || end - at < length + 2L) {
            return false;
        }
        key = at;
        keyLength = length;
        at += length;
        if (OffHeap.getByte(at) != TAG_VALUE) {
            return false;
        }
        int valueBytes = OffHeap.getByte(at + 1);
        if (valueBytes < 0) {
            valueBytes = shortLength(at + 1, end);
            at = cursor;
        } else {
            at += 2;
        }
        return valueBytes >= 0 && end - at == valueBytes && readValue(at, end);
    }

    /// Reads an `AnyValue` of one member in its shortest form, or none; false when it is not one.
    private boolean readValue(long from, long end) {
        if (from == end) {
            type = Edge.EMPTY;
            return true;
        }
        int tag = OffHeap.getByte(from);
        type = tag >>> 3;
        return switch (tag) {
            case TAG_BOOL, TAG_INT -> readNumber(from + 1, end);
            case TAG_DOUBLE -> readDouble(from + 1, end);
            case TAG_STRING, TAG_ARRAY, TAG_KVLIST, TAG_BYTES -> readBytes(from + 1, end);
            default -> false;
        };
    }

    private boolean readDouble(long from, long end) {
        if (end - from != Long.BYTES) {
            return false;
        }
        value = OffHeap.getLong(from);
        return true;
    }

    private boolean readBytes(long from, long end) {
        if (from == end) {
            return false;
        }
        int length = OffHeap.getByte(from);
        value = from + 1;
        if (length < 0) {
            length = shortLength(from, end);
            value = cursor;
        }
        valueLength = length;
        return length >= 0 && end - value == length;
    }

    private boolean readNumber(long from, long end) {
        if (from == end) {
            return false;
        }
        byte single = OffHeap.getByte(from);
        if (single >= 0) {
            value = single;
            return end - from == 1;
        }
        return readLongNumber(from, end);
    }

    private boolean readLongNumber(long from, long end) {
        try {
            value = number(from, end);
            return cursor == end;
        } catch (Stop _) {
            return false;
        }
    }

    /// A length that is written in its shortest form and ends before `end`; -1 when it is not.
    private int shortLength(long from, long end) {
        try {
            long length = number(from, end);
            return length <= end - cursor && length >= 0 ? (int) length : -1;
        } catch (Stop _) {
            return -1;
        }
    }

    /// A length, of something that ends before `end`; `cursor` is behind it.
    private int length(long at, long end) {
        if (at >= end) {
            throw Stop.INEXACT;
        }
        byte single = OffHeap.getByte(at);
        if (single >= 0) {
            if (single > end - at - 1) {
                throw Stop.INEXACT;
            }
            cursor = at + 1;
            return single;
        }
        long length = number(at, end);
        if (length < 0 || length > end - cursor) {
            throw Stop.INEXACT;
        }
        return (int) length;
    }

    /// A number in its shortest form; `cursor` is behind it.
    private long number(long from, long end) {
        long number = 0;
        long at = from;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (at >= end) {
                throw Stop.INEXACT;
            }
            byte next = OffHeap.getByte(at++);
            number |= (next & 0x7FL) << shift;
            if (next >= 0) {
                boolean isShortest = next != 0 || shift == 0;
                if (!isShortest || (shift == 63 && next != 1)) {
                    throw Stop.INEXACT;
                }
                cursor = at;
                return number;
            }
        }
        throw Stop.INEXACT;
    }

    private int longTag(long at, long end) {
        long tag = number(at, end);
        if (tag < 0 || tag >= TAG_MAX) {
            throw Stop.INEXACT;
        }
        return (int) tag;
    }

    private static Node advance(Table table, Node node, int kind, int type, int tag) {
        int code = Edge.code(kind, type, tag);
        Node next = node.last;
        if (next != null && next.edge != null && next.edge.code == code) {
            return next;
        }
        return table.advance(node, code);
    }

    private static void pop(Vector vector, int count) {
        for (int index = 0; index < count; index++) {
            vector.pop();
        }
    }

    private static Edge edgeOf(Node node) {
        if (node.edge == null) {
            throw new IllegalStateException("no column leads to a root");
        }
        return node.edge;
    }

    private static Vector numbersOf(Node node) {
        Vector numbers = edgeOf(node).numbers;
        if (numbers == null) {
            throw new IllegalStateException("column has no numbers: code=" + edgeOf(node).code);
        }
        return numbers;
    }

    private static Vector elementsOf(Node node) {
        Vector elements = edgeOf(node).elements;
        if (elements == null) {
            throw new IllegalStateException("column has no lists: code=" + edgeOf(node).code);
        }
        return elements;
    }

    private static Blobs blobsOf(Node node) {
        Blobs blobs = edgeOf(node).blobs;
        if (blobs == null) {
            throw new IllegalStateException("column has no strings: code=" + edgeOf(node).code);
        }
        return blobs;
    }

    private static Table childOf(Node node) {
        Table child = edgeOf(node).child;
        if (child == null) {
            throw new IllegalStateException("column has no messages: code=" + edgeOf(node).code);
        }
        return child;
    }
}
