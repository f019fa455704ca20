package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Writes columns of numbers: as differences from the smallest, or from the one before, or as they
/// are, whichever looks smaller, cut into byte planes.
///
/// A plane holds the same byte of all values: high ones are constant and cost nothing, random ones
/// are stored, the rest is for zstd. Columns are written in pages of at most
/// [WorkSizes#pageValues], each with a choice of its own.
///
/// ```
///   +-------------------+------------------+-----------------------+----------------------+
///   | mode + planes * 8 | base, zigzag     | first, zigzag, varint | planes, lowest first |
///   | 1 byte            | varint; not RAW  | DELTA only            |                      |
///   +-------------------+------------------+-----------------------+----------------------+
/// ```
final class NumberPacker implements AutoCloseable {
    static final int RAW = 0;
    static final int OFFSET = 1;
    static final int DELTA = 2;

    private static final int SAMPLE_VALUES = 1024;

    /// Fewer values are judged by how far apart they are: estimating costs as much as 3,000 values.
    private static final int ESTIMATED_MIN = 192;

    private static final int BUCKETS = 256;

    private final Packer packer;
    private final Room values;
    private final Room plane;
    private final int[] histogram = new int[Long.BYTES * BUCKETS];
    private final float[] cost = new float[SAMPLE_VALUES + 1];

    NumberPacker(Packer packer, SlabPool pool, BudgetShare scratch) {
        this.packer = packer;
        values = new Room(pool, scratch);
        plane = new Room(pool, scratch);
        for (int count = 1; count <= SAMPLE_VALUES; count++) {
            cost[count] = (float) (count * (Math.log(count) / Math.log(2)));
        }
    }

    /// Writes a column with its length.
    void column(Vector column) {
        column(column, null);
    }

    /// Writes a column with its length, less `reference`, which is another with as many values.
    void column(Vector column, @Nullable Vector reference) {
        if (packer.isImage()) {
            packer.image(column);
            return;
        }
        int count = column.count();
        packer.footer.putVarint(count);
        packer.reads(Math.max(Long.BYTES, (long) count << column.widthLog()));
        int chunk = 0;
        int done = 0;
        while (done < count) {
            int size = Math.min(count - done, packer.sizes.pageValues());
            long page = values.of(size * Long.BYTES);
            long at = page;
            long end = page + (long) size * Long.BYTES;
            while (at < end && chunk < column.chunkCount()) {
                int inChunk = column.chunkValues(chunk);
                if (at + (long) inChunk * Long.BYTES > end) {
                    break;
                }
                load(column, reference, chunk, inChunk, at);
                at += (long) inChunk * Long.BYTES;
                chunk++;
            }
            int loaded = (int) ((at - page) / Long.BYTES);
            page(page, loaded);
            done += loaded;
        }
    }

    /// Room for `count` values of eight bytes, which [#page] may be given.
    long room(int count) {
        return values.of(count * Long.BYTES);
    }

    /// Writes `count` values of eight bytes, at most a page, which are overwritten. Their number
    /// goes in front, so that a reader knows where the page ends.
    void page(long page, int count) {
        packer.footer.putVarint(count);
        int mode = choose(page, count);
        long base = 0;
        long first = 0;
        if (mode == DELTA) {
            first = OffHeap.getLong(page);
            difference(page, count);
        }
        if (mode != RAW) {
            base = least(page, count);
        }
        long bits = subtract(page, count, base);
        int planes = (Long.SIZE + 7 - Long.numberOfLeadingZeros(bits)) / Byte.SIZE;
        packer.footer.putByte(mode | planes << 3);
        if (mode != RAW) {
            packer.footer.putVarint(zigzag(base));
        }
        if (mode == DELTA) {
            packer.footer.putVarint(zigzag(first));
        }
        planes(page, count, planes);
    }

    static long zigzag(long value) {
        return value << 1 ^ value >> 63;
    }

    @Override
    public void close() {
        values.close();
        plane.close();
    }

    private static void load(
            Vector column, @Nullable Vector reference, int chunk, int count, long target) {
        long from = column.chunk(chunk);
        if (column.widthLog() == 2) {
            for (int i = 0; i < count; i++) {
                OffHeap.putLong(target + i * 8L, OffHeap.getInt(from + i * 4L) & 0xFFFF_FFFFL);
            }
        } else if (reference == null) {
            OffHeap.copy(from, target, (long) count * Long.BYTES);
        } else {
            long other = reference.chunk(chunk);
            for (int i = 0; i < count; i++) {
                OffHeap.putLong(
                        target + i * 8L,
                        OffHeap.getLong(from + i * 8L) - OffHeap.getLong(other + i * 8L));
            }
        }
    }

