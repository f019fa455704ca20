package dev.colonnade.storage.columnar;

import dev.colonnade.storage.columnar.ArrowSpec.Entry;
import dev.colonnade.storage.columnar.ArrowSpec.Kind;
import dev.colonnade.storage.columnar.Sheet.Field;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the values of a block's column go.
final class ArrowTarget {
    /// What is done with a value.
    enum Op {
        /// Nothing: all rows have theirs already.
        SHARED,
        UNKNOWN,
        NUMBER,
        /// A number of a list.
        ELEMENT,
        /// A list of numbers.
        ELEMENTS,
        /// A list of doubles that is kept as bytes.
        DOUBLES,
        ID,
        TEXT,
        BYTES,
        EMBEDDED,
        /// Attributes that stand together.
        SET,
        ATTRIBUTE,
        /// An attribute that is kept as bytes.
        ATTRIBUTE_BYTES,
        ANY,
        ROWS
    }

    /// A value for rows that are not known yet.
    ///
    /// @param bits the number, or the index
    /// @param address of bytes, where they are
    /// @param raw of attributes, where the `KeyValue` is; 0 of others
    record Pending(
            ArrowColumn column, long bits, long address, int length, long raw, int rawLength) {}

    /// A table of the block, and where its columns go.
    static final class Bound {
        final Sheet sheet;
        final ArrowSpec spec;
        final ArrowRows rows;

        /// Whether its messages are no rows but say something about those in them.
        final boolean isGroup;

        final ArrowTarget[] targets;
        final List<Pending> pending = new ArrayList<>();

        /// How many messages of a group there were.
        int count;

        Bound(Sheet sheet, ArrowSpec spec, ArrowRows rows, boolean isGroup) {
            this.sheet = sheet;
            this.spec = spec;
            this.rows = rows;
            this.isGroup = isGroup;
            targets = new ArrowTarget[sheet.fields.length];
        }
    }

    final Field field;
    final @Nullable Entry entry;
    final Op op;
    @Nullable ArrowColumn column;
    @Nullable Bound child;

    /// What was found in entries of the dictionary, by index.
    final @Nullable List<Pending>[] parsed;

    @SuppressWarnings({"unchecked", "rawtypes"})
    ArrowTarget(Field field, @Nullable Entry entry, Op op) {
        this.field = field;
        this.entry = entry;
        this.op = op;
        boolean isParsed = op == Op.SET || op == Op.EMBEDDED;
        parsed = new List[isParsed ? field.entries : 0];
    }

    Entry entryOf() {
        if (entry == null) {
            throw new IllegalStateException("field is unknown: tag=" + field.tag);
        }
        return entry;
    }

    ArrowColumn columnOf() {
        if (column == null) {
            throw new IllegalStateException("field has no column: tag=" + field.tag);
        }
        return column;
    }

    Bound childOf() {
        if (child == null) {
            throw new IllegalStateException("field has no messages: tag=" + field.tag);
        }
        return child;
    }

    /// What is done with the values of `field`, if it is what `entry` says.
    static Op opOf(Field field, @Nullable Entry entry) {
        if (entry == null) {
            return Op.UNKNOWN;
        }
        Kind kind = entry.kind();
        return switch (field.kind) {
            case MessageType.FIXED64 ->
                    switch (kind) {
                        case TIME, UINT64, INT64, DOUBLE -> Op.NUMBER;
                        case FIXED64S, DOUBLES -> Op.ELEMENT;
                        default -> Op.UNKNOWN;
                    };
            case MessageType.FIXED32 -> kind == Kind.FIXED32 ? Op.NUMBER : Op.UNKNOWN;
            case MessageType.VARINT ->
                    switch (kind) {
                        case UINT32, INT32, SINT32, BOOL -> Op.NUMBER;
                        case VARINTS -> Op.ELEMENT;
                        default -> Op.UNKNOWN;
                    };
            case MessageType.BLOB ->
                    switch (kind) {
                        case TEXT -> Op.TEXT;
                        case ID16, ID8 -> Op.BYTES;
                        case DOUBLES -> Op.DOUBLES;
                        case EMBEDDED -> Op.EMBEDDED;
                        case ATTRIBUTES -> Op.ATTRIBUTE_BYTES;
                        default -> Op.UNKNOWN;
                    };
            case MessageType.SET -> Op.SET;
            case MessageType.ID16, MessageType.ID8 -> Op.ID;
            case MessageType.PACKED64, MessageType.PACKED_VARINT -> Op.ELEMENTS;
            case MessageType.ATTRIBUTE -> Op.ATTRIBUTE;
            case MessageType.VALUE -> Op.ANY;
            default -> Op.ROWS;
        };
    }
}
