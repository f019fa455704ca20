package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Finds the runs of row segments that could be packed, and the blocks of columns, the oldest
/// first.
///
/// A run is made of adjacent segments to which no lease refers and which lie behind the head window
/// of every cursor that has them before it, so that a backend that keeps up never waits for
/// unpacking. It may begin inside of a segment, behind what of that is leased or in a head window.
/// It ends where it would become larger than asked for, but has one segment at least.
final class RunFinder {
    private static final int UNREACHED = -1;

    private final StoreShard shard;
    private final SegmentList list;
    private final ShapeDecider decider;
    private final long wireBytesMax;

    /// For each cursor the bytes of plain OTLP from its place to where the search is.
    private final long[] ahead;

    private @Nullable Segment next;
    private long headBytes;
    private long recordsMax;
    private long storedBytesMax;
    private int stamp;

    // The run that was found, or the block.

    private @Nullable Segment block;
    private @Nullable Segment first;
    private int firstIndex;
    private int segments;
    private int entries;
    private long records;
    private long wireBytes;
    private long storedBytes;
    private long nearest;
    private boolean isFull;

    /// @param wireBytesMax the most bytes of plain OTLP in a run
    RunFinder(
            StoreShard shard,
            SegmentList list,
            ShapeDecider decider,
            int cursors,
            long wireBytesMax) {
        this.shard = shard;
        this.list = list;
        this.decider = decider;
        this.wireBytesMax = wireBytesMax;
        ahead = new long[cursors];
    }

    /// Begins anew at the oldest segment.
    void begin() {
        headBytes = decider.headBytes();
        recordsMax = Math.min(Segment.RECORDS_MAX, decider.runRecordsMax());
        storedBytesMax = decider.runBytesMax();
        stampLeased();
        for (int index = 0; index < ahead.length; index++) {
            boolean _ = shard.cursor(index).place().moveToEntry();
        }
        Arrays.fill(ahead, UNREACHED);
        next = list.oldest();
    }

    /// Goes on to the next run; false when there is none.
    boolean find() {
        first = null;
        block = null;
        segments = 0;
        entries = 0;
        records = 0;
        wireBytes = 0;
        storedBytes = 0;
        isFull = false;
        @Nullable Segment segment = next;
        while (segment != null) {
            reach(segment);
            if (first == null && mayBecomeSmaller(segment)) {
                block = segment;
                firstIndex = segment.from;
                nearest = nearest(segment);
                pass(segment);
                next = segment.next;
                return true;
            }
            int begin = begin(segment);
            boolean isFree = begin < segment.count;
            boolean isWhole = isFree && !isLiveBefore(segment, begin);
            if (first != null && (!isWhole || !hasRoomFor(segment))) {
                isFull = isWhole;
                break;
            }
            if (isFree) {
                add(segment, begin);
            }
            pass(segment);
            segment = segment.next;
        }
        next = segment;
        return first != null;
    }

    /// The segment of the block that was found; null when rows were.
    @Nullable Segment block() {
        return block;
    }

    /// What was found, for whoever decides.
    ShapeCandidate candidate() {
        Segment home = block;
        if (home != null && home.packed != null) {
            return candidate(home, home.packed);
        }
        return new ShapeCandidate(
                Shape.ROW,
                segments,
                entries,
                records,
                wireBytes,
                storedBytes + (long) entries * EntryDescriptor.BYTES,
                OffHeap.getLong(first().entry(firstIndex) + EntryDescriptor.RECEIVED),
                nearest,
                isFull);
    }

    private ShapeCandidate candidate(Segment home, PackedState state) {
        return new ShapeCandidate(
                state.block.shape(),
                1,
                home.count - home.from,
                state.facts.records(),
                state.facts.wireBytes(),
                state.block.capacityBytes(),
                state.facts.firstNanos(),
                nearest,
                true);
    }

    /// Whether it is a block that is not packed, and in which nobody is.
    private static boolean mayBecomeSmaller(Segment segment) {
        PackedState state = segment.packed;
        return state != null
                && state.block.shape() == Shape.COLUMN
                && !state.isEntered()
                && !state.staysAsItIs;
    }

    /// The segments of the run.
    Segment[] segments() {
        Segment[] run = new Segment[segments];
        Segment segment = first();
        for (int index = 0; index < run.length; index++) {
            run[index] = segment;
            segment = index + 1 < run.length ? SegmentList.following(segment) : segment;
        }
        return run;
    }

    /// The index, in the run's first segment, of the run's first entry.
    int firstIndex() {
        return firstIndex;
    }

    /// Whether entries before that one stay rows.
    boolean isFirstCut() {
        return isLiveBefore(first(), firstIndex);
    }

