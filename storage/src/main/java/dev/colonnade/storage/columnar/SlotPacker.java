package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// Writes the values that texts of one skeleton have in one place, in as few bits as fit all:
/// nothing where they are all the same or follow from another place's value, else as differences
/// from the least, or as numbers of an alphabet of their own.
///
/// ```
///   CONSTANT | value                              ALPHABET | least | width | size | values | indexes
///   OFFSETS  | least | width | differences        FUNCTION | which | values by its index
/// ```
final class SlotPacker {
    static final int CONSTANT = 0;
    static final int OFFSETS = 1;
    static final int ALPHABET = 2;
    static final int FUNCTION = 3;
    static final int KIND_BITS = 2;

    /// As many places with an alphabet are remembered for others to follow from.
    static final int ALPHABETS_MAX = 4;

    static final int ALPHABETS_BITS = 2;
    static final int ALPHABET_BITS = 11;
    static final int WIDTH_BITS = 7;
    static final int ROWS_MAX = 4096;

    private static final int SIZE_MAX = 1024;
    private static final int ROWS_MIN = 16;
    private static final int PLACES_LOG = 12;
    private static final int PLACES = 1 << PLACES_LOG;

    private final int[][] indexes = new int[ALPHABETS_MAX + 1][ROWS_MAX];
    private final int[] sizes = new int[ALPHABETS_MAX + 1];
    private final long[] alphabet = new long[SIZE_MAX];
    private final int[] places = new int[PLACES];
    private final int[] stamps = new int[PLACES];
    private final int[] follows = new int[SIZE_MAX];
    private final HashKey hashKey;
    private int stamp;
    private int alphabets;

    SlotPacker(HashKey hashKey) {
        this.hashKey = hashKey;
    }

    /// Begins a run of texts of one skeleton.
    void begin() {
        alphabets = 0;
    }

    /// Writes `count` values of eight bytes, at most [#ROWS_MAX].
    void write(long values, int count, BitWriter out) {
        long least = Long.MAX_VALUE;
        long most = Long.MIN_VALUE;
        for (int row = 0; row < count; row++) {
            long value = OffHeap.getLong(values + row * 8L);
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        if (least == most) {
            out.put(CONSTANT, KIND_BITS);
            out.putNumber(NumberPacker.zigzag(least));
            return;
        }
        int width = BitWriter.width(most - least);
        int size = count >= ROWS_MIN && width > 1 ? alphabet(values, count, width) : 0;
        if (size == 0) {
            out.put(OFFSETS, KIND_BITS);
            out.putNumber(NumberPacker.zigzag(least));
            out.put(width, WIDTH_BITS);
            for (int row = 0; row < count; row++) {
                out.put(OffHeap.getLong(values + row * 8L) - least, width);
            }
        } else if (!follows(count, size, out, least, width)) {
            alphabet(count, size, out, least, width);
        }
    }

    /// Numbers the distinct values; 0 when there are too many for that to pay.
    private int alphabet(long values, int count, int width) {
        int sizeMax = Math.min(SIZE_MAX, count / 2);
        int[] index = indexes[alphabets];
        stamp++;
        int size = 0;
        for (int row = 0; row < count; row++) {
            long value = OffHeap.getLong(values + row * 8L);
            int place = hashKey.place(value, PLACES_LOG);
            while (stamps[place] == stamp && alphabet[places[place]] != value) {
                place = place + 1 & PLACES - 1;
            }
            if (stamps[place] != stamp) {
                if (size == sizeMax) {
                    return 0;
                }
                stamps[place] = stamp;
                places[place] = size;
                alphabet[size++] = value;
            }
            index[row] = places[place];
        }
        long cost = ALPHABET_BITS + (long) size * width;
        cost += (long) count * BitWriter.width(size - 1L);
        sizes[alphabets] = size;
        return cost < (long) count * width ? size : 0;
    }

    private void alphabet(int count, int size, BitWriter out, long least, int width) {
        out.put(ALPHABET, KIND_BITS);
        out.putNumber(NumberPacker.zigzag(least));
        out.put(width, WIDTH_BITS);
        out.put(size, ALPHABET_BITS);
        for (int index = 0; index < size; index++) {
            out.put(alphabet[index] - least, width);
        }
        int bits = BitWriter.width(size - 1L);
        int[] index = indexes[alphabets];
        for (int row = 0; row < count; row++) {
            out.put(index[row], bits);
        }
        alphabets = Math.min(alphabets + 1, ALPHABETS_MAX);
    }

    /// Whether an earlier alphabet's index says which value it is; then that is written.
    private boolean follows(int count, int size, BitWriter out, long least, int width) {
        for (int earlier = 0; earlier < alphabets; earlier++) {
            if (sizes[earlier] < size || !isFunction(indexes[earlier], count, sizes[earlier])) {
                continue;
            }
            out.put(FUNCTION, KIND_BITS);
            out.put(earlier, ALPHABETS_BITS);
            out.putNumber(NumberPacker.zigzag(least));
            out.put(width, WIDTH_BITS);
            for (int index = 0; index < sizes[earlier]; index++) {
                out.put(alphabet[follows[index]] - least, width);
            }
            return true;
        }
        return false;
    }

    private boolean isFunction(int[] earlier, int count, int size) {
        for (int index = 0; index < size; index++) {
            follows[index] = -1;
        }
        int[] own = indexes[alphabets];
        for (int row = 0; row < count; row++) {
            int known = follows[earlier[row]];
            if (known < 0) {
                follows[earlier[row]] = own[row];
            } else if (known != own[row]) {
                return false;
            }
        }
        return true;
    }
}
