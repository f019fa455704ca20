package dev.colonnade.storage.columnar;

import dev.colonnade.storage.columnar.Sheet.Field;
import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;

/// Reads the tables that [ColumnPacker] wrote, into memory of the scratch.
final class SheetReader {
    private static final byte TAG_KEY = 0x0A;
    private static final byte TAG_VALUE = 0x12;

    /// What a key takes beside its text.
    static final int KEY_BYTES = 2 * Long.BYTES;

    private final Scratch scratch;
    private final Unpacker unpacker;
    private final TokenReader tokens;
    private final int[] expected = new int[Symbols.VALUES_MAX + 1];

    SheetReader(Scratch scratch, Unpacker unpacker, TokenReader tokens) {
        this.scratch = scratch;
        this.unpacker = unpacker;
        this.tokens = tokens;
    }

    /// Reads a table with all that is below it.
    ///
    /// @throws Stop when there is no memory
    Sheet read() {
        int rows = unpacker.varintInt();
        if (rows == 0) {
            return Sheet.EMPTY;
        }
        Field[] fields = new Field[unpacker.varintInt()];
        for (int index = 0; index < fields.length; index++) {
            Field field = new Field((int) unpacker.varint());
            if (field.kind == MessageType.ATTRIBUTE) {
                key(field);
            }
            fields[index] = field;
        }
        Sheet sheet = shapes(fields);
        sheet.rows = unpacker.column(2);
        sheet.rowCount = rows;
        for (Field field : fields) {
            values(fields, field);
        }
        for (Field field : fields) {
            if (field.kind == MessageType.MESSAGES || field.kind == MessageType.MESSAGE) {
                field.child = read();
            }
        }
        return sheet;
    }

    private void key(Field field) {
        int length = unpacker.varintInt();
        long key = unpacker.footerBytes(length);
        long target = scratch.allocate(length + KEY_BYTES);
        OffHeap.putByte(target, TAG_KEY);
        long at = Rebuilder.putVarint(target + 1, length);
        OffHeap.copy(key, at, length);
        OffHeap.putByte(at + length, TAG_VALUE);
        field.keyAddress = target;
        field.keyLength = (int) (at + length + 1 - target);
    }

    private Sheet shapes(Field[] fields) {
        int count = unpacker.varintInt();
        byte[] lengthBytes = new byte[count];
        int[] starts = new int[count + 1];
        int[] steps = new int[64];
        int end = 0;
        int before = 0;
        for (int shape = 0; shape < count; shape++) {
            lengthBytes[shape] = (byte) unpacker.nextByte();
            int shared = unpacker.varintInt();
            int more = unpacker.varintInt();
            starts[shape] = end;
            if (end + shared + more > steps.length) {
                steps = Arrays.copyOf(steps, (end + shared + more) * 2);
            }
            System.arraycopy(steps, before, steps, end, shared);
            before = end;
            end += shared;
            for (int step = 0; step < more; step++) {
                steps[end++] = unpacker.varintInt();
            }
        }
        starts[count] = end;
        return new Sheet(fields, lengthBytes, starts, steps);
    }

    /// Where the values stand in an image.
    private void image(Field field) {
        int kind = field.kind;
        boolean isAny = kind == MessageType.ATTRIBUTE || kind == MessageType.VALUE;
        boolean isNumber =
                field.type == Edge.BOOL || field.type == Edge.INT || field.type == Edge.DOUBLE;
        if (kind == MessageType.BLOB
                || kind == MessageType.SET
                || (isAny && field.type != Edge.EMPTY && !isNumber)) {
            imageOfTexts(field);
        } else if (kind == MessageType.FIXED64 || kind == MessageType.VARINT || isNumber) {
            field.cursor = unpacker.column(3);
        } else if (kind != MessageType.MESSAGE && !isAny) {
            field.cursor = unpacker.column(2);
        }
        if (kind == MessageType.PACKED64 || kind == MessageType.PACKED_VARINT) {
            field.elements = unpacker.column(3);
        }
    }

    private void imageOfTexts(Field field) {
        int entries = unpacker.varintInt();
        field.entries = entries;
        field.offsets = unpacker.image((entries + 1L) * Integer.BYTES);
        field.text = unpacker.image(OffHeap.getInt(field.offsets + entries * 4L));
        field.strings = scratch.allocate(entries * 16);
        for (int entry = 0; entry < entries; entry++) {
            int start = OffHeap.getInt(field.offsets + entry * 4L);
            int end = OffHeap.getInt(field.offsets + entry * 4L + 4);
            OffHeap.putLong(field.strings + entry * 16L, field.text + start);
            OffHeap.putLong(field.strings + entry * 16L + 8, end - start);
        }
        field.cursor = unpacker.column(2);
    }

