package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.SlabPool;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes [Columns] into a block: for each table its columns, its shapes, the values, then the
/// tables below.
///
/// ```
///   table   rows | columns: code, key ... | shapes: length bytes, shared, more, places ...
///           | shape of each row | values of each column | tables of its messages
/// ```
///
/// A shape is written as what it shares with the one before and what comes then; a table without
/// rows is one zero. Columns of strings that every row has come first, those with most different
/// strings before, because the others often follow from them.
final class ColumnPacker implements AutoCloseable {
    /// How a column of numbers is written; from [#REFERENCED] on as the differences from the column
    /// at that place.
    static final int NUMERIC = 0;

    static final int SYMBOLS = 1;
    static final int REFERENCED = 2;

    static final int SYMBOL_ROWS_MIN = 256;

    private final Packer packer;
    private final NumberPacker numbers;
    private final TextPacker texts;
    private final SymbolPacker symbols;
    private final FewNumbers few;
    private final Scratch scratch;
    private final List<Edge> references = new ArrayList<>();

    private int[] path = new int[64];
    private int[] previous = new int[64];

    int dictionaryEntries;
    int dictionaryHits;
    int dictionaryOverflows;

    /// @param unpackBytes what reading may unpack; what is needed to write is a part of it
    ColumnPacker(Packer packer, SlabPool pool, BudgetShare share, long unpackBytes) {
        WorkSizes sizes = packer.sizes;
        this.packer = packer;
        numbers = new NumberPacker(packer, pool, share);
        texts = new TextPacker(packer, numbers, pool, share, sizes.tokenBytes(unpackBytes));
        symbols = new SymbolPacker(packer, numbers, pool, share);
        scratch = Scratch.ofSmall(pool, share, sizes, sizes.indexBytes(unpackBytes));
        few = new FewNumbers(scratch, packer.hashKey);
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
        scratch.reset();
        texts.raw(columns.ids8.values());
        texts.raw(columns.ids16.values());
    }

    @Override
    public void close() {
        scratch.close();
        symbols.close();
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
                packer.reads(edge.key.length + SheetReader.KEY_BYTES);
            }
        }
        shapes(table);
        numbers.column(table.rows);
        scratch.reset();
        symbols.begin();
        references.clear();
        for (Edge edge : used) {
            values(edge);
        }
        for (Edge edge : used) {
            if (edge.child != null) {
                table(edge.child);
            }
        }
    }

    /// The columns that rows of the block have, in the order in which they are written.
    private static List<Edge> usedEdges(Table table) {
        for (Edge edge : table.edges()) {
            edge.shapes = 0;
        }
        for (Node shape : table.shapes) {
            for (Node at = shape; at.edge != null && at.parent != null; at = at.parent) {
                at.edge.shapes++;
            }
        }
        List<Edge> used = new ArrayList<>();
        for (Edge edge : table.edges()) {
            if (edge.shapes > 0) {
                // As many values as rows, and no more places than shapes: one in each.
                edge.isFull = edge.shapes == table.shapes.size() && edge.values() == table.rowCount;
                used.add(edge);
            }
        }
        used.sort(Comparator.comparingInt(ColumnPacker::rank));
        for (int place = 0; place < used.size(); place++) {
            used.get(place).place = place;
        }
        return used;
    }

    private static int rank(Edge edge) {
        return edge.blobs == null || !edge.isFull ? 0 : -edge.blobs.entryCount();
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

    /// The values as they are.
    private void image(Edge edge) {
        if (edge.blobs != null) {
            count(edge.blobs);
            packer.image(edge.blobs);
            packer.image(edge.blobs.rows());
        }
        if (edge.numbers != null) {
            packer.image(edge.numbers);
        }
        if (edge.elements != null) {
            packer.image(edge.elements);
        }
    }

    /// Entries of rows that were taken back stay, so that there may be more of them than rows.
    private void count(Blobs blobs) {
        dictionaryEntries += blobs.entryCount();
        dictionaryHits += Math.max(0, blobs.rowCount() - blobs.entryCount());
        dictionaryOverflows += blobs.isGivenUp() ? 1 : 0;
    }

    private void values(Edge edge) {
        if (packer.isImage()) {
            image(edge);
            return;
        }
        if (edge.blobs != null) {
            blobs(edge, edge.blobs);
        } else if (edge.numbers != null) {
            if (edge.ids != null) {
                symbols.column(edge, edge.numbers, false, edge.isFull);
            } else if (edge.hasLongs()) {
                numbers(edge, edge.numbers);
            } else {
                numbers.column(edge.numbers);
            }
        }
        if (edge.elements != null) {
            numbers.column(edge.elements);
        }
    }

    private void blobs(Edge edge, Blobs blobs) {
        count(blobs);
        boolean isLarge = blobs.entryCount() > Symbols.VALUES_MAX;
        boolean hasRoom = scratch.hasRoom(5L * blobs.entryCount());
        @Nullable Vector map = edge.isFull && isLarge && hasRoom ? new Vector(scratch, 2) : null;
        boolean isMapped = texts.dictionary(edge, blobs, map);
        symbols.column(edge, blobs.rows(), !blobs.hasOrphans(), edge.isFull);
        if (!edge.isFull) {
            return;
        }
        if (!isLarge) {
            symbols.addSource(new Symbols(edge, blobs.rows(), Symbols.VALUE, null));
        } else if (isMapped) {
            symbols.addSource(new Symbols(edge, blobs.rows(), Symbols.MAPPED, map));
        } else if (!blobs.hasOrphans() && hasRoom) {
            symbols.addSource(new Symbols(edge, blobs.rows(), Symbols.DISTANCE, null));
        }
    }

    private void numbers(Edge edge, Vector values) {
        if (edge.isFull && values.count() >= SYMBOL_ROWS_MIN) {
            float cost = numbers.cost(values, null);
            @Nullable Vector indexes =
                    scratch.hasRoom(5L * values.count()) ? few.indexes(values) : null;
            if (indexes != null && symbols.cost(edge, indexes) < cost) {
                packer.footer.putVarint(SYMBOLS);
                few.write(numbers, packer);
                packer.reads((long) values.count() * Long.BYTES);
                symbols.column(edge, indexes, false, true);
                symbols.addSource(new Symbols(edge, indexes, Symbols.VALUE, null));
                return;
            }
            @Nullable Edge reference = indexes == null ? reference(values, cost) : null;
            references.add(edge);
            if (reference != null) {
                packer.footer.putVarint(REFERENCED + reference.place);
                numbers.column(values, reference.numbers);
                return;
            }
        }
        packer.footer.putVarint(NUMERIC);
        numbers.column(values);
    }

    /// The column from which the values differ least, where that makes them smaller.
    private @Nullable Edge reference(Vector values, float cost) {
        Edge best = null;
        float least = cost;
        for (Edge edge : references) {
            float other = numbers.cost(values, edge.numbers);
            if (other < least) {
                least = other;
                best = edge;
            }
        }
        return best;
    }
}
