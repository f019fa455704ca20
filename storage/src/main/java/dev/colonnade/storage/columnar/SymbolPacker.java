package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes columns of indexes: as they are or as distances to the newest, and, where another column
/// of the same rows says what to expect, as 0 for what was expected.
///
/// What is expected is what the column had the last time that the other had what it has in this
/// row. Which other column serves best is found on a sample and remembered for some blocks.
///
/// ```
///   rows | for each page: (column that tells + 1) << 1 | is distance | numbers
/// ```
final class SymbolPacker implements AutoCloseable {
    private static final int SAMPLE_ROWS = 4096;
    private static final int BLOCKS_REMEMBERED = 8;

    private final Packer packer;
    private final NumberPacker numbers;
    private final Room told;
    private final Room expected;
    private final List<Symbols> sources = new ArrayList<>();

    SymbolPacker(Packer packer, NumberPacker numbers, SlabPool pool, BudgetShare share) {
        this.packer = packer;
        this.numbers = numbers;
        told = new Room(pool, share);
        expected = new Room(pool, share);
    }

    /// Begins a table.
    void begin() {
        sources.clear();
    }

    /// Lets later columns of the table follow from this one.
    void addSource(Symbols symbols) {
        sources.add(symbols);
    }

    /// Writes a column with the number of its rows.
    ///
    /// @param canDistance whether new entries come in order
    /// @param isFull whether each row of the table has a value
    void column(Edge edge, Vector rows, boolean canDistance, boolean isFull) {
        int count = rows.count();
        packer.footer.putVarint(count);
        packer.reads(Math.max(1, count) * (long) Integer.BYTES);
        int chunk = 0;
        int done = 0;
        while (done < count) {
            int size = pageOf(rows, chunk);
            choose(edge, rows, chunk, canDistance, isFull);
            @Nullable Symbols source = isFull ? sourceOf(edge) : null;
            boolean isDistance = edge.isDistance && canDistance;
            int place = source == null ? 0 : source.edge().place + 1;
            packer.footer.putVarint((long) place << 1 | (isDistance ? 1 : 0));
            long page = numbers.room(size);
            fill(rows, chunk, size, page, isDistance);
            if (source != null) {
                expect(source, chunk, size, page);
            }
            numbers.page(page, size);
            chunk = chunkAfter(rows, chunk, size);
            done += size;
        }
    }

    /// What a sample of the column costs when it is written as chosen, in bits.
    float cost(Edge edge, Vector rows) {
        choose(edge, rows, 0, false, true);
        return edge.cost;
    }

    @Override
    public void close() {
        told.close();
        expected.close();
    }

    private void choose(Edge edge, Vector rows, int chunk, boolean canDistance, boolean isFull) {
        if (edge.choiceBlocks > 0 && (edge.source == null || sourceOf(edge) != null)) {
            edge.choiceBlocks--;
            return;
        }
        int sampled = chunk;
        int size = pageOf(rows, chunk);
        int before = 0;
        while (before + rows.chunkValues(sampled) < size / 2) {
            before += rows.chunkValues(sampled++);
        }
        int sample = Math.min(rows.chunkValues(sampled), SAMPLE_ROWS);
        edge.cost = Float.MAX_VALUE;
        edge.source = null;
        edge.isDistance = false;
        edge.choiceBlocks = BLOCKS_REMEMBERED;
        for (int distance = 0; distance <= (canDistance ? 1 : 0); distance++) {
            long page = numbers.room(sample);
            fill(rows, sampled, sample, page, distance == 1);
            consider(edge, page, sample, null, distance == 1);
            if (isFull) {
                @Nullable Symbols best = best(sampled, sample, page);
                if (best != null) {
                    expect(best, sampled, sample, page);
                    consider(edge, page, sample, best, distance == 1);
                }
            }
        }
    }

    private void consider(
            Edge edge, long page, int sample, @Nullable Symbols source, boolean isDistance) {
        int judged = Math.min(sample, 1024);
        float cost = numbers.cost(page + (sample - judged) * 8L, judged);
        if (cost < edge.cost) {
            edge.cost = cost;
            edge.source = source == null ? null : source.edge();
            edge.isDistance = isDistance;
        }
    }

    /// The column that tells most values of the second half of a sample.
    private @Nullable Symbols best(int chunk, int sample, long page) {
        Symbols best = null;
        int most = sample / 32;
        for (Symbols source : sources) {
            int hits = hits(source, chunk, sample, page);
            if (hits > most) {
                most = hits;
                best = source;
            }
        }
        return best;
    }

