package dev.colonnade.storage.columnar;

import dev.colonnade.storage.columnar.ArrowSpec.Entry;
import dev.colonnade.storage.columnar.ArrowSpec.Kind;
import dev.colonnade.storage.columnar.ArrowTarget.Bound;
import dev.colonnade.storage.columnar.ArrowTarget.Op;
import dev.colonnade.storage.columnar.ArrowTarget.Pending;
import dev.colonnade.storage.columnar.Sheet.Field;
import dev.colonnade.storage.memory.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Goes through the requests of a block once, in order, and fills the columns of a [ColumnBatch]
/// that could not be shared.
///
/// What stands in a message around records is noted until the message ends, then given to all of
/// its records: a resource may come behind what it is the resource of.
final class ArrowWalk {
    private final ArrowRows root;
    private final ArrowRest rest;
    private final ArrowParser outer = new ArrowParser();
    private final ArrowParser inner = new ArrowParser();
    private final long ids8;
    private final long ids16;
    private int count8;
    private int count16;

    ArrowWalk(ArrowMemory memory, ArrowRows root, long ids8, long ids16) {
        this.root = root;
        this.ids8 = ids8;
        this.ids16 = ids16;
        rest = new ArrowRest(memory.scratch);
    }

    /// Goes through the next message; `row` is what its values are set in, unless it is a group.
    void message(Bound bound, int row) {
        Sheet sheet = bound.sheet;
        int shape = OffHeap.getInt(sheet.rows);
        sheet.rows += Integer.BYTES;
        int first = root.nextRow();
        if (bound.isGroup) {
            beginGroup(bound);
        }
        int end = sheet.starts[shape + 1];
        for (int step = sheet.starts[shape]; step < end; step++) {
            step(bound, bound.targets[sheet.steps[step]], row);
        }
        if (bound.isGroup) {
            for (int each = first; each < root.nextRow(); each++) {
                apply(bound.rows, bound.pending, each);
            }
        } else if (sheet.starts[shape] == end && !bound.spec.prefix.isEmpty()) {
            bound.rows.bool(bound.spec.prefix + "is_empty").put(row, true);
        }
    }

    private static void beginGroup(Bound bound) {
        bound.pending.clear();
        if (!bound.spec.ordinal.isEmpty()) {
            ArrowValues ordinal =
                    bound.rows.values(
                            bound.spec.ordinal, "ordinal", ArrowRows.UINT32, Integer.BYTES);
            bound.pending.add(new Pending(ordinal, bound.count++, 0, 0, 0, 0));
        }
    }

    private void step(Bound bound, ArrowTarget target, int row) {
        Field field = target.field;
        switch (field.kind) {
            case MessageType.FIXED64, MessageType.VARINT ->
                    number(bound, target, row, nextLong(field));
            case MessageType.FIXED32 -> number(bound, target, row, nextInt(field) & 0xFFFF_FFFFL);
            case MessageType.ID16, MessageType.ID8 -> id(bound, target, row);
            case MessageType.PACKED64, MessageType.PACKED_VARINT -> elements(target, row);
            case MessageType.MESSAGES -> messages(bound, target, row, nextInt(field));
            case MessageType.MESSAGE -> messages(bound, target, row, 1);
            case MessageType.ATTRIBUTE, MessageType.VALUE -> any(bound, target, row);
            default -> blob(bound, target, row, nextInt(field));
        }
    }

    private void number(Bound bound, ArrowTarget target, int row, long value) {
        switch (target.op) {
            case SHARED -> {}
            case NUMBER -> put(bound, target.columnOf(), row, meant(target.entryOf(), value));
            case ELEMENT -> {
                ArrowNumbers list = (ArrowNumbers) target.columnOf();
                list.set(row);
                list.append(row, value);
            }
            default -> {
                int tag = target.field.tag;
                long address =
                        switch (target.field.kind) {
                            case MessageType.FIXED64 -> rest.fixed64(tag, value);
                            case MessageType.FIXED32 -> rest.fixed32(tag, (int) value);
                            default -> rest.varint(tag, value);
                        };
                putRest(bound, row, bound.spec.unknown, address);
            }
        }
    }

    /// The number as protobuf reads it.
    private static long meant(Entry entry, long value) {
        return switch (entry.kind()) {
            case SINT32 -> ((int) value >>> 1) ^ -((int) value & 1);
            case BOOL -> value != 0 ? 1 : 0;
            default -> value;
        };
    }

    private void id(Bound bound, ArrowTarget target, int row) {
        int code = nextInt(target.field);
        ArrowValues column = (ArrowValues) target.columnOf();
        if (target.field.kind == MessageType.ID16) {
            int number = code == 0 ? count16++ : count16 - code;
            long id = ids16 + number * 16L;
            column.put(row, OffHeap.getLong(id), OffHeap.getLong(id + Long.BYTES));
        } else {
            int number = code == 0 ? count8++ : count8 - code;
            put(bound, column, row, OffHeap.getLong(ids8 + number * 8L));
        }
    }

