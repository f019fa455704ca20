package dev.colonnade.storage.columnar;

import dev.colonnade.storage.columnar.ArrowSpec.Entry;
import dev.colonnade.storage.columnar.ArrowSpec.Kind;
import dev.colonnade.storage.columnar.ArrowTarget.Bound;
import dev.colonnade.storage.columnar.ArrowTarget.Op;
import dev.colonnade.storage.columnar.Sheet.Field;
import dev.colonnade.storage.memory.OffHeap;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/// Decides for each column of a block where its values go, and shares those that stand as Arrow
/// wants them: every row has one, in the order of the rows.
final class ArrowBinder {
    private static final int ID_BYTES = 16;

    private final ArrowRows root;

    private ArrowBinder(ArrowRows root) {
        this.root = root;
    }

    /// Binds the requests of a block to the table of their records.
    ///
    /// @param others rows that come from elsewhere
    static Bound bind(Sheet requests, ArrowSpec spec, ArrowRows root, int others) {
        ArrowBinder binder = new ArrowBinder(root);
        root.expectOthers(others);
        binder.count(requests, spec, root);
        return binder.bind(requests, spec, root, true, false);
    }

    private void count(Sheet sheet, ArrowSpec spec, ArrowRows rows) {
        for (Field field : sheet.fields) {
            @Nullable Entry entry = spec.entry(field.tag >>> 3);
            Sheet child = field.child;
            if (entry == null || child == null) {
                continue;
            }
            ArrowRows rowsOfChild =
                    switch (entry.kind()) {
                        case RECORD -> root;
                        case LIST -> rows.children(entry.name());
                        default -> rows;
                    };
            if (entry.kind() == Kind.RECORD || entry.kind() == Kind.LIST) {
                rowsOfChild.expect(child.rowCount);
            }
            count(child, entry.children(), rowsOfChild);
        }
    }

    private Bound bind(
            Sheet sheet, ArrowSpec spec, ArrowRows rows, boolean isGroup, boolean isAligned) {
        Bound bound = new Bound(sheet, spec, rows, isGroup);
        for (int index = 0; index < sheet.fields.length; index++) {
            Field field = sheet.fields[index];
            @Nullable Entry entry = spec.entry(field.tag >>> 3);
            Op op = ArrowTarget.opOf(field, entry);
            boolean isFull = isAligned && isFull(sheet, index);
            ArrowTarget target = new ArrowTarget(field, entry, op);
            if (entry != null && op == Op.ROWS) {
                bindRows(target, entry, rows, isFull);
            } else if (entry != null) {
                target.column = column(rows, spec.prefix + entry.name(), field, entry, op);
            }
            boolean isShared =
                    isFull
                            && target.column instanceof ArrowValues values
                            && share(field, entry, op, values);
            bound.targets[index] = isShared ? new ArrowTarget(field, entry, Op.SHARED) : target;
        }
        return bound;
    }

    private void bindRows(ArrowTarget target, Entry entry, ArrowRows rows, boolean isFull) {
        Sheet child = target.field.child;
        if (child == null) {
            throw new IllegalStateException("column has no messages: tag=" + target.field.tag);
        }
        ArrowSpec spec = entry.children();
        target.child =
                switch (entry.kind()) {
                    case RECORD -> bind(child, spec, root, false, root.isOneSheet());
                    case LIST -> {
                        target.column = rows.list(entry.name());
                        ArrowRows list = rows.children(entry.name());
                        yield bind(child, spec, list, false, list.isOneSheet());
                    }
                    case STRUCT -> bind(child, spec, rows, false, isFull);
                    default -> bind(child, spec, rows, true, false);
                };
    }

    /// Whether every row has the column exactly once.
    private static boolean isFull(Sheet sheet, int field) {
        for (int shape = 0; shape + 1 < sheet.starts.length; shape++) {
            int times = 0;
            for (int step = sheet.starts[shape]; step < sheet.starts[shape + 1]; step++) {
                times += sheet.steps[step] == field ? 1 : 0;
            }
            if (times != 1) {
                return false;
            }
        }
        return true;
    }

    private static boolean share(Field field, @Nullable Entry entry, Op op, ArrowValues values) {
        boolean isAsItIs =
                switch (op) {
                    case NUMBER ->
                            field.kind == MessageType.FIXED64
                                    || (entry != null && entry.kind() == Kind.FIXED32);
                    case TEXT, ATTRIBUTE, ANY -> true;
                    default -> false;
                };
        if (isAsItIs) {
            values.share(field.cursor);
        }
        return isAsItIs;
    }

    private static @Nullable ArrowColumn column(
            ArrowRows rows, String name, Field field, Entry entry, Op op) {
        return switch (op) {
            case NUMBER -> number(rows, name, entry.kind());
            case ELEMENT, ELEMENTS, DOUBLES -> {
                boolean isDouble = entry.kind() == Kind.DOUBLES;
                ArrowType type = isDouble ? ArrowRows.DOUBLE : ArrowRows.UINT64;
                yield rows.numbers(name, isDouble ? "double" : "uint64", type);
            }
            case ID -> {
                int bytes = field.kind == MessageType.ID16 ? ID_BYTES : Long.BYTES;
                yield rows.values(name, "id", new ArrowType.FixedSizeBinary(bytes), bytes);
            }
            case TEXT -> rows.text(name, field);
            case BYTES -> rows.bytes(name, "bytes");
            case ATTRIBUTE -> {
                @Nullable String key = keyOf(field);
                yield key == null ? null : rows.any(name, key, field.type, field);
            }
            case ANY -> rows.any(name, null, field.type, field);
            default -> null;
        };
    }

    private static ArrowColumn number(ArrowRows rows, String name, Kind kind) {
        return switch (kind) {
            case TIME -> rows.values(name, "fixed64", ArrowRows.TIMESTAMP, Long.BYTES);
            case INT64 -> rows.values(name, "int64", ArrowRows.INT64, Long.BYTES);
            case UINT64 -> rows.values(name, "uint64", ArrowRows.UINT64, Long.BYTES);
            case DOUBLE -> rows.values(name, "double", ArrowRows.DOUBLE, Long.BYTES);
            case FIXED32, UINT32 -> rows.values(name, "uint32", ArrowRows.UINT32, Integer.BYTES);
            case BOOL -> rows.bool(name);
            default -> rows.values(name, "int32", ArrowRows.INT32, Integer.BYTES);
        };
    }

    /// The attribute's key, without the frame around it; null when it is no text.
    private static @Nullable String keyOf(Field field) {
        int skipped = 1;
        while (OffHeap.getByte(field.keyAddress + skipped) < 0) {
            skipped++;
        }
        long address = field.keyAddress + skipped + 1;
        int length = field.keyLength - skipped - 2;
        if (!ArrowDictionary.isUtf8(address, length)) {
            return null;
        }
        return new String(Columns.read(address, length), StandardCharsets.UTF_8);
    }
}
