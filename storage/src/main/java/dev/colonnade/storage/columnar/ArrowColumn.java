package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/// A column of a [ColumnBatch] that is being filled: as many rows as its table has, none set.
abstract sealed class ArrowColumn
        permits ArrowValues, ArrowBytes, ArrowNumbers, ArrowRowList, ArrowBool {
    /// What it is called where no other column is of the same field and key.
    final String name;

    /// The attribute's key; null when it is no attribute's.
    final @Nullable String key;

    /// What OTLP calls the type.
    final String type;

    final ArrowMemory memory;
    final int rows;
    private long validity;
    private int setCount;

    ArrowColumn(ArrowMemory memory, int rows, String name, @Nullable String key, String type) {
        this.memory = memory;
        this.rows = rows;
        this.name = name;
        this.key = key;
        this.type = type;
    }

    /// Whether the row has a value.
    boolean isSet(int row) {
        return validity != 0 && bit(validity, row);
    }

    /// Notes that the row has a value.
    void set(int row) {
        if (validity == 0) {
            validity = memory.zeros(bitBytes(rows));
        }
        if (!bit(validity, row)) {
            setBit(validity, row, true);
            setCount++;
        }
    }

    /// Notes that all rows have one.
    void setAll() {
        validity = memory.zeros(bitBytes(rows));
        OffHeap.segment(validity, rows / Byte.SIZE).fill((byte) -1);
        for (int row = rows & -Byte.SIZE; row < rows; row++) {
            setBit(validity, row, true);
        }
        setCount = rows;
    }

    /// What Arrow calls it.
    abstract Field field(String finalName);

    /// Its nodes and buffers, and those of its children, in Arrow's order. The buffers have
    /// references of their own.
    abstract void finish(List<ArrowFieldNode> nodes, List<ArrowBuf> buffers);

    /// Its own node, and which rows are set.
    void finishValidity(List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
        if (validity == 0) {
            validity = memory.zeros(bitBytes(rows));
        }
        nodes.add(new ArrowFieldNode(rows, rows - setCount));
        buffers.add(memory.copied(validity, bitBytes(rows)));
    }

    /// What is said beside the type, so that the name need not be taken apart.
    Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        int dot = name.indexOf('.');
        boolean isAbove = dot > 0 && ArrowRows.LEVELS.contains(name.substring(0, dot));
        metadata.put("otlp.level", isAbove ? name.substring(0, dot) : "record");
        String field = isAbove ? name.substring(dot + 1) : name;
        if (key != null) {
            field = field.substring(0, field.length() - key.length() - 1);
            metadata.put("otlp.key", key);
        }
        metadata.put("otlp.field", field);
        metadata.put("otlp.type", type);
        return metadata;
    }

    static long bitBytes(int rows) {
        return (rows + 63L) / 64 * Long.BYTES;
    }

    static boolean bit(long bits, int row) {
        return (OffHeap.getByte(bits + (row >>> 3)) >>> (row & 7) & 1) != 0;
    }

    static void setBit(long bits, int row, boolean value) {
        long at = bits + (row >>> 3);
        int mask = 1 << (row & 7);
        int others = OffHeap.getByte(at) & ~mask;
        OffHeap.putByte(at, (byte) (value ? others | mask : others));
    }
}
