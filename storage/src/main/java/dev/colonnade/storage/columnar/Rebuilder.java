package dev.colonnade.storage.columnar;

import dev.colonnade.storage.columnar.Sheet.Field;
import dev.colonnade.storage.memory.OffHeap;

/// Writes export requests again from the columns of a block, row by row.
///
/// Lengths of messages are written last, in as many bytes as the row's shape says; everything else
/// is written once, front to back, and nothing beyond the request's end.
final class Rebuilder {
    private static final byte[] TYPE_TAGS = {0, 0x0A, 0x10, 0x18, 0x21, 0x2A, 0x32, 0x3A};

    /// Strings longer than that are for the copier of many bytes.
    private static final int FAST_COPY_MAX = 128;

    /// A short value's own number or length is the third byte.
    private static final int LENGTH_SHIFT = 2 * Byte.SIZE;

    private final SheetReader reader;
    private final Unpacker unpacker;
    private Sheet root;
    private long ids8;
    private long ids16;
    private int count8;
    private int count16;
    private long limit;

    Rebuilder(Scratch scratch, Unpacker unpacker, TokenReader tokens) {
        this.unpacker = unpacker;
        reader = new SheetReader(scratch, unpacker, tokens);
        root = Sheet.EMPTY;
    }

    /// The tag of an `AnyValue`'s member of that type, 0 for none.
    static byte tagOf(int type) {
        return type < TYPE_TAGS.length ? TYPE_TAGS[type] : 0;
    }

    /// Reads all columns, what [ColumnPacker#write] wrote.
    ///
    /// @throws Stop when there is no memory
    void open() {
        root = reader.read();
        ids8 = unpacker.bytes(unpacker.varintInt());
        ids16 = unpacker.bytes(unpacker.varintInt());
        count8 = 0;
        count16 = 0;
    }

    /// Forgets the columns, whose memory is the scratch's to end.
    void close() {
        root = Sheet.EMPTY;
    }

    /// Writes the next request, of `length` bytes, to `address`.
    void write(long address, int length) {
        limit = address + length;
        long end = message(root, address);
        if (end != limit) {
            throw new IllegalStateException(
                    "request came back with another length: length="
                            + length
                            + ", written="
                            + (end - address));
        }
    }

    /// Passes the next request.
    void skip() {
        skip(root);
    }

    static long putVarint(long target, long number) {
        long at = target;
        long rest = number;
        while ((rest & ~0x7FL) != 0) {
            OffHeap.putByte(at++, (byte) (rest | 0x80));
            rest >>>= 7;
        }
        OffHeap.putByte(at++, (byte) rest);
        return at;
    }

    private long message(Sheet sheet, long target) {
        int shape = OffHeap.getInt(sheet.rows);
        sheet.rows += Integer.BYTES;
        int[] steps = sheet.steps;
        Field[] fields = sheet.fields;
        int end = sheet.starts[shape + 1];
        long at = target;
        for (int step = sheet.starts[shape]; step < end; step++) {
            at = field(fields[steps[step]], at);
        }
        return at;
    }

    private long field(Field field, long target) {
        return switch (field.kind) {
            case MessageType.FIXED64 -> {
                long at = putTag(target, field.tag);
                OffHeap.putLong(at, nextLong(field));
                yield at + Long.BYTES;
            }
            case MessageType.FIXED32 -> {
                long at = putTag(target, field.tag);
                OffHeap.putInt(at, nextInt(field));
                yield at + Integer.BYTES;
            }
            case MessageType.VARINT -> putVarint(putTag(target, field.tag), nextLong(field));
            case MessageType.BLOB -> {
                long at = putTag(target, field.tag);
                int index = nextInt(field);
                int length = lengthOf(field, index);
                yield put(putVarint(at, length), textOf(field, index), length);
            }
            case MessageType.SET -> {
                int index = nextInt(field);
                yield put(target, textOf(field, index), lengthOf(field, index));
            }
            case MessageType.ID16 -> id16(field, target);
            case MessageType.ID8 -> id8(field, target);
            case MessageType.MESSAGES -> messages(field, target, nextInt(field));
            case MessageType.MESSAGE -> messages(field, target, 1);
            case MessageType.PACKED64 -> packed64(field, target);
            case MessageType.PACKED_VARINT -> packedVarint(field, target);
            case MessageType.ATTRIBUTE -> attribute(field, target);
            default -> value(field, target);
        };
    }

