package dev.colonnade.storage.columnar;

import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/// A column of yes and no, a bit each.
final class ArrowBool extends ArrowColumn {
    private final long bits;

    ArrowBool(ArrowMemory memory, int rows, String name, @Nullable String key, String type) {
        super(memory, rows, name, key, type);
        bits = memory.zeros(bitBytes(rows));
    }

    void put(int row, boolean value) {
        set(row);
        setBit(bits, row, value);
    }

    @Override
    Field field(String finalName) {
        return new Field(
                finalName, new FieldType(true, ArrowType.Bool.INSTANCE, null, metadata()), null);
    }

    @Override
    void finish(List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
        finishValidity(nodes, buffers);
        buffers.add(memory.copied(bits, bitBytes(rows)));
    }
}
