package dev.colonnade.storage;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// Rebuilds rows from blocks, for all stores on one loop.
///
/// Its memory is a floor in three parts, so that a full store can always drain: what the reader
/// works with; a part for each cursor, which no other can take, however long a dead backend keeps
/// its requests; and one part for whoever has an entry that is too large for his own. While the
/// pipeline has room, windows are larger and are charged to that, an eighth of it at a time.
///
/// Used by its loop's thread only, and made before the loop runs.
public final class Unpacker implements AutoCloseable {
    /// As large as the requests that exporters like to merge.
    private static final int WINDOW_BYTES = 1 << 20;

    private static final int WINDOW_BYTES_MIN = SlabPool.CAPACITY_MIN;

    /// A window takes no more than such a part of the pipeline's room.
    private static final int PLENTY = 8;

    /// The first page of a window's entry table.
    private static final int PAGE_BYTES = SlabPool.CAPACITY_MIN;

    /// The most entries of a window: those of two leases, and of the first two pages.
    private static final int ENTRIES_MAX = 2047;

    /// The most entries that are described at once: what a block has records, so that requests of
    /// one record do not have it read several times.
    private static final int DESCRIBED_MAX = 16_384;

    private static final long IDLE_NANOS = 2_000_000_000L;

    private static final int LARGE_STEP = 64 << 10;

    /// What windows of one cursor are charged to.
    static final class Room {
        private final MemoryBudget pipeline;
        private final BudgetShare pipelineShare;
        private final MemoryBudget own;
        private final BudgetShare ownShare;

        private Room(MemoryBudget pipeline, MemoryBudget own) {
            this.pipeline = pipeline;
            pipelineShare = BudgetShare.of(pipeline);
            this.own = own;
            ownShare = BudgetShare.of(own);
        }
    }

    private final ShardMemory memory;
    private final BlockReader reader;
    private final Executor loop;
    private final MemoryBudget floor;
    private final MemoryBudget common;
    private final BudgetShare commonShare;
    private final long ownBytes;
    private final List<Room> rooms = new ArrayList<>();
    private final List<Cursor> starved = new ArrayList<>();
    private @Nullable PackedState open;
    private int position;
    private long bytesBefore;
    private long usedNanos;
    private boolean isWaking;

    /// An unpacker for the loop that `memory` belongs to.
    ///
    /// @param floor its own; at least what the reader needs, and for each cursor and all together
    ///   what a window needs
    /// @param loop runs tasks on the loop
    public Unpacker(
            ShardMemory memory,
            SlabPool pool,
            BlockFormat format,
            MemoryBudget floor,
            Executor loop) {
        this(memory, pool, format, floor, (floor.limit() - format.readerBytesMax()) / 2, loop);
    }

    /// One whose part for entries that are too large for their cursor's is `largeBytes` of what the
    /// reader leaves, see [#largeBytes].
    public Unpacker(
            ShardMemory memory,
            SlabPool pool,
            BlockFormat format,
            MemoryBudget floor,
            long largeBytes,
            Executor loop) {
        this.memory = memory;
        this.floor = floor;
        this.loop = loop;
        long rows = floor.limit() - format.readerBytesMax();
        if (rows < 2L * (WINDOW_BYTES_MIN + PAGE_BYTES)) {
            throw new IllegalArgumentException(
                    "floor is too small to unpack: bytes="
                            + floor.limit()
                            + ", reader="
                            + format.readerBytesMax());
        }
        reader =
                format.reader(pool, BudgetShare.of(floor.child("unpack", format.readerBytesMax())));
        common = floor.child("unpack", largeBytes);
        commonShare = BudgetShare.of(common);
        ownBytes = rows - largeBytes;
    }

    /// The floor for `format` in which an entry of `entryBytes` can be unpacked, and `cursors`
    /// cursors have two windows of `windowBytes` each.
    public static long floorBytes(
            BlockFormat format, int entryBytes, int cursors, int windowBytes) {
        long windows = windowsBytes(cursors, windowBytes);
        return format.readerBytesMax() + 2 * Math.max(largeBytes(entryBytes), windows);
    }