    /// Cuts off what is before, which stays rows in a segment of its own; the first must be sealed.
    void cutFirst() {
        Segment kept = first();
        Segment rest = kept.split(firstIndex);
        list.insertBefore(rest, SegmentList.following(kept));
        for (int index = 0; index < ahead.length; index++) {
            Place place = shard.cursor(index).place();
            if (place.segment == kept && place.index >= firstIndex) {
                place.segment = rest;
            }
        }
        first = rest;
    }

    /// The last segment of the run.
    Segment last() {
        Segment[] run = segments();
        return run[run.length - 1];
    }

    /// Marks the segments that leases refer to.
    ///
    /// @return the mark of this time
    int stampLeased() {
        stamp++;
        for (int index = 0; index < ahead.length; index++) {
            shard.cursor(index).stampLeased(stamp);
        }
        return stamp;
    }

    private Segment first() {
        Segment oldest = first;
        if (oldest == null) {
            throw new IllegalStateException("no run was found");
        }
        return oldest;
    }

    private boolean hasRoomFor(Segment segment) {
        return records + segment.records <= recordsMax
                && wireBytes + segment.wireBytes <= wireBytesMax
                && storedBytes + segment.storedBytes <= storedBytesMax;
    }

    private void add(Segment segment, int begin) {
        segments++;
        if (first != null) {
            entries += segment.live;
            records += segment.records;
            wireBytes += segment.wireBytes;
            storedBytes += segment.storedBytes;
            return;
        }
        first = segment;
        firstIndex = begin;
        nearest = nearest(segment);
        entries = segment.count - begin;
        for (int index = begin; index < segment.count; index++) {
            long entry = segment.entry(index);
            records += OffHeap.getInt(entry + EntryDescriptor.RECORDS);
            wireBytes += OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
            storedBytes += OffHeap.getInt(entry + EntryDescriptor.LENGTH);
        }
    }

    private void reach(Segment segment) {
        for (int index = 0; index < ahead.length; index++) {
            if (ahead[index] == UNREACHED && shard.cursor(index).place().listed() == segment) {
                ahead[index] = 0;
            }
        }
    }

    /// Goes behind the segment.
    private void pass(Segment segment) {
        for (int index = 0; index < ahead.length; index++) {
            if (ahead[index] == UNREACHED) {
                continue;
            }
            Place place = shard.cursor(index).place();
            boolean isInside = place.listed() == segment && place.listedIndex() > segment.from;
            if (!isInside) {
                ahead[index] += segment.wireBytes;
            } else if (segment.packed == null) {
                ahead[index] += wireBytes(segment, place.listedIndex(), segment.count);
            }
        }
    }

    /// The first entry that somebody needs, and that stands behind leases and head windows; the
    /// count of entries when there is none.
    private int begin(Segment segment) {
        if (segment.packed != null || segment.staysRow || segment.pinned || segment.live == 0) {
            return segment.count;
        }
        int begin = segment.from;
        if (segment.leasedStamp == stamp) {
            begin = Math.max(begin, segment.leasedEnd);
        }
        for (int index = 0; index < ahead.length; index++) {
            if (ahead[index] != UNREACHED && ahead[index] < headBytes) {
                begin = Math.max(begin, behindHead(segment, index));
            }
        }
        while (begin < segment.count && pending(segment, begin) == 0) {
            begin++;
        }
        return begin;
    }

    /// The index behind a cursor's head window.
    private int behindHead(Segment segment, int cursor) {
        Place place = shard.cursor(cursor).place();
        int index = place.listed() == segment ? place.listedIndex() : segment.from;
        long left = headBytes - ahead[cursor];
        while (index < segment.count && left > 0) {
            left -= OffHeap.getInt(segment.entry(index++) + EntryDescriptor.WIRE_BYTES);
        }
        return index;
    }

    private static boolean isLiveBefore(Segment segment, int index) {
        for (int before = segment.from; before < index; before++) {
            if (pending(segment, before) > 0) {
                return true;
            }
        }
        return false;
    }

    private static int pending(Segment segment, int index) {
        return OffHeap.getByte(segment.entry(index) + EntryDescriptor.PENDING);
    }

    private static long wireBytes(Segment segment, int begin, int end) {
        long bytes = 0;
        for (int index = begin; index < end; index++) {
            bytes += OffHeap.getInt(segment.entry(index) + EntryDescriptor.WIRE_BYTES);
        }
        return bytes;
    }

    /// How far the run's first entry is from the nearest cursor that has it before itself.
    private long nearest(Segment segment) {
        long least = Long.MAX_VALUE;
        for (int index = 0; index < ahead.length; index++) {
            if (ahead[index] == UNREACHED) {
                continue;
            }
            Place place = shard.cursor(index).place();
            int from = place.listed() == segment ? place.listedIndex() : segment.from;
            if (from <= firstIndex) {
                least = Math.min(least, ahead[index] + wireBytes(segment, from, firstIndex));
            } else {
                least = 0;
            }
        }
        return least == Long.MAX_VALUE ? 0 : least;
    }
}
