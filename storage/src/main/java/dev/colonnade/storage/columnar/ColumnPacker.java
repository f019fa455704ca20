package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;
import java.util.ArrayList;
import java.util.List;

/// Writes [Columns] into a block: for each table its columns, its shapes, the values, then the
/// tables below.
///
/// ```
///   table   rows | columns: code, key ... | shapes: length bytes, shared, more, places ...
///           | shape of each row | values of each column | tables of its messages
/// ```
///
/// A shape is written as what it shares with the one before and what comes then; a table without
/// rows is one zero.
final class ColumnPacker implements AutoCloseable {
    /// How the rows of a dictionary's column are written: as indexes, or as distances.
    static final int INDEX = 0;

    static final int DISTANCE = 1;

    private final Packer packer;
    private final NumberPacker numbers;
    private final TextPacker texts;

    private int[] path = new int[64];
    private int[] previous = new int[64];

    int dictionaryEntries;
    int dictionaryHits;
    int dictionaryOverflows;

    ColumnPacker(Packer packer, SlabPool pool, BudgetShare scratch) {
        this.packer = packer;
        numbers = new NumberPacker(packer, pool, scratch);
        texts = new TextPacker(packer, numbers, pool, scratch);
    }

    NumberPacker numbers() {
        return numbers;
    }

    TextPacker texts() {
        return texts;
    }

    void write(Columns columns) {
        dictionaryEntries = 0;
        dictionaryHits = 0;
        dictionaryOverflows = 0;
        table(columns.root());
        texts.raw(columns.ids8.values());
        texts.raw(columns.ids16.values());
    }

    @Override
    public void close() {
        texts.close();
        numbers.close();
    }

    private void table(Table table) {
        packer.footer.putVarint(table.rowCount);
        if (table.rowCount == 0) {
            return;
        }
        List<Edge> used = usedEdges(table);
        packer.footer.putVarint(used.size());
        for (Edge edge : used) {
            packer.footer.putVarint(edge.code & 0xFFFF_FFFFL);
            if (edge.kind() == MessageType.ATTRIBUTE) {
                packer.footer.putVarint(edge.key.length);
                packer.footer.putBytes(edge.key);
            }
        }
        shapes(table);
        numbers.column(table.rows);
        for (Edge edge : used) {
            values(edge);
        }
        for (Edge edge : used) {
            if (edge.child != null) {
                table(edge.child);
            }
        }
    }

    /// The columns that rows of the block have; numbers them.
    private static List<Edge> usedEdges(Table table) {
        for (Edge edge : table.edges()) {
            edge.isUsed = false;
        }
        for (Node shape : table.shapes) {
            Node at = shape;
            while (at.edge != null && at.parent != null) {
                at.edge.isUsed = true;
                at = at.parent;
            }
        }
        List<Edge> used = new ArrayList<>();
        for (Edge edge : table.edges()) {
            if (edge.isUsed) {
                edge.place = used.size();
                used.add(edge);
            }
        }
        return used;
    }

    private void shapes(Table table) {
        packer.footer.putVarint(table.shapes.size());
        int previousLength = 0;
        for (Node shape : table.shapes) {
            int length = pathTo(shape);
            int shared = 0;
            while (shared < Math.min(length, previousLength) && path[shared] == previous[shared]) {
                shared++;
            }
            packer.footer.putByte(shape.lengthBytes);
            packer.footer.putVarint(shared);
            packer.footer.putVarint(length - shared);
            for (int step = shared; step < length; step++) {
                packer.footer.putVarint(path[step]);
            }
            int[] swapped = previous;
            previous = path;
            path = swapped;
            previousLength = length;
        }
    }

    private int pathTo(Node shape) {
        int length = 0;
        for (Node at = shape; at.parent != null; at = at.parent) {
            length++;
        }
        if (path.length < length) {
            path = new int[length * 2];
        }
        int step = length;
        for (Node at = shape; at.edge != null && at.parent != null; at = at.parent) {
            path[--step] = at.edge.place;
        }
        return length;
    }

    private void values(Edge edge) {
        if (edge.numbers != null) {
            numbers.column(edge.numbers);
        }
        if (edge.elements != null) {
            numbers.column(edge.elements);
        }
        if (edge.blobs != null) {
            blobs(edge.blobs);
        }
    }

    private void blobs(Blobs blobs) {
        dictionaryEntries += blobs.entryCount();
        dictionaryHits += blobs.rowCount() - blobs.entryCount();
        dictionaryOverflows += blobs.isGivenUp() ? 1 : 0;
        texts.dictionary(blobs);
        int count = blobs.rowCount();
        packer.footer.putVarint(count);
        Vector rows = blobs.rows();
        int chunk = 0;
        int done = 0;
        int newest = -1;
        while (done < count) {
            int size = pageOf(rows, chunk);
            long page = numbers.room(size);
            boolean isDistance = !blobs.hasOrphans() && isDistanceBetter(rows, chunk, size, newest);
            packer.footer.putByte(isDistance ? DISTANCE : INDEX);
            int filled = 0;
            while (filled < size) {
                newest = fill(rows, chunk, page + filled * 8L, newest, isDistance);
                filled += rows.chunkValues(chunk);
                chunk++;
            }
            numbers.page(page, size);
            done += size;
        }
    }

    /// How many rows the chunks from `chunk` on have that fit one page.
    private static int pageOf(Vector rows, int chunk) {
        int size = 0;
        for (int index = chunk; index < rows.chunkCount(); index++) {
            if (size + rows.chunkValues(index) > NumberPacker.PAGE_VALUES) {
                break;
            }
            size += rows.chunkValues(index);
        }
        return size;
    }

    /// Compares both ways on one chunk in the middle.
    private boolean isDistanceBetter(Vector rows, int chunk, int size, int newest) {
        int last = chunk;
        int seen = rows.chunkValues(last);
        int before = newest;
        long page = numbers.room(size);
        while (seen < size / 2) {
            before = fill(rows, last, page, before, true);
            last++;
            seen += rows.chunkValues(last);
        }
        int sample = rows.chunkValues(last);
        fill(rows, last, page, before, false);
        float index = numbers.cost(page, sample);
        fill(rows, last, page, before, true);
        float distance = numbers.cost(page, sample);
        return distance < index;
    }

    /// Fills a chunk's rows in; answers the newest index so far.
    private static int fill(Vector rows, int chunk, long page, int newest, boolean isDistance) {
        int count = rows.chunkValues(chunk);
        long from = rows.chunk(chunk);
        int top = newest;
        for (int row = 0; row < count; row++) {
            int index = OffHeap.getInt(from + row * 4L);
            int symbol = index;
            if (isDistance) {
                symbol = index > top ? 0 : top - index + 1;
            }
            top = Math.max(top, index);
            OffHeap.putLong(page + row * 8L, symbol);
        }
        return top;
    }
}
