package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;

/// All trace ids, or all span ids, of a block: an id that was seen lately is a distance to where it
/// stood, so that a parent, a link or the logs of one request cost next to nothing.
///
/// Ids are numbered as they come, whichever column they are in. A row's code is 0 for a new id,
/// else how many ids before the newest it is, plus one. Lately means that nothing else took its
/// place in a table of [#REMEMBERED]; an id that fell out is merely kept twice.
final class IdPool {
    private static final int REMEMBERED = 8192;

    private final boolean isWide;
    private final Vector values;
    private final long[] low = new long[REMEMBERED];
    private final long[] high;
    private final int[] numbers = new int[REMEMBERED];
    private int count;

    /// Of ids of 16 bytes, or of 8.
    IdPool(Scratch scratch, boolean isWide) {
        this.isWide = isWide;
        values = new Vector(scratch, isWide ? 4 : 3);
        high = isWide ? new long[REMEMBERED] : new long[0];
    }

    /// The code of the id at `address`.
    ///
    /// @throws Stop when there is no memory; nothing changed
    int code(long address) {
        long first = OffHeap.getLong(address);
        long second = isWide ? OffHeap.getLong(address + Long.BYTES) : 0;
        int place = place(first ^ second);
        int number = numbers[place];
        if (number != 0 && low[place] == first && (!isWide || high[place] == second)) {
            return count - number + 1;
        }
        if (isWide) {
            values.addLongs(first, second);
            high[place] = second;
        } else {
            values.addLong(first);
        }
        low[place] = first;
        numbers[place] = ++count;
        return 0;
    }

    /// Takes back what gave `code`, which must have been the last that was new, if it was new. What
    /// is remembered is forgotten with it.
    void pop(int code) {
        if (code == 0) {
            values.pop();
            count--;
            Arrays.fill(numbers, 0);
        }
    }

    Vector values() {
        return values;
    }

    int count() {
        return count;
    }

    /// Forgets all ids; their memory is the scratch's to end.
    void clear() {
        values.clear();
        count = 0;
        Arrays.fill(numbers, 0);
    }

    private static int place(long id) {
        return (int) ((id * 0x9E3779B97F4A7C15L) >>> (Long.SIZE - 13));
    }
}
