package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Finds out whether a column of numbers has few different ones, and numbers those.
final class FewNumbers {
    private static final int DISTINCT_MAX = 256;

    /// What a reader needs for the different values.
    static final int BYTES_MAX = DISTINCT_MAX * Long.BYTES;

    private static final int PLACES_LOG = 10;
    private static final int PLACES = 1 << PLACES_LOG;

    private final Scratch scratch;
    private final HashKey hashKey;
    private final long[] distinct = new long[DISTINCT_MAX];
    private final int[] places = new int[PLACES];
    private int count;

    FewNumbers(Scratch scratch, HashKey hashKey) {
        this.scratch = scratch;
        this.hashKey = hashKey;
    }

    /// For each value the index of it among the different ones, four bytes; null when there are
    /// more than 256.
    @Nullable Vector indexes(Vector values) {
        Vector indexes = new Vector(scratch, 2);
        Arrays.fill(places, 0);
        count = 0;
        for (int chunk = 0; chunk < values.chunkCount(); chunk++) {
            long from = values.chunk(chunk);
            for (int row = 0; row < values.chunkValues(chunk); row++) {
                int index = indexOf(OffHeap.getLong(from + row * 8L));
                if (index < 0) {
                    return null;
                }
                indexes.addInt(index);
            }
        }
        return indexes;
    }

    /// Writes the different values of the column before.
    void write(NumberPacker numbers, Packer packer) {
        packer.footer.putVarint(count);
        packer.reads((long) count * Long.BYTES);
        long page = numbers.room(count);
        for (int index = 0; index < count; index++) {
            OffHeap.putLong(page + index * 8L, distinct[index]);
        }
        numbers.page(page, count);
    }

    private int indexOf(long value) {
        int place = hashKey.place(value, PLACES_LOG);
        while (places[place] != 0 && distinct[places[place] - 1] != value) {
            place = place + 1 & PLACES - 1;
        }
        if (places[place] == 0) {
            if (count == DISTINCT_MAX) {
                return -1;
            }
            distinct[count++] = value;
            places[place] = count;
        }
        return places[place] - 1;
    }
}