    private void skip(Sheet sheet) {
        int shape = OffHeap.getInt(sheet.rows);
        sheet.rows += Integer.BYTES;
        int end = sheet.starts[shape + 1];
        for (int step = sheet.starts[shape]; step < end; step++) {
            skip(sheet.fields[sheet.steps[step]]);
        }
    }

    private void skip(Field field) {
        switch (field.kind) {
            case MessageType.FIXED64, MessageType.VARINT -> field.cursor += Long.BYTES;
            case MessageType.ID16 -> count16 += nextInt(field) == 0 ? 1 : 0;
            case MessageType.ID8 -> count8 += nextInt(field) == 0 ? 1 : 0;
            case MessageType.MESSAGES -> skipMessages(field, nextInt(field));
            case MessageType.MESSAGE -> skipMessages(field, 1);
            case MessageType.PACKED64, MessageType.PACKED_VARINT ->
                    field.elements += (long) nextInt(field) * Long.BYTES;
            case MessageType.ATTRIBUTE, MessageType.VALUE ->
                    field.cursor +=
                            switch (field.type) {
                                case Edge.EMPTY -> 0;
                                case Edge.BOOL, Edge.INT, Edge.DOUBLE -> Long.BYTES;
                                default -> Integer.BYTES;
                            };
            default -> field.cursor += Integer.BYTES;
        }
    }

    private void skipMessages(Field field, int count) {
        Sheet child = childOf(field);
        for (int index = 0; index < count; index++) {
            skip(child);
        }
    }

    private long messages(Field field, long target, int count) {
        Sheet child = childOf(field);
        long at = target;
        for (int index = 0; index < count; index++) {
            at = putTag(at, field.tag);
            int lengthBytes = child.nextLengthBytes();
            long body = at + lengthBytes;
            long end = message(child, body);
            putVarint(at, end - body);
            at = end;
        }
        return at;
    }

    private long id8(Field field, long target) {
        long at = putTag(target, field.tag);
        int code = nextInt(field);
        int number = code == 0 ? count8++ : count8 - code;
        OffHeap.putByte(at, (byte) Long.BYTES);
        OffHeap.putLong(at + 1, OffHeap.getLong(ids8 + number * 8L));
        return at + 1 + Long.BYTES;
    }

    private long id16(Field field, long target) {
        long at = putTag(target, field.tag);
        int code = nextInt(field);
        int number = code == 0 ? count16++ : count16 - code;
        OffHeap.putByte(at, (byte) (2 * Long.BYTES));
        OffHeap.putLong(at + 1, OffHeap.getLong(ids16 + number * 16L));
        OffHeap.putLong(at + 9, OffHeap.getLong(ids16 + number * 16L + 8));
        return at + 1 + 2 * Long.BYTES;
    }

    private long packed64(Field field, long target) {
        int bytes = nextInt(field) * Long.BYTES;
        long at = putVarint(putTag(target, field.tag), bytes);
        OffHeap.copy(field.elements, at, bytes);
        field.elements += bytes;
        return at + bytes;
    }

    private long packedVarint(Field field, long target) {
        int count = nextInt(field);
        int bytes = 0;
        for (int index = 0; index < count; index++) {
            bytes += sizeOf(OffHeap.getLong(field.elements + index * 8L));
        }
        long at = putVarint(putTag(target, field.tag), bytes);
        for (int index = 0; index < count; index++) {
            at = putVarint(at, OffHeap.getLong(field.elements));
            field.elements += Long.BYTES;
        }
        return at;
    }

    private long attribute(Field field, long target) {
        return switch (field.type) {
            case Edge.EMPTY -> putKey(field, putTag(target, field.tag), 0);
            case Edge.BOOL, Edge.INT -> {
                long number = nextLong(field);
                int length = field.keyLength + 3;
                if ((number & ~0x7FL) == 0 && isShort(field, length, target)) {
                    long at = putShortKey(field, target, length);
                    OffHeap.putLong(at, 2L | field.typeTag | number << LENGTH_SHIFT);
                    yield at + 3;
                }
                long at = putKey(field, putTag(target, field.tag), 1 + sizeOf(number));
                OffHeap.putByte(at, TYPE_TAGS[field.type]);
                yield putVarint(at + 1, number);
            }
            case Edge.DOUBLE -> {
                long at = putKey(field, putTag(target, field.tag), 1 + Long.BYTES);
                OffHeap.putByte(at, TYPE_TAGS[field.type]);
                OffHeap.putLong(at + 1, nextLong(field));
                yield at + 1 + Long.BYTES;
            }
            default -> {
                int index = nextInt(field);
                int length = lengthOf(field, index);
                int all = field.keyLength + 3 + length;
                if (isShort(field, all, target)) {
                    long at = putShortKey(field, target, all);
                    OffHeap.putLong(
                            at, length + 2L | field.typeTag | (long) length << LENGTH_SHIFT);
                    putWords(at + 3, textOf(field, index), length);
                    yield at + 3 + length;
                }
                long at = putKey(field, putTag(target, field.tag), 1 + sizeOf(length) + length);
                OffHeap.putByte(at, TYPE_TAGS[field.type]);
                yield put(putVarint(at + 1, length), textOf(field, index), length);
            }
        };
    }

