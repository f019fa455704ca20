package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;

/// Reads texts that a [TokenPacker] wrote.
final class TokenReader implements AutoCloseable {
    private final Scratch scratch;
    private final Unpacker unpacker;
    private final Room values;
    private final SlotReader slots = new SlotReader();
    private final BitReader bits = new BitReader();
    private final Template template = new Template();

    private int skeletonCount;
    private long ids;
    private long words;
    private long target;

    TokenReader(SlabPool pool, BudgetShare share, Scratch scratch, Unpacker unpacker) {
        this.scratch = scratch;
        this.unpacker = unpacker;
        values = new Room(pool, share);
    }

    /// Reads `count` texts; answers where their table is, as [Unpacker#strings] does.
    long read(int count) {
        int total = unpacker.varintInt();
        skeletonCount = unpacker.varintInt();
        long skeletons = unpacker.strings(skeletonCount);
        ids = unpacker.column(2);
        long verbatim = unpacker.strings(unpacker.varintInt());
        words = unpacker.strings(unpacker.varintInt());
        bits.begin(unpacker.bytes(unpacker.varintInt()));
        long table = scratch.allocate(Math.max(1, count) * Long.BYTES * 2);
        target = scratch.allocate(total + Long.BYTES);
        long sorted = sort(count, skeletonCount + 1, table, verbatim);
        int from = 0;
        for (int index = 1; index <= skeletonCount; index++) {
            int end = OffHeap.getInt(sorted - (skeletonCount + 1 - index) * 4L);
            group(skeletons + (index - 1) * 16L, sorted + from * 4L, end - from, table);
            from = end;
        }
        return table;
    }

    /// How many skeletons the texts had that were read last.
    int skeletonCount() {
        return skeletonCount;
    }

    /// For each of them its skeleton's number, or 0; four bytes.
    long ids() {
        return ids;
    }

    void trim() {
        values.close();
    }

    @Override
    public void close() {
        values.close();
    }

    /// Orders the texts with a skeleton by it; the ends of the groups stand in front of the order.
    /// The others get their place in the table.
    private long sort(int count, int groups, long table, long verbatim) {
        long ends = scratch.allocate((groups + count) * Integer.BYTES);
        OffHeap.segment(ends, groups * 4L).fill((byte) 0);
        long sorted = ends + groups * 4L;
        long next = verbatim;
        for (int entry = 0; entry < count; entry++) {
            int id = OffHeap.getInt(ids + entry * 4L);
            if (id == 0) {
                OffHeap.copy(next, table + entry * 16L, 16);
                next += 16;
            } else {
                OffHeap.putInt(ends + id * 4L, OffHeap.getInt(ends + id * 4L) + 1);
            }
        }
        int sum = 0;
        for (int index = 1; index < groups; index++) {
            int size = OffHeap.getInt(ends + index * 4L);
            OffHeap.putInt(ends + index * 4L, sum);
            sum += size;
        }
        for (int entry = 0; entry < count; entry++) {
            int id = OffHeap.getInt(ids + entry * 4L);
            if (id != 0) {
                int place = OffHeap.getInt(ends + id * 4L);
                OffHeap.putInt(ends + id * 4L, place + 1);
                OffHeap.putInt(sorted + place * 4L, entry);
            }
        }
        return sorted;
    }

    private void group(long skeletonEntry, long sorted, int size, long table) {
        long skeleton = OffHeap.getLong(skeletonEntry);
        int length = (int) OffHeap.getLong(skeletonEntry + 8);
        int slotCount = Tokenizer.slotsOf(skeleton, length);
        WorkSizes sizes = unpacker.sizes();
        long page = values.of(sizes.tokenValues() * Long.BYTES);
        int done = 0;
        while (done < size) {
            int rows = Math.min(size - done, TokenPacker.pageRows(slotCount, sizes));
            template.begin(target, words);
            readPage(skeleton, length, page, rows);
            template.end();
            for (int index = 0; index < rows; index++) {
                long end = template.render(target, index);
                int entry = OffHeap.getInt(sorted + (done + index) * 4L);
                OffHeap.putLong(table + entry * 16L, target);
                OffHeap.putLong(table + entry * 16L + 8, end - target);
                target = end;
            }
            done += rows;
        }
    }

    /// Reads the values of one page of texts, place by place, and makes the template of them: what
    /// is the same in all of them becomes part of what stands between the values.
    private void readPage(long skeleton, int length, long page, int rows) {
        slots.begin();
        long column = page;
        for (int step = 0; step < length; step++) {
            byte next = OffHeap.getByte(skeleton + step);
            if (next < 0 || next > Tokenizer.HEX) {
                template.literal(next);
                continue;
            }
            int size = 0;
            if (next == Tokenizer.PADDED || next == Tokenizer.HEX) {
                size = OffHeap.getByte(skeleton + ++step);
            }
            boolean varies = slots.read(column, rows, bits);
            if (next == Tokenizer.UUID) {
                long high = column;
                if (!varies) {
                    fill(column, rows);
                }
                column += rows * 8L;
                if (!slots.read(column, rows, bits)) {
                    fill(column, rows);
                }
                template.uuid(high, column);
            } else if (varies) {
                template.value(next, size, column);
            } else {
                template.constant(next, size, slots.constant);
            }
            column += rows * 8L;
        }
    }

    private void fill(long column, int rows) {
        for (int row = 0; row < rows; row++) {
            OffHeap.putLong(column + row * 8L, slots.constant);
        }
    }
}
