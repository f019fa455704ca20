package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/// A column of lists of rows of another table, such as the events of spans.
final class ArrowRowList extends ArrowColumn {
    final ArrowRows children;
    private final long counts;

    ArrowRowList(ArrowMemory memory, int rows, String name, ArrowRows children) {
        super(memory, rows, name, null, "message");
        this.children = children;
        counts = memory.zeros(rows * 4L);
    }

    /// The next row of the other table, which belongs to `row`; rows come in order.
    int add(int row) {
        set(row);
        OffHeap.putInt(counts + row * 4L, OffHeap.getInt(counts + row * 4L) + 1);
        return children.next();
    }

    @Override
    Field field(String finalName) {
        Field element =
                new Field(
                        "item",
                        FieldType.notNullable(ArrowType.Struct.INSTANCE),
                        children.fields());
        return new Field(
                finalName,
                new FieldType(true, ArrowType.List.INSTANCE, null, metadata()),
                List.of(element));
    }

    @Override
    void finish(List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
        finishValidity(nodes, buffers);
        buffers.add(ArrowNumbers.offsets(memory, counts, rows));
        int count = children.capacity();
        nodes.add(new ArrowFieldNode(count, 0));
        long all = memory.zeros(bitBytes(count));
        OffHeap.segment(all, bitBytes(count)).fill((byte) -1);
        buffers.add(memory.copied(all, bitBytes(count)));
        children.finish(nodes, buffers);
    }
}
