package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/// A column of values of 4, 8 or 16 bytes; with a dictionary, of indexes into it.
final class ArrowValues extends ArrowColumn {
    private static final ArrowType INDEX = new ArrowType.Int(Integer.SIZE, true);

    private final ArrowType arrowType;
    private final int width;
    final @Nullable ArrowDictionary dictionary;
    private long data;
    private boolean isShared;

    ArrowValues(
            ArrowMemory memory,
            int rows,
            String name,
            @Nullable String key,
            String type,
            ArrowType arrowType,
            int width) {
        super(memory, rows, name, key, type);
        this.arrowType = arrowType;
        this.width = width;
        dictionary = null;
    }

    ArrowValues(
            ArrowMemory memory,
            int rows,
            String name,
            @Nullable String key,
            String type,
            ArrowDictionary dictionary) {
        super(memory, rows, name, key, type);
        arrowType = INDEX;
        width = Integer.BYTES;
        this.dictionary = dictionary;
    }

    /// Takes all rows' values from `address`, where they stand as Arrow wants them.
    void share(long address) {
        data = address;
        isShared = true;
        setAll();
    }

    boolean isShared() {
        return isShared;
    }

    /// Sets a row's value, or its low half, or its index.
    void put(int row, long bits) {
        if (data == 0) {
            data = memory.zeros((long) rows * width);
        }
        set(row);
        if (width == Integer.BYTES) {
            OffHeap.putInt(data + row * 4L, (int) bits);
        } else {
            OffHeap.putLong(data + (long) row * width, bits);
        }
    }

    /// Sets a row's value of sixteen bytes.
    void put(int row, long low, long high) {
        put(row, low);
        OffHeap.putLong(data + row * 16L + Long.BYTES, high);
    }

    @Override
    Field field(String finalName) {
        DictionaryEncoding encoding = dictionary == null ? null : dictionary.encoding();
        return new Field(finalName, new FieldType(true, arrowType, encoding, metadata()), null);
    }

    @Override
    void finish(List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
        finishValidity(nodes, buffers);
        if (data == 0) {
            data = memory.zeros((long) rows * width);
        }
        long bytes = (long) rows * width;
        buffers.add(isShared ? memory.shared(data, bytes) : memory.copied(data, bytes));
    }
}
