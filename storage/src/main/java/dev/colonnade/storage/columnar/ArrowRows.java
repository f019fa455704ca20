package dev.colonnade.storage.columnar;

import dev.colonnade.storage.columnar.Sheet.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/// A table of a [ColumnBatch] that is being filled: the records, or what a list of them holds.
///
/// How many rows there will be is counted before there is a column. At most
/// [#ATTRIBUTE_COLUMNS_MAX] columns are of attributes; further ones are kept together as bytes.
final class ArrowRows {
    static final int ATTRIBUTE_COLUMNS_MAX = 1024;

    /// What names of columns begin with that do not belong to the record itself.
    static final Set<String> LEVELS =
            Set.of("request", "resource_group", "resource", "scope_group", "scope", "metric");

    static final ArrowType TIMESTAMP = new ArrowType.Timestamp(TimeUnit.NANOSECOND, "UTC");
    static final ArrowType DOUBLE = new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
    static final ArrowType INT64 = new ArrowType.Int(Long.SIZE, true);
    static final ArrowType UINT64 = new ArrowType.Int(Long.SIZE, false);
    static final ArrowType INT32 = new ArrowType.Int(Integer.SIZE, true);
    static final ArrowType UINT32 = new ArrowType.Int(Integer.SIZE, false);

    private static final List<String> TYPES =
            List.of("empty", "string", "bool", "int", "double", "array", "kvlist", "bytes");

    private final ArrowMemory memory;
    private final Dictionaries dictionaries;
    private final Map<String, ArrowRows> lists = new HashMap<>();
    private final Map<String, ArrowColumn> columns = new LinkedHashMap<>();
    private int capacity;
    private int sheets;
    private int next;
    private int attributeColumns;

    /// All dictionaries of a batch, by number.
    static final class Dictionaries {
        private final List<ArrowDictionary> all = new ArrayList<>();

        private ArrowDictionary add(ArrowMemory memory, boolean isText, @Nullable Field source) {
            ArrowDictionary dictionary =
                    source == null
                            ? ArrowDictionary.empty(memory, all.size(), isText)
                            : ArrowDictionary.of(memory, all.size(), isText, source);
            all.add(dictionary);
            return dictionary;
        }

        /// All of them as Arrow has them; what was made is in `target` even when it throws.
        void finish(BufferAllocator allocator, List<Dictionary> target) {
            for (ArrowDictionary dictionary : all) {
                target.add(dictionary.finish(allocator));
            }
        }
    }

    ArrowRows(ArrowMemory memory, Dictionaries dictionaries) {
        this.memory = memory;
        this.dictionaries = dictionaries;
    }

    /// Counts rows that will come, all of one sheet.
    void expect(int rows) {
        capacity += rows;
        sheets++;
    }

    /// Counts rows that will come from nowhere, which have none of the sheets' columns.
    void expectOthers(int rows) {
        capacity += rows;
        sheets += rows == 0 ? 0 : 1;
    }

    int capacity() {
        return capacity;
    }

    /// Whether all rows are those of one sheet, in its order.
    boolean isOneSheet() {
        return sheets == 1;
    }

    /// Begins a row.
    int next() {
        return next++;
    }

    /// The row that [#next] begins next.
    int nextRow() {
        return next;
    }

    ArrowValues values(String name, String type, ArrowType arrowType, int width) {
        ArrowColumn column =
                columns.computeIfAbsent(
                        name + '\0' + type,
                        _ -> new ArrowValues(memory, capacity, name, null, type, arrowType, width));
        return (ArrowValues) column;
    }

    ArrowBool bool(String name) {
        return (ArrowBool)
                columns.computeIfAbsent(
                        name + "\0bool", _ -> new ArrowBool(memory, capacity, name, null, "bool"));
    }

    /// Text whose dictionary is the column's that it comes from, or grows while it is filled.
    ArrowValues text(String name, @Nullable Field source) {
        ArrowColumn column =
                columns.computeIfAbsent(
                        name + "\0string",
                        _ ->
                                new ArrowValues(
                                        memory,
                                        capacity,
                                        name,
                                        null,
                                        "string",
                                        dictionaries.add(memory, true, source)));
        return (ArrowValues) column;
    }

    ArrowBytes bytes(String name, String type) {
        return (ArrowBytes)
                columns.computeIfAbsent(
                        name + '\0' + type, _ -> new ArrowBytes(memory, capacity, name, type));
    }

    ArrowNumbers numbers(String name, String type, ArrowType elementType) {
        return (ArrowNumbers)
                columns.computeIfAbsent(
                        name + "\0list",
                        _ -> new ArrowNumbers(memory, capacity, name, type, elementType));
    }

    /// The table of a list.
    ArrowRows children(String name) {
        return lists.computeIfAbsent(name, _ -> new ArrowRows(memory, dictionaries));
    }

    ArrowRowList list(String name) {
        return (ArrowRowList)
                columns.computeIfAbsent(
                        name + "\0list",
                        _ -> new ArrowRowList(memory, capacity, name, children(name)));
    }

    /// A column of values of one key and type, or with a null key of the value of a field; null
    /// when there are too many.
    ///
    /// @param source the column whose dictionary it takes; null for one that grows
    @Nullable ArrowColumn any(
            String field, @Nullable String key, int type, @Nullable Field source) {
        String id = key == null ? field + '\0' + type : field + '\0' + type + '\0' + key;
        @Nullable ArrowColumn there = columns.get(id);
        if (there != null) {
            return there;
        }
        if (key != null && attributeColumns++ >= ATTRIBUTE_COLUMNS_MAX) {
            return null;
        }
        String name = key == null ? field : field + "." + key;
        String typeName = TYPES.get(type);
        ArrowColumn column =
                switch (type) {
                    case Edge.EMPTY, Edge.BOOL ->
                            new ArrowBool(memory, capacity, name, key, typeName);
                    case Edge.INT ->
                            new ArrowValues(
                                    memory, capacity, name, key, typeName, INT64, Long.BYTES);
                    case Edge.DOUBLE ->
                            new ArrowValues(
                                    memory, capacity, name, key, typeName, DOUBLE, Long.BYTES);
                    default ->
                            new ArrowValues(
                                    memory,
                                    capacity,
                                    name,
                                    key,
                                    typeName,
                                    dictionaries.add(memory, type == Edge.STRING, source));
                };
        columns.put(id, column);
        return column;
    }

    /// All columns as Arrow describes them; those that would have the same name have their type
    /// behind it.
    List<org.apache.arrow.vector.types.pojo.Field> fields() {
        Map<String, Integer> counts = new HashMap<>();
        columns.values().forEach(column -> counts.merge(column.name, 1, Integer::sum));
        Set<String> taken = new HashSet<>();
        List<org.apache.arrow.vector.types.pojo.Field> fields = new ArrayList<>();
        for (ArrowColumn column : columns.values()) {
            boolean isAlone = counts.getOrDefault(column.name, 0) == 1;
            String name = isAlone ? column.name : column.name + ":" + column.type;
            while (!taken.add(name)) {
                name += "'";
            }
            fields.add(column.field(name));
        }
        return fields;
    }

    /// All columns' nodes and buffers.
    void finish(List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
        if (next != capacity) {
            throw new IllegalStateException(
                    "rows are not as many as were counted: rows=" + next + ", counted=" + capacity);
        }
        columns.values().forEach(column -> column.finish(nodes, buffers));
    }
}