    /// The same for small budgets, where what the longest entry needs is far more than what
    /// cursors' windows do: [#largeBytes] for that, and no more than needed for them.
    public static long smallFloorBytes(
            BlockFormat format, int entryBytes, int cursors, int windowBytes) {
        return format.readerBytesMax()
                + largeBytes(entryBytes)
                + windowsBytes(cursors, windowBytes);
    }

    /// What unpacking an entry of `entryBytes` takes.
    public static long largeBytes(int entryBytes) {
        return SlabPool.capacityFor(entryBytes) + (long) PAGE_BYTES;
    }

    private static long windowsBytes(int cursors, int windowBytes) {
        return 2L * cursors * (SlabPool.capacityFor(windowBytes) + PAGE_BYTES);
    }

    /// The longest entry that can be rebuilt, whatever else is going on; longer ones must not be
    /// packed.
    public int entryBytesMax() {
        long bytes = Math.min(common.limit() - PAGE_BYTES, SlabPool.CAPACITY_MAX);
        return bytes > 1 << 20
                ? (int) (bytes / LARGE_STEP * LARGE_STEP)
                : (int) Long.highestOneBit(bytes);
    }

    /// The room of one more cursor; each gets an even part.
    Room room(MemoryBudget pipeline) {
        Room room = new Room(pipeline, floor.child("unpack", 0));
        rooms.add(room);
        long part = ownBytes / rooms.size();
        rooms.forEach(each -> each.own.limit(part));
        return room;
    }

    /// Rebuilds some entries of a packed segment, from `index` on; null when there is no room even
    /// for one.
    ///
    /// @param nowNanos the store's clock
    @Nullable Segment window(Segment home, PackedState state, int index, Room room, long nowNanos) {
        usedNanos = nowNanos;
        if (!seek(state, index)) {
            return null;
        }
        int first = reader.nextLength();
        int rest = (int) Math.min(WINDOW_BYTES, state.block.wireBytes() - bytesBefore);
        int wanted = Math.max(first, rest);
        int ownPart = (int) Math.min(WINDOW_BYTES, room.own.limit() / 2 - PAGE_BYTES);
        int own = Math.max(WINDOW_BYTES_MIN, Integer.highestOneBit(Math.max(1, ownPart)));
        long spare = Long.highestOneBit(Math.max(1, room.pipeline.available() / PLENTY));
        @Nullable Segment window = null;
        if (room.pipeline.available() >= PLENTY * (long) wanted) {
            window = build(home, state, index, wanted, room.pipelineShare);
        } else if (spare >= first && spare > own) {
            window = build(home, state, index, (int) spare, room.pipelineShare);
        }
        if (window == null) {
            window = build(home, state, index, Math.max(first, Math.min(own, rest)), room.ownShare);
        }
        if (window == null) {
            window = build(home, state, index, first, room.pipelineShare);
        }
        return window == null ? build(home, state, index, first, commonShare) : window;
    }

    /// Describes entries of a packed segment, from `index` on, as many as came with the same
    /// metadata, for whoever reads its block; null when there is no room even for one.
    @Nullable Segment columns(Segment home, PackedState state, int index, Room room) {
        open = null;
        if (!reader.describe(state.block)) {
            return null;
        }
        for (int before = 0; before < index; before++) {
            reader.skip();
        }
        @Nullable Segment window = null;
        if (room.pipeline.available() >= PLENTY * (long) PAGE_BYTES) {
            window = described(home, state, index, room.pipelineShare);
        }
        if (window == null) {
            window = described(home, state, index, room.ownShare);
        }
        if (window == null) {
            window = described(home, state, index, commonShare);
        }
        reader.release();
        return window;
    }

    private @Nullable Segment described(
            Segment home, PackedState state, int start, BudgetShare share) {
        Segment window = new Segment(memory, share, home.basePosition + start, 0);
        window.sealed = true;
        if (!window.hasRoom(1)) {
            return null;
        }
        int metadata = reader.metadataId();
        while (reader.nextLength() != BlockReader.END
                && reader.metadataId() == metadata
                && window.count < DESCRIBED_MAX
                && window.hasRoom(1)) {
            describe(window.entry(window.claim()), Window.NO_SLOT, 0, reader.nextLength());
            window.records += reader.records();
            reader.skip();
        }
        window.window = new Window(home, state, start, Window.NO_SLOT, nextNanos());
        return window;
    }

