package dev.colonnade.storage;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.ShardMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One loop's part of a pipeline's store: the entries that arrived on that loop, in order.
///
/// Everything here runs on the loop's thread; counters alone may be read by others. The payload
/// belongs to slabs of the loop's [ShardMemory]; each store that holds it has one reference.
///
/// Admission to several stores has two phases: [#admit] in each, then [#append] in all or [#cancel]
/// in those that said yes, then [#publish] in all.
public final class StoreShard {
    /// The answer of [#admit].
    public enum Admission {
        ADMITTED,
        /// The memory budget has no room for the entry.
        MEMORY_FULL,
        /// An exporter's written `queue_size` is reached.
        QUEUE_FULL,
        /// The request is larger than an exporter's whole `queue_size`.
        TOO_LARGE
    }

    private static final long SEGMENT_NANOS_MAX = 5_000_000_000L;

    private final ShardMemory memory;
    private final BudgetShare share;
    private final LongSupplier nanoClock;
    private final long segmentBytesMax;
    private final List<Cursor> cursors = new ArrayList<>();
    private final Map<Long, Ack> acks = new HashMap<>();
    private final Counter stored = new Counter();
    private final Counter heldRecords = new Counter();
    private final Counter heldEntries = new Counter();
    private final Counter heldBytes = new Counter();
    private final Counter heldWireBytes = new Counter();
    private final Counter settledBytes = new Counter();
    private Segment newest;

    StoreShard(StoreConfig config, ShardMemory memory, LongSupplier nanoClock) {
        this.memory = memory;
        this.nanoClock = nanoClock;
        share = BudgetShare.of(config.budget());
        segmentBytesMax = config.segmentBytesMax();
        newest = new Segment(memory, share, 0, nanoClock.getAsLong());
        for (CursorConfig cursor : config.cursors()) {
            cursors.add(new Cursor(this, cursor, newest));
        }
    }

    /// Takes room for one request in the entry table and in every exporter's queue; nothing is
    /// taken unless the answer is [Admission#ADMITTED].
    public Admission admit(int records, int wireBytes) {
        if (!newest.hasRoom(1)) {
            return Admission.MEMORY_FULL;
        }
        for (int index = 0; index < cursors.size(); index++) {
            Cursor cursor = cursors.get(index);
            if (!cursor.acquire(records, wireBytes)) {
                boolean possible = cursor.canHold(records, wireBytes);
                while (--index >= 0) {
                    cursors.get(index).releaseQueue(records, wireBytes);
                }
                return possible ? Admission.QUEUE_FULL : Admission.TOO_LARGE;
            }
        }
        return Admission.ADMITTED;
    }

    /// Gives back what [#admit] took for the same request.
    public void cancel(int records, int wireBytes) {
        for (int index = 0; index < cursors.size(); index++) {
            cursors.get(index).releaseQueue(records, wireBytes);
        }
    }

    /// Holds an admitted batch: takes a reference to its payload's slab and enters it for every
    /// exporter. The batch itself is the caller's again.
    ///
    /// @param ack told when every exporter is done with it; null when nobody waits
    /// @return the entry's position in this shard
    public long append(RowBatch batch, @Nullable Ack ack) {
        Segment segment = segmentFor(batch.records());
        int index = segment.count++;
        long entry = segment.entry(index);
        int length = batch.payload().length();
        memory.retain(batch.payload().slot());
        OffHeap.putLong(entry + EntryDescriptor.RECEIVED, batch.receivedNanos());
        OffHeap.putInt(entry + EntryDescriptor.SLOT, batch.payload().slot());
        OffHeap.putInt(entry + EntryDescriptor.OFFSET, batch.payload().offset());
        OffHeap.putInt(entry + EntryDescriptor.LENGTH, length);
        OffHeap.putInt(entry + EntryDescriptor.WIRE_BYTES, batch.wireBytes());
        OffHeap.putInt(entry + EntryDescriptor.RECORDS, batch.records());
        OffHeap.putInt(entry + EntryDescriptor.METADATA, batch.metadataId());
        OffHeap.putByte(entry + EntryDescriptor.CODEC, (byte) batch.codec().ordinal());
        OffHeap.putByte(entry + EntryDescriptor.PENDING, (byte) cursors.size());
        OffHeap.putByte(entry + EntryDescriptor.WORST_DROP, (byte) 0);
        segment.live++;
        segment.records += batch.records();
        segment.storedBytes += length;
        long position = segment.basePosition + index;
        if (ack != null) {
            acks.put(position, ack);
        }
        stored.add(batch.records());
        heldEntries.add(1);
        heldRecords.add(batch.records());
        heldBytes.add(length);
        heldWireBytes.add(batch.wireBytes());
        for (int cursor = 0; cursor < cursors.size(); cursor++) {
            cursors.get(cursor).appended(batch.records(), batch.wireBytes());
        }
        return position;
    }