    private static void elements(ArrowTarget target, int row) {
        ArrowNumbers list = (ArrowNumbers) target.columnOf();
        list.set(row);
        for (int left = nextInt(target.field); left > 0; left--) {
            list.append(row, OffHeap.getLong(target.field.elements));
            target.field.elements += Long.BYTES;
        }
    }

    private void messages(Bound bound, ArrowTarget target, int row, int count) {
        Bound child = target.childOf();
        Entry entry = target.entryOf();
        for (int index = 0; index < count; index++) {
            int rowOfChild =
                    switch (entry.kind()) {
                        case RECORD -> root.next();
                        case LIST -> ((ArrowRowList) target.columnOf()).add(row);
                        default -> row;
                    };
            message(child, rowOfChild);
        }
        if (entry.kind() == Kind.GROUP && bound.spec.ordinal.equals("metric.id")) {
            ArrowValues type = bound.rows.text(ArrowSpec.METRIC_TYPE, null);
            byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
            bound.pending.add(
                    new Pending(type, index(type, rest.copy(name), name.length), 0, 0, 0, 0));
        }
    }

    private void any(Bound bound, ArrowTarget target, int row) {
        Field field = target.field;
        long bits = 0;
        long text = 0;
        int length = 0;
        switch (field.type) {
            case Edge.EMPTY -> bits = 1;
            case Edge.BOOL, Edge.INT, Edge.DOUBLE -> bits = nextLong(field);
            default -> {
                bits = nextInt(field);
                text = ArrowDictionary.textOf(field, (int) bits);
                length = ArrowDictionary.lengthOf(field, (int) bits);
            }
        }
        if (target.op == Op.SHARED) {
            return;
        }
        ArrowColumn column = target.column;
        if (column != null && !column.isSet(row)) {
            put(bound, column, row, bits);
        } else if (target.op == Op.ATTRIBUTE) {
            long address = rest.keyValue(field, bits, text, length);
            putRest(bound, row, other(bound, target), address);
        } else {
            long address = rest.value(field.tag, field.type, bits, text, length);
            putRest(bound, row, bound.spec.unknown, address);
        }
    }

    private void blob(Bound bound, ArrowTarget target, int row, int index) {
        if (target.op == Op.SHARED) {
            return;
        }
        Field field = target.field;
        long text = ArrowDictionary.textOf(field, index);
        int length = ArrowDictionary.lengthOf(field, index);
        switch (target.op) {
            case TEXT -> put(bound, target.columnOf(), row, index);
            case BYTES -> ((ArrowBytes) target.columnOf()).append(row, text, length);
            case DOUBLES -> doubles(bound, target, row, text, length);
            case SET, EMBEDDED -> {
                @Nullable List<Pending> parsed = target.parsed[index];
                if (parsed == null) {
                    parsed =
                            target.op == Op.SET
                                    ? attributes(bound, target, text, length)
                                    : embedded(bound, target, text, length);
                    target.parsed[index] = parsed;
                }
                putAll(bound, row, parsed);
            }
            case ATTRIBUTE_BYTES ->
                    putAll(
                            bound,
                            row,
                            List.of(
                                    attribute(
                                            bound.rows,
                                            bound.spec.prefix + target.entryOf().name(),
                                            other(bound, target),
                                            text,
                                            length)));
            default -> {
                long address = rest.blob(field.tag, text, length);
                putRest(bound, row, bound.spec.unknown, address);
            }
        }
    }

    private void doubles(Bound bound, ArrowTarget target, int row, long text, int length) {
        if (length % Long.BYTES != 0) {
            putRest(bound, row, bound.spec.unknown, rest.blob(target.field.tag, text, length));
            return;
        }
        ArrowNumbers list = (ArrowNumbers) target.columnOf();
        list.set(row);
        for (int at = 0; at < length; at += Long.BYTES) {
            list.append(row, OffHeap.getLong(text + at));
        }
    }

    /// What attributes say that stand together, with their tags.
    private List<Pending> attributes(Bound bound, ArrowTarget target, long text, int length) {
        List<Pending> found = new ArrayList<>();
        String name = bound.spec.prefix + target.entryOf().name();
        outer.begin(text, length);
        while (outer.hasMore() && outer.next()) {
            found.add(
                    attribute(
                            bound.rows,
                            name,
                            other(bound, target),
                            outer.bytes,
                            (int) outer.number));
        }
        return found;
    }

    /// What a message says that is kept as bytes; all of it is unknown when it is damaged.
    private List<Pending> embedded(Bound bound, ArrowTarget target, long text, int length) {
        ArrowSpec spec = target.entryOf().children();
        List<Pending> found = new ArrayList<>();
        if (length == 0) {
            found.add(new Pending(bound.rows.bool(spec.prefix + "is_empty"), 1, 0, 0, 0, 0));
        }
        outer.begin(text, length);
        while (outer.hasMore()) {
            if (!outer.next()) {
                long address = rest.blob(target.field.tag, text, length);
                return List.of(unknown(bound.rows, bound.spec.unknown, address));
            }
            found.add(embeddedField(bound.rows, spec));
        }
        return found;
    }

