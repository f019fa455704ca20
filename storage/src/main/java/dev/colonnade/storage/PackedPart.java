package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.ShardMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The packed segments of a shard: how cursors read them, and when they go.
///
/// A cursor that reaches one gets a window of rows, and goes on from window to window. The block
/// stays as it is until its last entry was settled by all, so that a window can be dropped and
/// rebuilt at any time: for an exporter that lags behind another, or when the backend is lost
/// again.
final class PackedPart {
    private final StoreShard shard;
    private final ShardMemory memory;
    private final SegmentList list;
    private final Holdings holdings;
    private final Unpacker unpacker;
    private final ShardShaping shaping;
    private final ShapeDecider decider;
    private final ShapeMeter meter;
    private final LongSupplier nanoClock;

    /// Those whose blocks are charged to the packer's reserve still: few, as that is small.
    private final List<PackedState> uncharged = new ArrayList<>();

    /// Kept for the next segment that somebody enters; a byte per entry.
    private byte[] sparePending = PackedState.NOBODY;

    PackedPart(
            StoreShard shard,
            ShardMemory memory,
            SegmentList list,
            Holdings holdings,
            ShardShaping shaping,
            ShapeMeter meter,
            LongSupplier nanoClock) {
        this.shard = shard;
        this.memory = memory;
        this.list = list;
        this.holdings = holdings;
        unpacker = shaping.unpacker();
        decider = shaping.decider();
        this.shaping = shaping;
        this.meter = meter;
        this.nanoClock = nanoClock;
    }

    /// Takes over a block that the packer made.
    void add(PackedState state) {
        uncharged.add(state);
    }

    /// Goes on with another block for a segment in which nobody is.
    void replace(Segment home, PackedState old, PackedState fresh) {
        home.packed = fresh;
        holdings.repacked(old.block, fresh.block, fresh.facts.records(), fresh.facts.wireBytes());
        uncharged.remove(old);
        unpacker.forget(old);
        old.release();
        uncharged.add(fresh);
    }

    /// Has blocks charged to the pipeline, now that the rows they replace are gone, as far as there
    /// is room: a row's slab goes with its last entry only.
    void chargeBlocks() {
        while (!uncharged.isEmpty()) {
            StoredBlock block = uncharged.getFirst().block;
            if (!block.charge(shaping.charge(block.shape()))) {
                return;
            }
            uncharged.removeFirst();
        }
    }

    /// The window that has the entry with that index: one that is open, or a new one; null when
    /// there is no room for one now.
    @Nullable Segment window(Segment home, PackedState state, int index, Cursor cursor) {
        @Nullable Segment open = open(state, index, false);
        if (open != null) {
            return open;
        }
        long started = nanoClock.getAsLong();
        @Nullable Segment window = unpacker.window(home, state, index, cursor.room(), started);
        if (window != null) {
            long now = nanoClock.getAsLong();
            Shape shape = state.block.shape();
            meter.unpacked(shape, window.records, now - started);
            if (window.records > 0) {
                decider.unmade(shape, window.records, now - started);
            }
        }
        return opened(home, state, window, cursor, started);
    }

    /// The same, where the block itself is to be read: its entries are described, not rebuilt.
    @Nullable Segment columns(Segment home, PackedState state, int index, Cursor cursor) {
        @Nullable Segment open = open(state, index, true);
        if (open != null) {
            return open;
        }
        long started = nanoClock.getAsLong();
        @Nullable Segment window = unpacker.columns(home, state, index, cursor.room());
        if (window != null) {
            meter.lent(state.block.shape(), window.records);
        }
        return opened(home, state, window, cursor, started);
    }

    private static @Nullable Segment open(PackedState state, int index, boolean isColumns) {
        for (int number = 0; number < state.windows.size(); number++) {
            Segment segment = state.windows.get(number);
            Window window = windowOf(segment);
            if (window.isColumns() == isColumns
                    && index >= window.start
                    && index < window.start + segment.count) {
                return segment;
            }
        }
        return null;
    }

    private @Nullable Segment opened(
            Segment home,
            PackedState state,
            @Nullable Segment window,
            Cursor cursor,
            long started) {
        cursor.starved(window == null);
        if (window == null) {
            unpacker.starve(cursor);
            return null;
        }
        enter(home, state);
        state.windows.add(window);
        if (!state.wasReached) {
            state.wasReached = true;
            meter.waited(state.decision.predictedWaitNanos(), started - state.changedNanos);
        }
        return window;
    }

    /// Gives each entry a number of its own.
    void enter(Segment home, PackedState state) {
        if (state.isEntered()) {
            return;
        }
        if (sparePending.length >= home.count) {
            state.pending = sparePending;
            sparePending = PackedState.NOBODY;
        } else {
            state.pending = new byte[home.count];
        }
        Arrays.fill(state.pending, 0, home.from, (byte) 0);
        Arrays.fill(state.pending, home.from, home.count, (byte) state.uniform);
    }

