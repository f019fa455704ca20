package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Entries that an exporter was given and owes an answer for: one run of a segment, in order.
///
/// It ends by [#ack] (delivered, but for what [#drop(int, int, DropReason)] counted), by
/// [#drop(DropReason)] (none of it delivered) or by [#nack] (given back, to be taken again first).
/// The payloads stay where they are until then. After the end it must not be used: the object is
/// reused. Runs on the store's loop.
public final class Lease {
    private final Cursor cursor;
    private @Nullable Segment segment;
    private int first;
    private int entries;
    private int records;
    private long wireBytes;
    private long storedBytes;
    private int[] droppedRecords = new int[4];
    private @Nullable DropReason droppedFor;

    Lease(Cursor cursor) {
        this.cursor = cursor;
    }

    /// How many entries, at least one.
    public int entries() {
        return entries;
    }

    /// How many records.
    public int records() {
        return records;
    }

    /// The payloads' size as plain OTLP, in bytes.
    public long wireBytes() {
        return wireBytes;
    }

    /// The payloads' size as held, in bytes.
    public long storedBytes() {
        return storedBytes;
    }

    /// Which request metadata all entries came with; 0 for none.
    public int metadataId() {
        return OffHeap.getInt(entry(0) + EntryDescriptor.METADATA);
    }

    /// The position of the first entry, rising from lease to lease.
    public long position() {
        return segment().basePosition + first;
    }

    /// How an entry's payload is compressed.
    public Codec codec(int index) {
        return Codec.of(OffHeap.getByte(entry(index) + EntryDescriptor.CODEC));
    }

    /// Where an entry's payload begins.
    public long address(int index) {
        long entry = entry(index);
        return slab(entry).address() + OffHeap.getInt(entry + EntryDescriptor.OFFSET);
    }

    /// An entry's payload size as held, in bytes.
    public int length(int index) {
        return OffHeap.getInt(entry(index) + EntryDescriptor.LENGTH);
    }

    /// An entry's payload size as plain OTLP, in bytes.
    public int wireBytes(int index) {
        return OffHeap.getInt(entry(index) + EntryDescriptor.WIRE_BYTES);
    }

    /// An entry's records.
    public int records(int index) {
        return OffHeap.getInt(entry(index) + EntryDescriptor.RECORDS);
    }

    /// When an entry was received, in nanoseconds of the store's clock.
    public long receivedNanos(int index) {
        return OffHeap.getLong(entry(index) + EntryDescriptor.RECEIVED);
    }

    /// An entry's payload as held, for Netty to write out and release.
    public ByteBuf view(int index) {
        long entry = entry(index);
        return slab(entry)
                .view(
                        OffHeap.getInt(entry + EntryDescriptor.OFFSET),
                        OffHeap.getInt(entry + EntryDescriptor.LENGTH));
    }

    /// Counts `count` more records of an entry as dropped; the lease goes on. All drops of one
    /// lease have one reason.
    public void drop(int index, int count, DropReason reason) {
        int dropped = droppedRecords[index] + count;
        if (count < 0 || dropped > records(index)) {
            throw new IllegalStateException(
                    "more records dropped than there are: dropped="
                            + dropped
                            + ", records="
                            + records(index));
        }
        droppedRecords[index] = dropped;
        droppedFor = reason;
    }

    /// Ends the lease: whatever was not counted as dropped is delivered.
    public void ack() {
        Segment from = segment();
        int start = first;
        int count = entries;
        @Nullable DropReason reason = droppedFor;
        segment = null;
        for (int index = 0; index < count; index++) {
            int gone = droppedRecords[index];
            droppedRecords[index] = 0;
            long entry = from.entry(start + index);
            cursor.settled(
                    OffHeap.getInt(entry + EntryDescriptor.RECORDS),
                    OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES),
                    gone,
                    reason);
            cursor.shard().settle(from, start + index, gone > 0 ? reason : null);
        }
        cursor.recycle(this);
    }

    /// Ends the lease: what was not counted as dropped before is dropped for `reason`.
    public void drop(DropReason reason) {
        for (int index = 0; index < entries; index++) {
            droppedRecords[index] = records(index);
        }
        droppedFor = reason;
        ack();
    }

    /// Gives the entries back undelivered; the cursor hands the lease out again before anything
    /// newer.
    ///
    /// @throws IllegalStateException when records were counted as dropped
    public void nack() {
        if (droppedFor != null) {
            throw new IllegalStateException("lease with drops cannot be given back");
        }
        cursor.giveBack(this);
    }

    void begin(Segment from, int index) {
        segment = from;
        first = index;
        entries = 0;
        records = 0;
        wireBytes = 0;
        storedBytes = 0;
        droppedFor = null;
    }

    void add(long entry) {
        if (entries == droppedRecords.length) {
            droppedRecords = Arrays.copyOf(droppedRecords, entries * 2);
        }
        droppedRecords[entries++] = 0;
        records += OffHeap.getInt(entry + EntryDescriptor.RECORDS);
        wireBytes += OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
        storedBytes += OffHeap.getInt(entry + EntryDescriptor.LENGTH);
    }

    private long entry(int index) {
        if (index >= entries) {
            throw new IndexOutOfBoundsException(
                    "no such entry: index=" + index + ", entries=" + entries);
        }
        return segment().entry(first + index);
    }

    private Segment segment() {
        Segment open = segment;
        if (open == null) {
            throw new IllegalStateException("lease has ended");
        }
        return open;
    }

    private Slab slab(long entry) {
        return cursor.shard().memory().slab(OffHeap.getInt(entry + EntryDescriptor.SLOT));
    }
}