    /// The first difference is made the second, so that it does not stand out.
    private static void difference(long page, int count) {
        for (int i = count - 1; i > 0; i--) {
            long at = page + i * 8L;
            OffHeap.putLong(at, OffHeap.getLong(at) - OffHeap.getLong(at - 8));
        }
        OffHeap.putLong(page, count > 1 ? OffHeap.getLong(page + 8) : 0);
    }

    private static long least(long page, int count) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            least = Math.min(least, OffHeap.getLong(page + i * 8L));
        }
        return least;
    }

    /// Subtracts `base` everywhere; answers all bits that are set anywhere.
    private static long subtract(long page, int count, long base) {
        long bits = 0;
        for (int i = 0; i < count; i++) {
            long at = page + i * 8L;
            long value = OffHeap.getLong(at) - base;
            OffHeap.putLong(at, value);
            bits |= value;
        }
        return bits;
    }

    private void planes(long page, int count, int planes) {
        long target = plane.of(count);
        for (int index = 0; index < planes; index++) {
            long from = page + index;
            for (int i = 0; i < count; i++) {
                OffHeap.putByte(target + i, OffHeap.getByte(from + i * 8L));
            }
            packer.bytes(target, count);
        }
    }

    /// What `count` values at `page` would cost as a page, in bits, judged by their middle.
    float cost(long page, int count) {
        if (count < 3) {
            return 0;
        }
        if (count < ESTIMATED_MIN) {
            return Math.min(span(page, count, DELTA), span(page, count, OFFSET)) * (float) count;
        }
        int sample = Math.min(count - 1, SAMPLE_VALUES);
        long from = page + (count - sample) / 2 * 8L;
        float offset = Math.min(estimate(from, sample, RAW), estimate(from, sample, OFFSET));
        return Math.min(offset, estimate(from, sample, DELTA));
    }

    /// What a sample from the middle of a column would cost, less `reference`, in bits.
    float cost(Vector column, @Nullable Vector reference) {
        int chunk = column.chunkCount() / 2;
        int count = Math.min(column.chunkValues(chunk), 2 * SAMPLE_VALUES);
        long page = values.of(count * Long.BYTES);
        load(column, reference, chunk, count, page);
        int judged = Math.min(count, SAMPLE_VALUES);
        return cost(page + (count - judged) * 8L, judged);
    }

    /// The mode whose planes have the least order-0 entropy in a sample from the middle.
    private int choose(long page, int count) {
        if (count < 3) {
            return OFFSET;
        }
        if (count < ESTIMATED_MIN) {
            return span(page, count, DELTA) < span(page, count, OFFSET) ? DELTA : OFFSET;
        }
        int sample = Math.min(count - 1, SAMPLE_VALUES);
        long from = page + (count - sample) / 2 * 8L;
        float raw = estimate(from, sample, RAW);
        float offset = estimate(from, sample, OFFSET);
        float delta = estimate(from, sample, DELTA);
        if (delta < raw && delta < offset) {
            return DELTA;
        }
        return offset <= raw ? OFFSET : RAW;
    }

    /// In how many bits the values differ.
    private static int span(long page, int count, int mode) {
        long first = sampled(page + 8, mode);
        long least = first;
        long most = first;
        for (int i = 2; i < count; i++) {
            long value = sampled(page + i * 8L, mode);
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        return Long.SIZE - Long.numberOfLeadingZeros(most - least);
    }

    private float estimate(long from, int count, int mode) {
        long base = mode == RAW ? 0 : Long.MAX_VALUE;
        if (mode != RAW) {
            for (int i = 0; i < count; i++) {
                base = Math.min(base, sampled(from + i * 8L, mode));
            }
        }
        long all = 0;
        for (int i = 0; i < count; i++) {
            all |= sampled(from + i * 8L, mode) - base;
        }
        // Planes of zeros cost nothing.
        int planes = (Long.SIZE + 7 - Long.numberOfLeadingZeros(all)) / Byte.SIZE;
        int[] counts = histogram;
        Arrays.fill(counts, 0, planes * BUCKETS, 0);
        for (int i = 0; i < count; i++) {
            long value = sampled(from + i * 8L, mode) - base;
            for (int index = 0; index < planes; index++) {
                counts[index * BUCKETS + (int) (value & 0xFF)]++;
                value >>>= 8;
            }
        }
        float bits = planes * cost[count];
        for (int bucket = 0; bucket < planes * BUCKETS; bucket++) {
            bits -= cost[counts[bucket]];
        }
        return bits;
    }

    private static long sampled(long at, int mode) {
        long value = OffHeap.getLong(at);
        return mode == DELTA ? value - OffHeap.getLong(at - 8) : value;
    }
}
