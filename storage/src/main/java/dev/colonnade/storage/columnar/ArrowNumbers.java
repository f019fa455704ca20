package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/// A column of lists of numbers of eight bytes.
final class ArrowNumbers extends ArrowColumn {
    private final ArrowType elementType;
    private final Vector elements;
    private final long counts;

    ArrowNumbers(ArrowMemory memory, int rows, String name, String type, ArrowType elementType) {
        super(memory, rows, name, null, type);
        this.elementType = elementType;
        elements = new Vector(memory.scratch, 3);
        counts = memory.zeros(rows * 4L);
    }

    /// Appends a number to the list of a row; rows come in order.
    void append(int row, long bits) {
        elements.addLong(bits);
        OffHeap.putInt(counts + row * 4L, OffHeap.getInt(counts + row * 4L) + 1);
    }

    @Override
    Field field(String finalName) {
        Field element = new Field("item", FieldType.notNullable(elementType), null);
        return new Field(
                finalName,
                new FieldType(true, ArrowType.List.INSTANCE, null, metadata()),
                List.of(element));
    }

    @Override
    void finish(List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
        finishValidity(nodes, buffers);
        buffers.add(offsets(memory, counts, rows));
        int count = elements.count();
        nodes.add(new ArrowFieldNode(count, 0));
        long all = memory.zeros(bitBytes(count));
        OffHeap.segment(all, bitBytes(count)).fill((byte) -1);
        buffers.add(memory.copied(all, bitBytes(count)));
        long data = memory.zeros((long) count * Long.BYTES);
        long at = data;
        for (int chunk = 0; chunk < elements.chunkCount(); chunk++) {
            long bytes = (long) elements.chunkValues(chunk) * Long.BYTES;
            OffHeap.copy(elements.chunk(chunk), at, bytes);
            at += bytes;
        }
        buffers.add(memory.copied(data, (long) count * Long.BYTES));
    }

    /// Where each row's list begins, from how long they are.
    static ArrowBuf offsets(ArrowMemory memory, long counts, int rows) {
        long offsets = memory.zeros((rows + 1L) * Integer.BYTES);
        int end = 0;
        for (int row = 0; row < rows; row++) {
            end += OffHeap.getInt(counts + row * 4L);
            OffHeap.putInt(offsets + (row + 1) * 4L, end);
        }
        return memory.copied(offsets, (rows + 1L) * Integer.BYTES);
    }
}
