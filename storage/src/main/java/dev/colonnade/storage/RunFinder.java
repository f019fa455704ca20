package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Finds the runs of row segments that could be packed, the oldest first.
///
/// A run is made of adjacent segments to which no lease refers and which lie behind the head window
/// of every cursor that has them before it, so that a backend that keeps up never waits for
/// unpacking. It ends where it would become larger than asked for, but has one segment at least.
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

    // The run that was found.

    private @Nullable Segment first;
    private int segments;
    private int entries;
    private long records;
    private long wireBytes;
    private long storedBytes;
    private long nearest;

    /// @param wireBytesMax the most bytes of plain OTLP that a block can hold
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
        segments = 0;
        entries = 0;
        records = 0;
        wireBytes = 0;
        storedBytes = 0;
        @Nullable Segment segment = next;
        while (segment != null) {
            reach(segment);
            boolean isFree = isFree(segment);
            if (first != null && (!isFree || !hasRoomFor(segment))) {
                break;
            }
            if (isFree) {
                add(segment);
            }
            pass(segment);
            segment = segment.next;
        }
        next = segment;
        return first != null;
    }

    /// The run that was found, for whoever decides.
    ShapeCandidate candidate() {
        return new ShapeCandidate(
                Shape.ROW,
                segments,
                entries,
                records,
                wireBytes,
                storedBytes + (long) entries * EntryDescriptor.BYTES,
                OffHeap.getLong(first().entry(firstIndex()) + EntryDescriptor.RECEIVED),
                nearest,
                next != null && (records >= recordsMax / 2 || wireBytes >= wireBytesMax / 2));
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

    /// The index, in the run's first segment, of the first entry that somebody needs.
    int firstIndex() {
        Segment oldest = first();
        int index = oldest.from;
        while (OffHeap.getByte(oldest.entry(index) + EntryDescriptor.PENDING) == 0) {
            index++;
        }
        return index;
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

    private void add(Segment segment) {
        if (first == null) {
            first = segment;
            nearest = nearest();
        }
        segments++;
        entries += segment.live;
        records += segment.records;
        wireBytes += segment.wireBytes;
        storedBytes += segment.storedBytes;
    }

    private void reach(Segment segment) {
        for (int index = 0; index < ahead.length; index++) {
            if (ahead[index] == UNREACHED && shard.cursor(index).place().listed() == segment) {
                ahead[index] = 0;
            }
        }
    }

    /// Goes behind the segment. Where a cursor stands inside, what of it lies before the cursor is
    /// not known, and taken for nothing.
    private void pass(Segment segment) {
        for (int index = 0; index < ahead.length; index++) {
            Place place = shard.cursor(index).place();
            boolean isInside = place.listed() == segment && place.listedIndex() > segment.from;
            if (ahead[index] != UNREACHED && !isInside) {
                ahead[index] += segment.wireBytes;
            }
        }
    }

    private boolean isFree(Segment segment) {
        if (segment.packed != null
                || segment.staysRow
                || segment.pinned
                || segment.live == 0
                || segment.leasedStamp == stamp) {
            return false;
        }
        for (int index = 0; index < ahead.length; index++) {
            if (ahead[index] != UNREACHED && ahead[index] < headBytes) {
                return false;
            }
        }
        return true;
    }

    private long nearest() {
        long least = Long.MAX_VALUE;
        for (int index = 0; index < ahead.length; index++) {
            if (ahead[index] != UNREACHED) {
                least = Math.min(least, ahead[index]);
            }
        }
        return least;
    }
}