    /// Whether an attribute of `length` bytes behind its tag and length has lengths of one byte
    /// each, and the request goes on far enough behind it to write eight bytes at a time.
    private boolean isShort(Field field, int length, long target) {
        return ((length | field.tag) & ~0x7F) == 0 && limit - target >= length + 2 + Long.BYTES;
    }

    private static long putShortKey(Field field, long target, int length) {
        OffHeap.putLong(target, field.tag | (long) length << Byte.SIZE);
        putWords(target + 2, field.keyAddress, field.keyLength);
        return target + 2 + field.keyLength;
    }

    /// The lengths around the key and the key itself, of an attribute whose value has that length.
    private long putKey(Field field, long target, int valueLength) {
        int length = field.keyLength + sizeOf(valueLength) + valueLength;
        long at = put(putVarint(target, length), field.keyAddress, field.keyLength);
        return putVarint(at, valueLength);
    }

    private long value(Field field, long target) {
        long at = putTag(target, field.tag);
        return switch (field.type) {
            case Edge.EMPTY -> {
                OffHeap.putByte(at, (byte) 0);
                yield at + 1;
            }
            case Edge.BOOL, Edge.INT -> {
                long number = nextLong(field);
                OffHeap.putByte(at, (byte) (1 + sizeOf(number)));
                OffHeap.putByte(at + 1, TYPE_TAGS[field.type]);
                yield putVarint(at + 2, number);
            }
            case Edge.DOUBLE -> {
                OffHeap.putByte(at, (byte) (1 + Long.BYTES));
                OffHeap.putByte(at + 1, TYPE_TAGS[field.type]);
                OffHeap.putLong(at + 2, nextLong(field));
                yield at + 2 + Long.BYTES;
            }
            default -> {
                int index = nextInt(field);
                int length = lengthOf(field, index);
                at = putVarint(at, 1 + sizeOf(length) + (long) length);
                OffHeap.putByte(at, TYPE_TAGS[field.type]);
                yield put(putVarint(at + 1, length), textOf(field, index), length);
            }
        };
    }

    private static Sheet childOf(Field field) {
        Sheet child = field.child;
        if (child == null) {
            throw new IllegalStateException("column has no messages: tag=" + field.tag);
        }
        return child;
    }

    /// Copies; eight bytes at a time where the request goes on far enough behind.
    private long put(long target, long source, int length) {
        if (length <= FAST_COPY_MAX && limit - target >= length + Long.BYTES) {
            putWords(target, source, length);
        } else {
            OffHeap.copy(source, target, length);
        }
        return target + length;
    }

    /// Copies eight bytes at a time; up to seven bytes more than asked for.
    private static void putWords(long target, long source, int length) {
        for (int at = 0; at < length; at += Long.BYTES) {
            OffHeap.putLong(target + at, OffHeap.getLong(source + at));
        }
    }

    private static long putTag(long target, int tag) {
        if (tag < 0x80) {
            OffHeap.putByte(target, (byte) tag);
            return target + 1;
        }
        return putVarint(target, tag);
    }

    private static int nextInt(Field field) {
        int value = OffHeap.getInt(field.cursor);
        field.cursor += Integer.BYTES;
        return value;
    }

    private static long nextLong(Field field) {
        long value = OffHeap.getLong(field.cursor);
        field.cursor += Long.BYTES;
        return value;
    }

    private static long textOf(Field field, int index) {
        return OffHeap.getLong(field.strings + index * 16L);
    }

    private static int lengthOf(Field field, int index) {
        return (int) OffHeap.getLong(field.strings + index * 16L + 8);
    }

    private static int sizeOf(long number) {
        return (70 - Long.numberOfLeadingZeros(number | 1)) / 7;
    }
}
