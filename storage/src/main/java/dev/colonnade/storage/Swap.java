package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.ShardMemory;

/// Puts a block in the place of the rows it was made of, and unpins what the packer read.
///
/// What happened to the rows meanwhile is honoured. No lease refers to them, so what each cursor
/// has settled of them is what lies before it: the settled entries, if any, are the first ones.
final class Swap {
    private final StoreShard shard;
    private final ShardMemory memory;
    private final PackJob job;

    /// Of the entries in the block: how many all have settled, and of the others the records and
    /// bytes.
    int dead;

    long records;
    long wireBytes;
    long rowBytes;

    /// How many cursors need the first and the last of them.
    private int firstPending;

    private int lastPending;

    /// When the first of them was received.
    private long firstNanos;

    Swap(StoreShard shard, ShardMemory memory, PackJob job) {
        this.shard = shard;
        this.memory = memory;
        this.job = job;
        int left = job.covered;
        for (int number = 0; number < job.segments.length && left > 0; number++) {
            Segment segment = job.segments[number];
            int begin = begin(number);
            int end = Math.min(segment.count, begin + left);
            left -= end - begin;
            count(segment, begin, end);
        }
    }

    /// What a packed segment has to know of the rows.
    PackedState.Facts facts() {
        return new PackedState.Facts(firstNanos, records, wireBytes);
    }

    /// Makes the packed segment, puts it into the list, and has the cursors stand in it that stood
    /// in the rows. The rows are still there.
    void replace(SegmentList list, PackedState state) {
        Segment first = job.segments[0];
        Segment home = Segment.packed(first, job.firstIndex, job.covered);
        home.from = dead;
        home.live = job.covered - dead;
        home.wireBytes = wireBytes;
        home.packed = state;
        state.uniform = lastPending;
        if (firstPending != lastPending) {
            state.part.enter(home, state);
        }
        int left = job.covered;
        int place = 0;
        Segment behind = first;
        for (int number = 0; number < job.segments.length && left > 0; number++) {
            Segment segment = job.segments[number];
            int begin = begin(number);
            int end = Math.min(segment.count, begin + left);
            move(segment, begin, end, home, state, place);
            place += end - begin;
            left -= end - begin;
            behind = end < segment.count ? segment : SegmentList.following(segment);
        }
        list.insertBefore(home, behind);
    }

    /// Frees what was settled while the packer read it and, where the block took their place, the
    /// rows.
    void unpin(SegmentList list, boolean isReplaced) {
        int left = isReplaced ? job.covered : 0;
        for (int number = 0; number < job.segments.length; number++) {
            Segment segment = job.segments[number];
            int begin = begin(number);
            int end = Math.min(segment.count, begin + left);
            left -= end - begin;
            boolean wasListed = segment.live > 0;
            segment.pinned = false;
            for (int index = begin; index < segment.count; index++) {
                long entry = segment.entry(index);
                boolean isDead = OffHeap.getByte(entry + EntryDescriptor.PENDING) == 0;
                if (isDead || index < end) {
                    memory.release(OffHeap.getInt(entry + EntryDescriptor.SLOT));
                    segment.live -= isDead ? 0 : 1;
                }
                if (index < end) {
                    segment.records -= OffHeap.getInt(entry + EntryDescriptor.RECORDS);
                    segment.storedBytes -= OffHeap.getInt(entry + EntryDescriptor.LENGTH);
                    segment.wireBytes -= OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
                }
            }
            if (end > begin) {
                segment.from = end;
            }
            if (segment.live == 0) {
                if (wasListed) {
                    list.remove(segment);
                }
                segment.free();
            }
        }
    }

    private int begin(int number) {
        return number == 0 ? job.firstIndex : job.segments[number].from;
    }

    private void count(Segment segment, int begin, int end) {
        for (int index = begin; index < end; index++) {
            long entry = segment.entry(index);
            int pending = OffHeap.getByte(entry + EntryDescriptor.PENDING);
            if (pending == 0) {
                dead++;
                continue;
            }
            if (firstPending == 0) {
                firstPending = pending;
                firstNanos = OffHeap.getLong(entry + EntryDescriptor.RECEIVED);
            }
            lastPending = pending;
            records += OffHeap.getInt(entry + EntryDescriptor.RECORDS);
            wireBytes += OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
            rowBytes += OffHeap.getInt(entry + EntryDescriptor.LENGTH);
        }
    }

    private void move(
            Segment segment, int begin, int end, Segment home, PackedState state, int place) {
        for (int index = begin; index < end; index++) {
            long entry = segment.entry(index);
            int worst = OffHeap.getByte(entry + EntryDescriptor.WORST_DROP);
            int at = place + index - begin;
            if (state.isEntered()) {
                state.pending[at] = OffHeap.getByte(entry + EntryDescriptor.PENDING);
            }
            int metadataId = OffHeap.getInt(entry + EntryDescriptor.METADATA);
            if (metadataId != MetadataTable.NONE && at >= home.from) {
                if (state.metadataIds.get(metadataId)) {
                    shard.metadata().release(metadataId);
                } else {
                    state.metadataIds.set(metadataId);
                }
            }
            if (worst != 0) {
                shard.rememberWorst(home.basePosition + at, worst);
            }
        }
        for (int number = 0; number < shard.cursorCount(); number++) {
            Place cursor = shard.cursor(number).place();
            if (cursor.segment == segment && cursor.index < end) {
                cursor.redirect(home, place + cursor.index - begin, cursor.receivedNanos());
            }
        }
    }
}
