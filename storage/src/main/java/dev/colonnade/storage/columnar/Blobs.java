package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;

/// A column of byte strings: for each row the index of its value in a dictionary.
///
/// The dictionary is there to find repeats. When looking has found too few, or there are
/// [#LOOKED_UP_MAX] values, it ends: each row gets an entry of its own from then on, so that any
/// number of distinct values is as good as any other. A value that cannot be found again is merely
/// kept twice.
///
/// ```
///   entry   +---------------------------------+---------------+
///           | address 47 bit                  | length 17 bit |   17 ones: the length stands
///           +---------------------------------+---------------+   before the text, 4 bytes
///   slot    +-------------------------+-----------------------+
///           | hash, upper 32 bit      | index + 1, 32 bit     |
///           +-------------------------+-----------------------+
/// ```
final class Blobs {
    private static final int LOOKED_UP_MAX = 1 << 16;
    private static final int LENGTH_BITS = 17;
    private static final int LENGTH_LONG = (1 << LENGTH_BITS) - 1;
    private static final int SLOTS_MIN = 16;
    private static final int JUDGED_MIN = 1024;
    private static final long UPPER = 0xFFFF_FFFF_0000_0000L;

    private final Scratch scratch;
    private final Tally tally;
    private final HashKey hashKey;
    private final Vector rows;
    private final Vector entries;
    private final Bytes text;
    private long slots;
    private int slotMask;
    private int entryCount;
    private int rowCount;
    private int judgeAt;
    private boolean isLooking;
    private boolean hasOrphans;
    private long lastEntry;
    private int lastIndex;

    /// A column whose memory is of `scratch`, and whose entries count in `tally` too.
    Blobs(Scratch scratch, Tally tally, HashKey hashKey) {
        this.scratch = scratch;
        this.tally = tally;
        this.hashKey = hashKey;
        rows = new Vector(scratch, 2);
        entries = new Vector(scratch, 3);
        text = new Bytes(scratch);
        clear();
    }

    /// Appends a value.
    ///
    /// @throws Stop when there is no memory; no row was appended
    void add(long address, int length) {
        int index = isLooking ? find(address, length) : addEntry(address, length);
        rows.addInt(index);
        rowCount++;
    }

    /// The index of a value, which no row has by that.
    int intern(long address, int length) {
        rowCount++;
        return isLooking ? find(address, length) : addEntry(address, length);
    }

    /// Counts rows whose values were known to be entries, for judging whether looking pays.
    void countRows(int rows) {
        rowCount += rows;
    }

    /// Takes the last row back. Its entry stays.
    void pop() {
        hasOrphans = true;
        rows.pop();
        rowCount--;
    }

    Vector rows() {
        return rows;
    }

    Vector entries() {
        return entries;
    }

    int entryCount() {
        return entryCount;
    }

    int rowCount() {
        return rowCount;
    }

    /// Whether there are entries that no row has, so that new ones need not stand in order.
    boolean hasOrphans() {
        return hasOrphans;
    }

    /// Whether looking for repeats was given up.
    boolean isGivenUp() {
        return !isLooking;
    }

    /// All bytes of all values.
    long textBytes() {
        return text.total();
    }

    static long addressOf(long entry) {
        long address = entry >>> LENGTH_BITS;
        return (entry & LENGTH_LONG) == LENGTH_LONG ? address + Integer.BYTES : address;
    }

    static int lengthOf(long entry) {
        int length = (int) entry & LENGTH_LONG;
        return length == LENGTH_LONG ? OffHeap.getInt(entry >>> LENGTH_BITS) : length;
    }

    /// Forgets all values; their memory is the scratch's to end.
    void clear() {
        rows.clear();
        entries.clear();
        text.clear();
        slots = 0;
        slotMask = 0;
        entryCount = 0;
        rowCount = 0;
        judgeAt = JUDGED_MIN;
        isLooking = true;
        hasOrphans = false;
        lastEntry = 0;
        lastIndex = -1;
    }

    private int find(long address, int length) {
        long last = lastEntry;
        if (lastIndex >= 0
                && lengthOf(last) == length
                && Strings.equal(addressOf(last), address, length)) {
            return lastIndex;
        }
        if (entryCount >= slotMask - (slotMask >>> 2)) {
            growSlots();
        }
        long upper = Strings.hash(address, length, hashKey) & UPPER;
        int slot = (int) (upper >>> Integer.SIZE) & slotMask;
        while (true) {
            long at = slots + ((long) slot << 3);
            long content = OffHeap.getLong(at);
            if (content == 0) {
                return addNew(at, upper, address, length);
            }
            if ((content & UPPER) == upper) {
                int index = (int) content - 1;
                long entry = entries.longAt(index);
                if (lengthOf(entry) == length && Strings.equal(addressOf(entry), address, length)) {
                    lastEntry = entry;
                    lastIndex = index;
                    return index;
                }
            }
            slot = slot + 1 & slotMask;
        }
    }

    private int addNew(long slot, long upper, long address, int length) {
        int index = addEntry(address, length);
        OffHeap.putLong(slot, upper | index + 1);
        lastEntry = entries.longAt(index);
        lastIndex = index;
        if (entryCount == judgeAt) {
            judge();
        }
        return index;
    }

    private int addEntry(long address, int length) {
        boolean isLong = length >= LENGTH_LONG;
        int prefix = isLong ? Integer.BYTES : 0;
        long at = text.claim(length + prefix);
        if (isLong) {
            OffHeap.putInt(at, length);
        }
        OffHeap.copy(address, at + prefix, length);
        entries.addLong(at << LENGTH_BITS | (isLong ? LENGTH_LONG : length));
        tally.entries++;
        return entryCount++;
    }

    /// A dictionary pays when at least one in eight rows was a repeat.
    private void judge() {
        judgeAt = entryCount * 2;
        if (entryCount >= LOOKED_UP_MAX || rowCount - entryCount < entryCount / 8) {
            isLooking = false;
        }
    }

    private void growSlots() {
        int count = slots == 0 ? SLOTS_MIN : (slotMask + 1) * 2;
        long grown = scratch.allocate(count * Long.BYTES);
        OffHeap.segment(grown, (long) count * Long.BYTES).fill((byte) 0);
        int mask = count - 1;
        for (int index = 0; slots != 0 && index <= slotMask; index++) {
            long content = OffHeap.getLong(slots + ((long) index << 3));
            if (content != 0) {
                int slot = (int) (content >>> Integer.SIZE) & mask;
                while (OffHeap.getLong(grown + ((long) slot << 3)) != 0) {
                    slot = slot + 1 & mask;
                }
                OffHeap.putLong(grown + ((long) slot << 3), content);
            }
        }
        slots = grown;
        slotMask = mask;
    }
}
