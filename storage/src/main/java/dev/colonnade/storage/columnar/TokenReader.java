package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;

/// Reads texts that a [TokenPacker] wrote.
final class TokenReader implements AutoCloseable {
    private static final byte[] HEX_DIGITS = {
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
    };

    private final Scratch scratch;
    private final Unpacker unpacker;
    private final Room values;
    private final SlotReader slots = new SlotReader();
    private final BitReader bits = new BitReader();
    private final long[] row = new long[Tokenizer.SLOTS_MAX];

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
            slots.begin();
            for (int slot = 0; slot < slotCount; slot++) {
                slots.read(page + (long) slot * rows * 8, rows, bits);
            }
            for (int index = 0; index < rows; index++) {
                for (int slot = 0; slot < slotCount; slot++) {
                    row[slot] = OffHeap.getLong(page + ((long) slot * rows + index) * 8);
                }
                long start = target;
                render(skeleton, length);
                int entry = OffHeap.getInt(sorted + (done + index) * 4L);
                OffHeap.putLong(table + entry * 16L, start);
                OffHeap.putLong(table + entry * 16L + 8, target - start);
            }
            done += rows;
        }
    }

    private void render(long skeleton, int length) {
        int slot = 0;
        long at = target;
        for (int step = 0; step < length; step++) {
            byte next = OffHeap.getByte(skeleton + step);
            if (next < 0 || next > Tokenizer.HEX) {
                OffHeap.putByte(at++, next);
                continue;
            }
            switch (next) {
                case Tokenizer.NUMBER -> at = number(at, row[slot++]);
                case Tokenizer.WORD -> at = word(at, (int) row[slot++]);
                case Tokenizer.UUID -> {
                    at = uuid(at, row[slot], row[slot + 1]);
                    slot += 2;
                }
                case Tokenizer.PADDED -> {
                    int size = OffHeap.getByte(skeleton + ++step);
                    padded(at, row[slot++], size);
                    at += size;
                }
                default -> {
                    int size = OffHeap.getByte(skeleton + ++step);
                    hex(at, row[slot++], size);
                    at += size;
                }
            }
        }
        target = at;
    }

    private long word(long at, int index) {
        long source = OffHeap.getLong(words + index * 16L);
        int length = (int) OffHeap.getLong(words + index * 16L + 8);
        OffHeap.copy(source, at, length);
        return at + length;
    }

    private static long number(long at, long value) {
        int size = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            size++;
        }
        padded(at, value, size);
        return at + size;
    }

    private static void padded(long at, long value, int size) {
        long rest = value;
        for (int digit = size - 1; digit >= 0; digit--) {
            OffHeap.putByte(at + digit, (byte) ('0' + rest % 10));
            rest /= 10;
        }
    }

    private static void hex(long at, long value, int size) {
        long rest = value;
        for (int digit = size - 1; digit >= 0; digit--) {
            OffHeap.putByte(at + digit, HEX_DIGITS[(int) rest & 15]);
            rest >>>= 4;
        }
    }

    private static long uuid(long at, long high, long low) {
        hex(at, high >>> 32, 8);
        OffHeap.putByte(at + 8, (byte) '-');
        hex(at + 9, high >>> 16, 4);
        OffHeap.putByte(at + 13, (byte) '-');
        hex(at + 14, high, 4);
        OffHeap.putByte(at + 18, (byte) '-');
        hex(at + 19, low >>> 48, 4);
        OffHeap.putByte(at + 23, (byte) '-');
        hex(at + 24, low, 12);
        return at + Tokenizer.UUID_BYTES;
    }
}