    /// Lets the exporters take what was appended; they may send it before this returns.
    public void publish() {
        for (int index = 0; index < cursors.size(); index++) {
            cursors.get(index).wake();
        }
    }

    /// The place of the exporter with that index in the store's configuration.
    public Cursor cursor(int index) {
        return cursors.get(index);
    }

    /// Drops the oldest waiting entries of the exporter that lags most among those that allow it,
    /// at least `bytes` of them where there are as many.
    ///
    /// @return the bytes that were dropped; memory is free only when no other exporter needs them
    public long evict(long bytes) {
        @Nullable Cursor laggard = null;
        for (Cursor cursor : cursors) {
            if (cursor.mayEvict()
                    && (laggard == null || cursor.waitingBytes() > laggard.waitingBytes())) {
                laggard = cursor;
            }
        }
        return laggard == null ? 0 : laggard.evict(bytes);
    }

    /// Drops whatever waits, counted as [DropReason#SHUTDOWN]; leases still out are their owners'.
    public void abandon() {
        for (Cursor cursor : cursors) {
            cursor.abandon();
        }
    }

    /// Refreshes what is measured now and then rather than at each change; a second apart is
    /// enough.
    public void tick() {
        for (Cursor cursor : cursors) {
            cursor.tick();
        }
    }

    /// Frees the entry table.
    ///
    /// @throws IllegalStateException when an entry is still held
    public void close() {
        if (heldEntries.get() != 0) {
            throw new IllegalStateException("store is not empty: entries=" + heldEntries.get());
        }
        newest.free();
    }

    /// Records ever appended.
    public long stored() {
        return stored.get();
    }

    /// Records that some exporter has not settled.
    public long records() {
        return heldRecords.get();
    }

    /// Batches that some exporter has not settled.
    public long entries() {
        return heldEntries.get();
    }

    /// Bytes of the payloads held, as held.
    public long payloadBytes() {
        return heldBytes.get();
    }

    /// Bytes of the payloads held, as plain OTLP.
    public long wireBytes() {
        return heldWireBytes.get();
    }

    /// Bytes, as plain OTLP, that ever left the store: what the drain rate is taken from.
    long settledBytes() {
        return settledBytes.get();
    }

    ShardMemory memory() {
        return memory;
    }

    /// One exporter is done with an entry; the last one frees it.
    void settle(Segment segment, int index, @Nullable DropReason dropped) {
        long entry = segment.entry(index);
        if (dropped != null) {
            markDropped(entry, dropped);
        }
        int pending = OffHeap.getByte(entry + EntryDescriptor.PENDING) - 1;
        OffHeap.putByte(entry + EntryDescriptor.PENDING, (byte) pending);
        if (pending > 0) {
            return;
        }
        if (pending < 0) {
            throw new IllegalStateException(
                    "entry settled twice: position=" + (segment.basePosition + index));
        }
        int wireBytes = OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
        heldEntries.add(-1);
        heldRecords.add(-OffHeap.getInt(entry + EntryDescriptor.RECORDS));
        heldBytes.add(-OffHeap.getInt(entry + EntryDescriptor.LENGTH));
        heldWireBytes.add(-wireBytes);
        settledBytes.add(wireBytes);
        int worst = OffHeap.getByte(entry + EntryDescriptor.WORST_DROP);
        long position = segment.basePosition + index;
        memory.release(OffHeap.getInt(entry + EntryDescriptor.SLOT));
        entrySettled(segment);
        if (!acks.isEmpty()) {
            @Nullable Ack ack = acks.remove(position);
            if (ack != null) {
                ack.settled(worst == 0 ? null : DropReason.values()[worst - 1]);
            }
        }
    }

    /// Remembers that records of an entry were dropped; the gravest reason stays.
    void markDropped(long entry, DropReason reason) {
        int worst = OffHeap.getByte(entry + EntryDescriptor.WORST_DROP);
        int code = reason.ordinal() + 1;
        OffHeap.putByte(entry + EntryDescriptor.WORST_DROP, (byte) Math.max(worst, code));
    }

    private void entrySettled(Segment segment) {
        if (--segment.live > 0) {
            return;
        }
        if (segment.sealed) {
            segment.free();
            return;
        }
        segment.reset(nanoClock.getAsLong());
        for (int index = 0; index < cursors.size(); index++) {
            cursors.get(index).restart(segment);
        }
    }

    private Segment segmentFor(int records) {
        Segment segment = newest;
        boolean full =
                segment.records + (long) records > Segment.RECORDS_MAX
                        || segment.storedBytes >= segmentBytesMax
                        || nanoClock.getAsLong() - segment.openedNanos > SEGMENT_NANOS_MAX;
        if (segment.count == 0 || !full) {
            return segment;
        }
        Segment fresh =
                new Segment(
                        memory, share, segment.basePosition + segment.count, nanoClock.getAsLong());
        if (!fresh.hasRoom(1)) {
            return segment;
        }
        segment.sealed = true;
        segment.next = fresh;
        newest = fresh;
        return fresh;
    }
}
