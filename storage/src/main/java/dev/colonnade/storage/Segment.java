package dev.colonnade.storage;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.Slab;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A run of entries of one pipeline on one loop, in arrival order.
///
/// Entries stand in off-heap pages, the first of 16 KiB, the others of 64 KiB, so that a store with
/// little in it is small and a million entries have few owners on the heap. A segment is sealed
/// when it is large or old enough; sealed and settled, its pages are freed. Segments form a list: a
/// cursor that has read one to its end goes on to [#next].
///
/// A *packed* segment has no pages but a block ([PackedState]); a *window* ([Window]) has rows that
/// were rebuilt from a part of a packed one, and stands in no list.
final class Segment {
    /// As many root rows as an Arrow batch with 16-bit parent ids can have.
    static final int RECORDS_MAX = 65_535;

    private static final int FIRST_PAGE_BYTES = 16 << 10;
    private static final int PAGE_BYTES = 64 << 10;
    private static final int FIRST_PAGE_ENTRIES = FIRST_PAGE_BYTES / EntryDescriptor.BYTES;
    private static final int PAGE_ENTRIES = PAGE_BYTES / EntryDescriptor.BYTES;

    /// In the place of a page that the segment before has alone.
    private static final int NO_SLOT = -1;

    private final ShardMemory memory;
    private final BudgetShare share;
    private long[] pages = new long[1];
    private int[] pageSlots = new int[1];
    private int pageCount;

    /// The entries that follow this segment's; null while this is the newest.
    @Nullable Segment next;

    /// The entries before this segment's; null in the oldest. Kept by [SegmentList].
    @Nullable Segment previous;

    /// What it has instead of pages; null when its entries are rows.
    @Nullable PackedState packed;

    /// What it was rebuilt from; null when it is no window.
    @Nullable Window window;

    /// The position of the entry with index 0.
    long basePosition;

    /// The first index that is here: the entries before were settled by all, or packed.
    int from;

    int count;
    int live;
    int records;
    long storedBytes;
    long wireBytes;
    long openedNanos;
    boolean sealed;

    /// Whether the packer reads it: neither its pages nor its payloads may be freed.
    boolean pinned;

    /// Whether packing it was tried in vain, so that it is left as it is.
    boolean staysRow;

    /// The last look at leases that found one here, and the index behind the last of their entries;
    /// see [RunFinder].
    int leasedStamp;

    int leasedEnd;

    Segment(ShardMemory memory, BudgetShare share, long basePosition, long openedNanos) {
        this.memory = memory;
        this.share = share;
        this.basePosition = basePosition;
        this.openedNanos = openedNanos;
    }

    /// A segment without pages in the place of `count` entries from `index` on.
    static Segment packed(Segment rows, int index, int count) {
        Segment packed =
                new Segment(rows.memory, rows.share, rows.basePosition + index, rows.openedNanos);
        packed.count = count;
        packed.sealed = true;
        return packed;
    }

    /// Cuts this sealed segment in two: it keeps the entries before `index`, of which there is one
    /// at least, and the answer has the others, at the same indexes. A page in which both have
    /// entries is freed with the second of them.
    Segment split(int index) {
        Segment rest = new Segment(memory, share, basePosition, openedNanos);
        rest.sealed = true;
        rest.pages = pages.clone();
        rest.pageSlots = pageSlots.clone();
        rest.pageCount = pageCount;
        int firstPage = pageOf(index);
        Arrays.fill(rest.pageSlots, 0, firstPage, NO_SLOT);
        int lastPage = pageOf(index - 1);
        if (firstPage == lastPage) {
            memory.retain(pageSlots[firstPage]);
        }
        pageCount = lastPage + 1;
        rest.from = index;
        rest.count = count;
        for (int place = index; place < count; place++) {
            long entry = entry(place);
            rest.live += OffHeap.getByte(entry + EntryDescriptor.PENDING) > 0 ? 1 : 0;
            rest.records += OffHeap.getInt(entry + EntryDescriptor.RECORDS);
            rest.storedBytes += OffHeap.getInt(entry + EntryDescriptor.LENGTH);
            rest.wireBytes += OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
        }
        live -= rest.live;
        records -= rest.records;
        storedBytes -= rest.storedBytes;
        wireBytes -= rest.wireBytes;
        count = index;
        return rest;
    }

    /// Makes sure that `entries` more fit; false when the budget has no room for the page.
    boolean hasRoom(int entries) {
        while (count + entries > capacity()) {
            int bytes = pageCount == 0 ? FIRST_PAGE_BYTES : PAGE_BYTES;
            @Nullable Slab slab = memory.take(bytes, share);
            if (slab == null) {
                return false;
            }
            if (pageCount == pages.length) {
                pages = Arrays.copyOf(pages, pageCount * 2);
                pageSlots = Arrays.copyOf(pageSlots, pageCount * 2);
            }
            pageSlots[pageCount] = slab.slot();
            pages[pageCount++] = slab.address();
        }
        return true;
    }

    /// The index of a new entry, for which there is room.
    int claim() {
        if (count == capacity()) {
            throw new IllegalStateException("batch appended without admission: entries=" + count);
        }
        live++;
        return count++;
    }

    /// The address of an entry's descriptor.
    long entry(int index) {
        if (index < FIRST_PAGE_ENTRIES) {
            return pages[0] + (long) index * EntryDescriptor.BYTES;
        }
        int rest = index - FIRST_PAGE_ENTRIES;
        return pages[1 + rest / PAGE_ENTRIES]
                + (long) (rest % PAGE_ENTRIES) * EntryDescriptor.BYTES;
    }

    /// Begins anew after every entry was settled, keeping the first page.
    void reset(long nowNanos) {
        basePosition += count;
        count = 0;
        from = 0;
        records = 0;
        storedBytes = 0;
        wireBytes = 0;
        openedNanos = nowNanos;
        freePages(1);
    }

    /// Frees the pages, unless the packer reads them; the object may still be reached by a cursor
    /// on its way to [#next].
    void free() {
        if (!pinned) {
            freePages(0);
        }
    }

    private static int pageOf(int index) {
        return index < FIRST_PAGE_ENTRIES ? 0 : 1 + (index - FIRST_PAGE_ENTRIES) / PAGE_ENTRIES;
    }

    private int capacity() {
        return pageCount == 0 ? 0 : FIRST_PAGE_ENTRIES + (pageCount - 1) * PAGE_ENTRIES;
    }

    private void freePages(int kept) {
        while (pageCount > kept) {
            int slot = pageSlots[--pageCount];
            if (slot != NO_SLOT) {
                memory.release(slot);
            }
        }
    }
}
