package dev.colonnade.storage.columnar;

import dev.colonnade.storage.columnar.Sheet.Field;
import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;

/// Reads the tables that [ColumnPacker] wrote, into memory of the scratch.
final class SheetReader {
    private static final byte TAG_KEY = 0x0A;
    private static final byte TAG_VALUE = 0x12;
    private static final int KEY_FRAME_BYTES = 8;

    private final Scratch scratch;
    private final Unpacker unpacker;
    private final TokenReader tokens;

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
        for (Field field : fields) {
            values(field);
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
        long target = scratch.allocate(length + KEY_FRAME_BYTES + Long.BYTES);
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

    private void values(Field field) {
        switch (field.kind) {
            case MessageType.FIXED64, MessageType.VARINT -> field.cursor = unpacker.column(3);
            case MessageType.FIXED32, MessageType.ID8, MessageType.ID16, MessageType.MESSAGES ->
                    field.cursor = unpacker.column(2);
            case MessageType.PACKED64, MessageType.PACKED_VARINT -> {
                field.cursor = unpacker.column(2);
                field.elements = unpacker.column(3);
            }
            case MessageType.BLOB, MessageType.SET -> blobs(field);
            case MessageType.ATTRIBUTE, MessageType.VALUE -> {
                switch (field.type) {
                    case Edge.EMPTY -> {}
                    case Edge.BOOL, Edge.INT, Edge.DOUBLE -> field.cursor = unpacker.column(3);
                    default -> blobs(field);
                }
            }
            default -> {}
        }
    }

    private void blobs(Field field) {
        int entries = unpacker.varintInt();
        if (entries > 0) {
            boolean isTokens = unpacker.nextByte() == TextPacker.TOKENS;
            field.strings = isTokens ? tokens.read(entries) : unpacker.strings(entries);
        }
        indexes(field);
    }

    private void indexes(Field field) {
        int rows = unpacker.varintInt();
        long target = scratch.allocate(rows * Integer.BYTES);
        field.cursor = target;
        int done = 0;
        int newest = -1;
        while (done < rows) {
            boolean isDistance = unpacker.nextByte() == ColumnPacker.DISTANCE;
            long from = target + done * 4L;
            int size = unpacker.page(from, 2);
            for (int row = 0; row < size; row++) {
                long at = from + row * 4L;
                int index = OffHeap.getInt(at);
                if (isDistance) {
                    index = newest + 1 - index;
                    OffHeap.putInt(at, index);
                }
                newest = Math.max(newest, index);
            }
            done += size;
        }
    }
}