    /// One exporter is done with an entry of a window; the last one frees it.
    void settle(Segment segment, int index) {
        Window window = windowOf(segment);
        Segment home = window.home;
        PackedState state = window.state;
        int place = window.start + index;
        int pending = --state.pending[place];
        long position = segment.basePosition + index;
        if (pending < 0) {
            throw new IllegalStateException("entry settled twice: position=" + position);
        }
        long entry = segment.entry(index);
        int worst = OffHeap.getByte(entry + EntryDescriptor.WORST_DROP);
        if (pending > 0) {
            shard.rememberWorst(position, worst);
            return;
        }
        holdings.settledPacked(
                state.block.shape(),
                1,
                OffHeap.getInt(entry + EntryDescriptor.RECORDS),
                OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES));
        if (--home.live == 0) {
            free(home, state);
        }
        shard.tell(position, worst);
    }

    /// A lease over entries of a window has ended.
    void leaseEnded(Segment segment) {
        if (--windowOf(segment).leases == 0) {
            closeUnused(segment);
        }
    }

    /// Closes a window that no lease refers to and in which nobody stands before its end.
    void closeUnused(Segment segment) {
        if (windowOf(segment).leases > 0) {
            return;
        }
        for (int index = 0; index < shard.cursorCount(); index++) {
            if (shard.cursor(index).place().needs(segment)) {
                return;
            }
        }
        close(segment);
    }

    /// Drops all entries for a cursor that stands before the first; the last cursor frees the block
    /// unread.
    void dropWhole(Segment home, PackedState state, Cursor cursor, DropReason reason) {
        int entries = home.count - home.from;
        int pending = --state.uniform;
        cursor.droppedWhole(home, entries, state, reason);
        long first = home.basePosition + home.from;
        if (pending == 0) {
            home.live = 0;
            holdings.settledPacked(
                    state.block.shape(), entries, state.facts.records(), state.facts.wireBytes());
            free(home, state);
        }
        if (shard.hasAcks()) {
            for (int index = 0; index < entries; index++) {
                if (pending == 0) {
                    shard.tell(first + index, reason.ordinal() + 1);
                } else {
                    shard.rememberWorst(first + index, reason.ordinal() + 1);
                }
            }
        }
    }

    /// Drops the entry with that index for a cursor that stands before it and could get no window;
    /// false when it cannot even be read.
    boolean dropUnread(
            Segment home, PackedState state, int index, Cursor cursor, DropReason reason) {
        if (!unpacker.seek(state, index)) {
            return false;
        }
        enter(home, state);
        int wireBytes = unpacker.reader().nextLength();
        int records = unpacker.reader().records();
        unpacker.skip();
        int pending = --state.pending[index];
        cursor.droppedUnread(unpacker.nextNanos(), records, wireBytes, reason);
        if (pending == 0) {
            holdings.settledPacked(state.block.shape(), 1, records, wireBytes);
            if (--home.live == 0) {
                free(home, state);
            }
        }
        leave(home, state);
        long position = home.basePosition + index;
        if (pending == 0) {
            shard.tell(position, reason.ordinal() + 1);
        } else {
            shard.rememberWorst(position, reason.ordinal() + 1);
        }
        return true;
    }

    /// Closes windows in which somebody stands who took nothing for a while: the rows are packed
    /// still.
    void tick(Segment segment) {
        Window window = windowOf(segment);
        if (window.touched || window.leases > 0) {
            window.touched = false;
            return;
        }
        close(segment);
    }

    private void close(Segment segment) {
        for (int index = 0; index < shard.cursorCount(); index++) {
            shard.cursor(index).place().leave(segment);
        }
        Window window = windowOf(segment);
        window.state.windows.remove(segment);
        if (!window.isColumns()) {
            memory.release(window.slot);
        }
        segment.free();
        leave(window.home, window.state);
        unpacker.freed();
    }

    /// Goes back to one number for all entries, when nobody is inside any more.
    private void leave(Segment home, PackedState state) {
        if (!state.windows.isEmpty() || !state.isEntered()) {
            return;
        }
        for (int index = 0; index < shard.cursorCount(); index++) {
            if (shard.cursor(index).place().isInside(home)) {
                return;
            }
        }
        state.uniform = state.pending[home.count - 1];
        if (sparePending.length < state.pending.length) {
            sparePending = state.pending;
        }
        state.pending = PackedState.NOBODY;
    }

    private void free(Segment home, PackedState state) {
        list.remove(home);
        uncharged.remove(state);
        holdings.blockFreed(state.block);
        unpacker.forget(state);
        state.release();
        for (int id = state.metadataIds.nextSetBit(0);
                id >= 0;
                id = state.metadataIds.nextSetBit(id + 1)) {
            shard.metadata().release(id);
        }
    }

    static Window windowOf(Segment segment) {
        Window window = segment.window;
        if (window == null) {
            throw new IllegalStateException("segment is no window");
        }
        return window;
    }
}