    /// Goes to the entry with that index, from where the reader is if that is before it; false when
    /// there is no memory to read with.
    boolean seek(PackedState state, int index) {
        if (open != state || position > index) {
            open = null;
            position = 0;
            bytesBefore = 0;
            if (!reader.open(state.block)) {
                return false;
            }
            open = state;
        }
        while (position < index) {
            passed(reader.nextLength());
            reader.skip();
        }
        return true;
    }

    /// What stands next, after [#seek].
    BlockReader reader() {
        return reader;
    }

    /// Goes on by one entry, after [#seek].
    void skip() {
        passed(reader.nextLength());
        reader.skip();
    }

    /// When the entry that stands next was received; 0 when none does.
    long nextNanos() {
        return reader.nextLength() == BlockReader.END ? 0 : reader.receivedNanos();
    }

    /// The block is about to go.
    void forget(PackedState state) {
        if (open == state) {
            open = null;
            reader.release();
        }
    }

    /// Lets go of the block that is open, where nobody read on for a while, and wakes who found no
    /// room: what others gave back is not told here.
    void tick(long nowNanos) {
        PackedState state = open;
        if (state != null && nowNanos - usedNanos > IDLE_NANOS) {
            forget(state);
        }
        freed();
    }

    /// A cursor found no room; it is woken when there may be some.
    void starve(Cursor cursor) {
        if (!starved.contains(cursor)) {
            starved.add(cursor);
        }
    }

    /// Memory was given back: whoever waits for some is woken, from a task of its own.
    void freed() {
        if (starved.isEmpty() || isWaking) {
            return;
        }
        isWaking = true;
        try {
            loop.execute(this::wakeStarved);
        } catch (RejectedExecutionException _) {
            // The loop is closed: nobody waits there any more.
            isWaking = false;
        }
    }

    /// Has whoever found no room try again.
    void wakeStarved() {
        isWaking = false;
        List<Cursor> woken = List.copyOf(starved);
        starved.clear();
        woken.forEach(Cursor::wake);
    }

    /// Frees what it works with; the windows must be closed.
    @Override
    public void close() {
        open = null;
        reader.close();
    }

    /// A window in a slab of at least `bytes`, of which there must be room for the next entry.
    private @Nullable Segment build(
            Segment home, PackedState state, int start, int bytes, BudgetShare share) {
        @Nullable Slab slab = memory.take(bytes, share);
        if (slab == null) {
            return null;
        }
        Segment window = new Segment(memory, share, home.basePosition + start, 0);
        window.sealed = true;
        int used = 0;
        int length = reader.nextLength();
        while (length != BlockReader.END
                && window.count < ENTRIES_MAX
                && length <= slab.capacity() - used
                && window.hasRoom(1)) {
            describe(window.entry(window.claim()), slab.slot(), used, length);
            window.records += reader.records();
            passed(length);
            reader.write(slab.address() + used);
            used += length;
            length = reader.nextLength();
        }
        if (window.count == 0) {
            window.free();
            memory.release(slab.slot());
            return null;
        }
        window.window = new Window(home, state, start, slab.slot(), nextNanos());
        return window;
    }

    private void describe(long entry, int slot, int offset, int length) {
        OffHeap.putLong(entry + EntryDescriptor.RECEIVED, reader.receivedNanos());
        OffHeap.putInt(entry + EntryDescriptor.SLOT, slot);
        OffHeap.putInt(entry + EntryDescriptor.OFFSET, offset);
        OffHeap.putInt(entry + EntryDescriptor.LENGTH, length);
        OffHeap.putInt(entry + EntryDescriptor.WIRE_BYTES, length);
        OffHeap.putInt(entry + EntryDescriptor.RECORDS, reader.records());
        OffHeap.putInt(entry + EntryDescriptor.METADATA, reader.metadataId());
        OffHeap.putByte(entry + EntryDescriptor.CODEC, (byte) Codec.IDENTITY.ordinal());
        OffHeap.putByte(entry + EntryDescriptor.PENDING, (byte) 0);
        OffHeap.putByte(entry + EntryDescriptor.WORST_DROP, (byte) 0);
        OffHeap.putInt(entry + EntryDescriptor.STORE_DELAY, 0);
    }

    private void passed(int length) {
        position++;
        bytesBefore += length;
    }
}