    private int hits(Symbols source, int chunk, int sample, long page) {
        long ys = tell(source, chunk, sample);
        long last = expectNothing();
        int hits = 0;
        for (int row = 0; row < sample; row++) {
            long at = last + OffHeap.getInt(ys + row * 4L) * 4L;
            int symbol = (int) OffHeap.getLong(page + row * 8L);
            if (OffHeap.getInt(at) == symbol) {
                hits += row >= sample / 2 ? 1 : 0;
            } else {
                OffHeap.putInt(at, symbol);
            }
        }
        return hits;
    }

    /// Puts 0 for what was expected, and makes room for it.
    private void expect(Symbols source, int chunk, int size, long page) {
        long ys = tell(source, chunk, size);
        long last = expectNothing();
        for (int row = 0; row < size; row++) {
            long at = last + OffHeap.getInt(ys + row * 4L) * 4L;
            long symbol = OffHeap.getLong(page + row * 8L);
            if (OffHeap.getInt(at) == (int) symbol) {
                OffHeap.putLong(page + row * 8L, 0);
            } else {
                OffHeap.putInt(at, (int) symbol);
                OffHeap.putLong(page + row * 8L, symbol + 1);
            }
        }
    }

    private long expectNothing() {
        int bytes = Symbols.VALUES_MAX * Integer.BYTES;
        long last = expected.of(bytes);
        OffHeap.segment(last, bytes).fill((byte) -1);
        return last;
    }

    /// What a column tells of `size` rows.
    private long tell(Symbols source, int chunk, int size) {
        long target = told.of(size * Integer.BYTES);
        Vector rows = source.rows();
        int top = source.kind() == Symbols.DISTANCE ? topBefore(rows, chunk) : 0;
        int done = 0;
        for (int index = chunk; done < size; index++) {
            long from = rows.chunk(index);
            int inChunk = Math.min(rows.chunkValues(index), size - done);
            for (int row = 0; row < inChunk; row++) {
                int value = OffHeap.getInt(from + row * 4L);
                int symbol = value;
                if (source.kind() == Symbols.DISTANCE) {
                    symbol = value > top ? 0 : Math.min(top - value + 1, Symbols.DISTANCE_MAX);
                    top = Math.max(top, value);
                } else if (source.map() != null) {
                    symbol = source.map().intAt(value);
                }
                OffHeap.putInt(target + (done + row) * 4L, symbol);
            }
            done += inChunk;
        }
        return target;
    }

    private @Nullable Symbols sourceOf(Edge edge) {
        for (Symbols source : sources) {
            if (source.edge() == edge.source) {
                return source;
            }
        }
        return null;
    }

    private static void fill(Vector rows, int chunk, int size, long page, boolean isDistance) {
        int top = isDistance ? topBefore(rows, chunk) : 0;
        int done = 0;
        for (int index = chunk; done < size; index++) {
            long from = rows.chunk(index);
            int inChunk = Math.min(rows.chunkValues(index), size - done);
            for (int row = 0; row < inChunk; row++) {
                int symbol = OffHeap.getInt(from + row * 4L);
                if (isDistance) {
                    int value = symbol;
                    symbol = value > top ? 0 : top - value + 1;
                    top = Math.max(top, value);
                }
                OffHeap.putLong(page + (done + row) * 8L, symbol);
            }
            done += inChunk;
        }
    }

    /// The newest index before a chunk.
    private static int topBefore(Vector rows, int chunk) {
        int top = -1;
        for (int index = 0; index < chunk; index++) {
            long from = rows.chunk(index);
            for (int row = 0; row < rows.chunkValues(index); row++) {
                top = Math.max(top, OffHeap.getInt(from + row * 4L));
            }
        }
        return top;
    }

    /// How many rows the chunks from `chunk` on have that fit one page.
    private int pageOf(Vector rows, int chunk) {
        int size = 0;
        for (int index = chunk; index < rows.chunkCount(); index++) {
            if (size + rows.chunkValues(index) > packer.sizes.pageValues()) {
                break;
            }
            size += rows.chunkValues(index);
        }
        return size;
    }

    private static int chunkAfter(Vector rows, int chunk, int size) {
        int index = chunk;
        int done = 0;
        while (done < size) {
            done += rows.chunkValues(index++);
        }
        return index;
    }
}
