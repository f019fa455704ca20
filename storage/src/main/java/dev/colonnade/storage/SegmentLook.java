package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import org.jspecify.annotations.Nullable;

/// A held segment while somebody looks at it who is no exporter: nothing is taken, nothing waits.
///
/// A block is kept until [#close], also when it leaves the store meanwhile; rows are copied a piece
/// at a time and not kept: those that every exporter is done with meanwhile are left out.
public final class SegmentLook implements AutoCloseable {
    /// How far [#copy] came.
    public enum Progress {
        /// There are copies; there may be more to copy.
        COPIED,
        /// The next request is longer than the target, see [RowCopies#neededBytes].
        TOO_LONG,
        /// Nothing is left to copy.
        END,
        /// What is left has become a block; another look finds it.
        CHANGED
    }

    private final StoreShard shard;
    private final long end;
    private long position;
    private @Nullable PackedState packed;

    private SegmentLook(StoreShard shard, long position, long end, @Nullable PackedState packed) {
        this.shard = shard;
        this.position = position;
        this.end = end;
        this.packed = packed;
    }

    /// The segment that has the entry at `position`; null when none has.
    static @Nullable SegmentLook at(StoreShard shard, long position) {
        @Nullable Segment segment = find(shard, position);
        if (segment == null
                || segment.live == 0
                || segment.basePosition + segment.from > position) {
            return null;
        }
        PackedState packed = segment.packed;
        if (packed != null) {
            packed.retain();
        }
        return new SegmentLook(
                shard,
                segment.basePosition + segment.from,
                segment.basePosition + segment.count,
                packed);
    }

    /// The block that holds its records, for any thread until this is closed; null when they are
    /// rows.
    public @Nullable StoredBlock block() {
        PackedState state = packed;
        return state == null ? null : state.block;
    }

    /// Copies the next rows, as many as fit, in place of those copied before. On the store's loop.
    public Progress copy(RowCopies target) {
        target.clear();
        @Nullable Segment segment = find(shard, position);
        while (segment != null && segment.basePosition + segment.from < end) {
            if (segment.packed != null) {
                return target.count() > 0 ? Progress.COPIED : Progress.CHANGED;
            }
            if (!copy(segment, target)) {
                return target.count() > 0 ? Progress.COPIED : Progress.TOO_LONG;
            }
            segment = segment.next;
        }
        return target.count() > 0 ? Progress.COPIED : Progress.END;
    }

    /// Lets go of the block. Idempotent; on the thread that looks, which may be any.
    @Override
    public void close() {
        PackedState state = packed;
        if (state != null) {
            packed = null;
            state.release();
        }
    }

    /// Copies what somebody needs; false when there is no room for all of it.
    private boolean copy(Segment segment, RowCopies target) {
        long base = segment.basePosition;
        int index = (int) (Math.max(position, base + segment.from) - base);
        int last = (int) (Math.min(end, base + segment.count) - base);
        for (; index < last; index++) {
            long entry = segment.entry(index);
            boolean isHeld = OffHeap.getByte(entry + EntryDescriptor.PENDING) > 0;
            int slot = OffHeap.getInt(entry + EntryDescriptor.SLOT);
            if (isHeld && !target.add(entry, shard.memory().slab(slot))) {
                return false;
            }
            position = base + index + 1;
        }
        return true;
    }

    /// The first segment that ends behind `position`.
    private static @Nullable Segment find(StoreShard shard, long position) {
        @Nullable Segment segment = shard.oldest();
        while (segment != null && segment.basePosition + segment.count <= position) {
            segment = segment.next;
        }
        return segment;
    }
}
