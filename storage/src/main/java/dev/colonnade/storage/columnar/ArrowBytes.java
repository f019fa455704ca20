package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/// A column of byte strings that few rows have: what other columns cannot carry.
final class ArrowBytes extends ArrowColumn {
    private final Vector pieceRows;
    private final Vector pieceLengths;
    private final Vector pieces;

    ArrowBytes(ArrowMemory memory, int rows, String name, String type) {
        super(memory, rows, name, null, type);
        pieceRows = new Vector(memory.scratch, 2);
        pieceLengths = new Vector(memory.scratch, 2);
        pieces = new Vector(memory.scratch, 3);
    }

    /// Appends `length` bytes, which stay where they are, to the value of a row; rows come in
    /// order.
    void append(int row, long address, int length) {
        set(row);
        pieceRows.addInt(row);
        pieceLengths.addInt(length);
        pieces.addLong(address);
    }

    @Override
    Field field(String finalName) {
        return new Field(
                finalName, new FieldType(true, ArrowType.Binary.INSTANCE, null, metadata()), null);
    }

    @Override
    void finish(List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
        finishValidity(nodes, buffers);
        int count = pieces.count();
        long total = 0;
        for (int piece = 0; piece < count; piece++) {
            total += pieceLengths.intAt(piece);
        }
        long offsets = memory.zeros((rows + 1L) * Integer.BYTES);
        // A single piece stays where it is, however long.
        boolean isAlone = count == 1;
        long text = isAlone ? pieces.longAt(0) : memory.zeros(total);
        int piece = 0;
        int end = 0;
        for (int row = 0; row < rows; row++) {
            while (piece < count && pieceRows.intAt(piece) == row) {
                int length = pieceLengths.intAt(piece);
                if (!isAlone) {
                    OffHeap.copy(pieces.longAt(piece), text + end, length);
                }
                end += length;
                piece++;
            }
            OffHeap.putInt(offsets + (row + 1) * 4L, end);
        }
        buffers.add(memory.copied(offsets, (rows + 1L) * Integer.BYTES));
        buffers.add(isAlone ? memory.shared(text, total) : memory.copied(text, total));
    }
}