    private void values(Field[] fields, Field field) {
        if (unpacker.isImage()) {
            image(field);
            return;
        }
        switch (field.kind) {
            case MessageType.FIXED64, MessageType.VARINT -> numbers(fields, field);
            case MessageType.FIXED32, MessageType.MESSAGES -> field.cursor = unpacker.column(2);
            case MessageType.ID8, MessageType.ID16 -> field.cursor = symbols(fields);
            case MessageType.PACKED64, MessageType.PACKED_VARINT -> {
                field.cursor = unpacker.column(2);
                field.elements = unpacker.column(3);
            }
            case MessageType.BLOB, MessageType.SET -> blobs(fields, field);
            case MessageType.ATTRIBUTE, MessageType.VALUE -> {
                if (field.type == Edge.BOOL
                        || field.type == Edge.INT
                        || field.type == Edge.DOUBLE) {
                    numbers(fields, field);
                } else if (field.type != Edge.EMPTY) {
                    blobs(fields, field);
                }
            }
            default -> {}
        }
    }

    private void numbers(Field[] fields, Field field) {
        int mode = unpacker.varintInt();
        if (mode == ColumnPacker.SYMBOLS) {
            int distinct = unpacker.varintInt();
            long values = scratch.allocate(distinct * Long.BYTES);
            unpacker.page(values, 3);
            field.indexes = symbols(fields);
            field.toldBy = Symbols.VALUE;
            int rows = unpacker.count;
            field.cursor = scratch.allocate(rows * Long.BYTES);
            for (int row = 0; row < rows; row++) {
                int index = OffHeap.getInt(field.indexes + row * 4L);
                OffHeap.putLong(field.cursor + row * 8L, OffHeap.getLong(values + index * 8L));
            }
        } else {
            field.cursor = unpacker.column(3);
            if (mode >= ColumnPacker.REFERENCED) {
                long reference = fields[mode - ColumnPacker.REFERENCED].numbers;
                for (int row = 0; row < unpacker.count; row++) {
                    long at = field.cursor + row * 8L;
                    long value = OffHeap.getLong(at) + OffHeap.getLong(reference + row * 8L);
                    OffHeap.putLong(at, value);
                }
            }
        }
        field.numbers = field.cursor;
    }

    private void blobs(Field[] fields, Field field) {
        int entries = unpacker.varintInt();
        field.entries = entries;
        boolean isTokens = false;
        if (entries > 0) {
            isTokens = unpacker.nextByte() == TextPacker.TOKENS;
            field.strings = isTokens ? tokens.read(entries) : unpacker.strings(entries);
        }
        field.cursor = symbols(fields);
        field.indexes = field.cursor;
        if (entries <= Symbols.VALUES_MAX) {
            field.toldBy = Symbols.VALUE;
        } else if (isTokens && TokenPacker.isMap(tokens.skeletonCount())) {
            field.toldBy = Symbols.MAPPED;
            field.map = tokens.ids();
        } else {
            field.toldBy = Symbols.DISTANCE;
        }
    }

    /// Reads a column of indexes, what a [SymbolPacker] wrote; answers where it is.
    private long symbols(Field[] fields) {
        int rows = unpacker.varintInt();
        long target = scratch.allocate(Math.max(1, rows) * Integer.BYTES);
        int done = 0;
        int newest = -1;
        while (done < rows) {
            int head = unpacker.varintInt();
            long from = target + done * 4L;
            int size = unpacker.page(from, 2);
            if (head >>> 1 != 0) {
                expect(fields[(head >>> 1) - 1], done, size, from);
            }
            for (int row = 0; row < size; row++) {
                long at = from + row * 4L;
                int index = OffHeap.getInt(at);
                if ((head & 1) != 0) {
                    index = newest + 1 - index;
                    OffHeap.putInt(at, index);
                }
                newest = Math.max(newest, index);
            }
            done += size;
        }
        unpacker.count = rows;
        return target;
    }

    /// Puts what was expected for 0.
    private void expect(Field source, int first, int size, long target) {
        Arrays.fill(expected, -1);
        int top = source.toldBy == Symbols.DISTANCE ? topBefore(source, first) : 0;
        for (int row = 0; row < size; row++) {
            int told = OffHeap.getInt(source.indexes + (first + row) * 4L);
            if (source.toldBy == Symbols.DISTANCE) {
                int index = told;
                told = index > top ? 0 : Math.min(top - index + 1, Symbols.DISTANCE_MAX);
                top = Math.max(top, index);
            } else if (source.toldBy == Symbols.MAPPED) {
                told = OffHeap.getInt(source.map + told * 4L);
            }
            int symbol = OffHeap.getInt(target + row * 4L);
            if (symbol != 0) {
                expected[told] = symbol - 1;
            }
            OffHeap.putInt(target + row * 4L, expected[told]);
        }
    }

    private static int topBefore(Field source, int first) {
        int top = -1;
        for (int row = 0; row < first; row++) {
            top = Math.max(top, OffHeap.getInt(source.indexes + row * 4L));
        }
        return top;
    }
}
