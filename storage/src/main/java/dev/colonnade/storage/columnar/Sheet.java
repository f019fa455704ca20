package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import org.jspecify.annotations.Nullable;

/// A table of a block that is being read: its columns, each at its next value.
final class Sheet {
    /// A column that is being read.
    static final class Field {
        final int kind;
        final int type;
        final int tag;

        /// The tag of an `AnyValue`'s member, as the second of eight bytes.
        final long typeTag;

        /// What stands in an attribute between its length and its value's: the key, with the tags
        /// and the length around it.
        long keyAddress;

        int keyLength;

        /// The next row's number, code or index.
        long cursor;

        /// The next element of a list.
        long elements;

        /// The dictionary's table: for each entry where it stands and how long it is, eight bytes
        /// each.
        long strings;

        /// All indexes, of a column that others may follow from; how, as in [Symbols]; and what the
        /// map says.
        long indexes;

        int toldBy;
        long map;

        /// All numbers, of a column that others may be differences from.
        long numbers;

        /// How many entries the dictionary has.
        int entries;

        /// In an image, the dictionary as Arrow has it: where in the text each entry begins, four
        /// bytes each, and the end.
        long offsets;

        long text;

        @Nullable Sheet child;

        Field(int code) {
            kind = code >>> 28;
            type = code >>> 24 & 15;
            tag = code & 0xFF_FFFF;
            typeTag = (long) Rebuilder.tagOf(type) << Byte.SIZE;
        }
    }

    static final Sheet EMPTY = new Sheet(new Field[0], new byte[0], new int[1], new int[0]);

    final Field[] fields;

    /// For each shape, in how many bytes its rows' lengths are written.
    final byte[] lengthBytes;

    /// For each shape, where its columns begin in `steps`; and the end.
    final int[] starts;

    /// The columns of all shapes, as indexes of `fields`.
    final int[] steps;

    /// The next row's shape.
    long rows;

    /// How many rows there are.
    int rowCount;

    Sheet(Field[] fields, byte[] lengthBytes, int[] starts, int[] steps) {
        this.fields = fields;
        this.lengthBytes = lengthBytes;
        this.starts = starts;
        this.steps = steps;
    }

    /// In how many bytes the next row's length is written.
    int nextLengthBytes() {
        return lengthBytes[OffHeap.getInt(rows)];
    }
}