    private Pending embeddedField(ArrowRows rows, ArrowSpec spec) {
        @Nullable Entry entry = spec.entry(outer.tag >>> 3);
        int wire = outer.tag & 7;
        if (entry != null && entry.kind() == Kind.ATTRIBUTES && wire == 2) {
            String name = spec.prefix + entry.name();
            String other = spec.prefix + "other_" + entry.name();
            return attribute(rows, name, other, outer.bytes, (int) outer.number);
        }
        if (entry != null && entry.kind() == Kind.TEXT && wire == 2) {
            ArrowValues column = rows.text(spec.prefix + entry.name(), null);
            int index = index(column, outer.bytes, (int) outer.number);
            return new Pending(column, index, 0, 0, 0, 0);
        }
        if (entry != null && entry.kind() == Kind.UINT32 && wire == 0) {
            ArrowValues column =
                    rows.values(
                            spec.prefix + entry.name(), "uint32", ArrowRows.UINT32, Integer.BYTES);
            return new Pending(column, outer.number, 0, 0, 0, 0);
        }
        rest.length = (int) (outer.cursor - outer.fieldStart);
        return unknown(rows, spec.unknown, outer.fieldStart);
    }

    /// What a `KeyValue` says.
    private Pending attribute(ArrowRows rows, String name, String other, long raw, int length) {
        if (inner.keyValue(raw, length) && ArrowDictionary.isUtf8(inner.key, inner.keyLength)) {
            String key =
                    new String(Columns.read(inner.key, inner.keyLength), StandardCharsets.UTF_8);
            @Nullable ArrowColumn column = rows.any(name, key, inner.type, null);
            if (column instanceof ArrowValues values && values.dictionary != null) {
                int index = index(values, inner.bytes, (int) inner.number);
                if (index >= 0) {
                    return new Pending(column, index, 0, 0, raw, length);
                }
            } else if (column != null) {
                long bits = inner.type == Edge.EMPTY ? 1 : inner.number;
                return new Pending(column, bits, 0, 0, raw, length);
            }
        }
        return unknown(rows, other, rest.keyValue(raw, length));
    }

    private Pending unknown(ArrowRows rows, String name, long address) {
        return new Pending(rows.bytes(name, "protobuf"), 0, address, rest.length, 0, 0);
    }

    private static int index(ArrowValues column, long address, int length) {
        ArrowDictionary dictionary = column.dictionary;
        return dictionary == null ? -1 : dictionary.index(address, length);
    }

    private static String other(Bound bound, ArrowTarget target) {
        return bound.spec.prefix + "other_" + target.entryOf().name();
    }

    private void putAll(Bound bound, int row, List<Pending> values) {
        if (bound.isGroup) {
            bound.pending.addAll(values);
        } else {
            apply(bound.rows, values, row);
        }
    }

    private void putRest(Bound bound, int row, String name, long address) {
        Pending pending = unknown(bound.rows, name, address);
        if (bound.isGroup) {
            bound.pending.add(pending);
        } else {
            apply(bound.rows, pending, row);
        }
    }

    private static void put(Bound bound, ArrowColumn column, int row, long bits) {
        if (bound.isGroup) {
            bound.pending.add(new Pending(column, bits, 0, 0, 0, 0));
        } else {
            set(column, row, bits);
        }
    }

    private void apply(ArrowRows rows, List<Pending> values, int row) {
        for (int index = 0; index < values.size(); index++) {
            apply(rows, values.get(index), row);
        }
    }

    private void apply(ArrowRows rows, Pending value, int row) {
        if (value.column() instanceof ArrowBytes bytes) {
            bytes.append(row, value.address(), value.length());
        } else if (value.raw() != 0 && value.column().isSet(row)) {
            String name = value.column().name;
            String key = value.column().key;
            String field = name.substring(0, name.length() - (key == null ? 0 : key.length() + 1));
            int dot = field.lastIndexOf('.') + 1;
            String other = field.substring(0, dot) + "other_" + field.substring(dot);
            long address = rest.keyValue(value.raw(), value.rawLength());
            rows.bytes(other, "protobuf").append(row, address, rest.length);
        } else {
            set(value.column(), row, value.bits());
        }
    }

    private static void set(ArrowColumn column, int row, long bits) {
        switch (column) {
            case ArrowBool bool -> bool.put(row, bits != 0);
            case ArrowValues values -> values.put(row, bits);
            case ArrowBytes _, ArrowNumbers _, ArrowRowList _ ->
                    throw new IllegalStateException("column has no numbers: name=" + column.name);
        }
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
}
