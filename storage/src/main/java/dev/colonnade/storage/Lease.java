package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Entries that an exporter was given and owes an answer for: one run of a segment, in order.
///
/// It ends by [#ack] (delivered, but for what [#drop(int, int, DropReason)] counted), by
/// [#drop(DropReason)] (none of the rest is delivered) or by [#nack] (given back, to be taken again
/// first). The payloads stay where they are until then. After the end it must not be used: the
/// object is reused, and until it is, use throws. Runs on the store's loop.
public final class Lease {
    private final Cursor cursor;

    /// Where its entries are; null when it has ended.
    private @Nullable Segment segment;

    /// Whether an exporter has it: not while it is given back and waits.
    private boolean out;

    private int first;
    private int entries;
    private int records;
    private long wireBytes;
    private long storedBytes;
    private int[] droppedRecords = new int[4];
    private boolean hasDrops;

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

    /// The values of a request metadata key that all entries came with, in order; empty where there
    /// are none and where the store does not keep the key.
    ///
    /// @param name in lower case
    public List<String> metadata(String name) {
        return cursor.shard().metadata().values(metadataId(), name);
    }

    /// The position of the first entry, rising from lease to lease.
    public long position() {
        checkOut();
        return firstPosition();
    }

    /// Whether its entries are in a block, which is to be read as it is: [Cursor#takeColumns]. Then
    /// they have no address and no view.
    public boolean isColumns() {
        Window window = openSegment().window;
        return window != null && window.isColumns();
    }

    /// The block that its entries are in, which any thread may read until the lease has ended; only
    /// where it [#isColumns].
    public StoredBlock block() {
        checkOut();
        return PackedPart.windowOf(openSegment()).state.block;
    }

    /// The index, in the block, of the first entry.
    public int blockIndex() {
        checkOut();
        return PackedPart.windowOf(openSegment()).start + first;
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

    /// When an entry was stored, in nanoseconds of the store's clock; up to two seconds after it
    /// was received, whatever it took. Of what was packed meanwhile, when it was received.
    public long storedNanos(int index) {
        return receivedNanos(index) + OffHeap.getInt(entry(index) + EntryDescriptor.STORE_DELAY);
    }

    /// An entry's payload as held, for Netty to write out and release.
    public ByteBuf view(int index) {
        long entry = entry(index);
        return slab(entry)
                .view(
                        OffHeap.getInt(entry + EntryDescriptor.OFFSET),
                        OffHeap.getInt(entry + EntryDescriptor.LENGTH));
    }

    /// Drops `count` more records of an entry, counted at once; the lease goes on, and can only end
    /// by [#ack] or [#drop(DropReason)] from now on.
    public void drop(int index, int count, DropReason reason) {
        long entry = entry(index);
        int left = OffHeap.getInt(entry + EntryDescriptor.RECORDS) - droppedRecords[index];
        if (count < 0 || count > left) {
            throw new IllegalStateException(
                    "more records dropped than there are: dropped=" + count + ", left=" + left);
        }
        if (count > 0) {
            droppedRecords[index] += count;
            hasDrops = true;
            dropped(entry, count, reason);
        }
    }

    /// Ends the lease: whatever was not counted as dropped is delivered.
    public void ack() {
        end(null);
    }

    /// Ends the lease: what was not counted as dropped before is dropped for `reason`.
    public void drop(DropReason reason) {
        end(reason);
    }

    /// Gives the entries back undelivered; the cursor hands the lease out again before anything
    /// newer.
    ///
    /// @throws IllegalStateException when records were counted as dropped
    public void nack() {
        checkOut();
        if (hasDrops) {
            throw new IllegalStateException("lease with drops cannot be given back");
        }
        out = false;
        cursor.giveBack(this);
    }

    /// Settles entry by entry. An ack that is told on the way may offer, take and end other leases;
    /// this one is not reused before it is through.
    private void end(@Nullable DropReason reason) {
        checkOut();
        Segment from = openSegment();
        out = false;
        segment = null;
        cursor.ending(this);
        for (int index = 0; index < entries; index++) {
            long entry = from.entry(first + index);
            int all = OffHeap.getInt(entry + EntryDescriptor.RECORDS);
            int rest = all - droppedRecords[index];
            if (reason == null) {
                cursor.delivered(rest);
            } else if (rest > 0) {
                dropped(entry, rest, reason);
            }
            cursor.settled(all, OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES));
            cursor.shard().settle(from, first + index);
        }
        letGo(from);
        cursor.keepSpare(this);
    }

    /// Ends a lease that was given back and whose entries went one by one.
    void discard() {
        Segment from = openSegment();
        segment = null;
        letGo(from);
    }

    private static void letGo(Segment from) {
        Window window = from.window;
        if (window != null) {
            window.state.part.leaseEnded(from);
        }
    }

    private void dropped(long entry, int count, DropReason reason) {
        cursor.dropped(count, reason);
        cursor.shard().markDropped(entry, reason);
    }

    void begin(Segment from, int index) {
        Window window = from.window;
        if (window != null) {
            window.leases++;
            window.touched = true;
        }
        segment = from;
        first = index;
        entries = 0;
        records = 0;
        wireBytes = 0;
        storedBytes = 0;
        hasDrops = false;
    }

    void handOut() {
        out = true;
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

    /// Leaves the oldest entry to another lease; only while given back.
    void removeFirst() {
        long entry = firstEntry();
        first++;
        entries--;
        records -= OffHeap.getInt(entry + EntryDescriptor.RECORDS);
        wireBytes -= OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
        storedBytes -= OffHeap.getInt(entry + EntryDescriptor.LENGTH);
    }

    /// The descriptor of the first entry, also while given back.
    long firstEntry() {
        return openSegment().entry(first);
    }

    /// The position of the first entry, also while given back.
    long firstPosition() {
        return openSegment().basePosition + first;
    }

    /// The codec's ordinal of the first entry, also before it is handed out.
    int codec() {
        return OffHeap.getByte(firstEntry() + EntryDescriptor.CODEC);
    }

    /// The metadata id of the first entry, also before it is handed out.
    int metadata() {
        return OffHeap.getInt(firstEntry() + EntryDescriptor.METADATA);
    }

    /// Marks its segment, up to its last entry.
    void stamp(int stamp) {
        Segment marked = openSegment();
        int end = first + entries;
        marked.leasedEnd = marked.leasedStamp == stamp ? Math.max(marked.leasedEnd, end) : end;
        marked.leasedStamp = stamp;
    }

    /// The index of the first entry in its segment.
    int first() {
        return first;
    }

    private long entry(int index) {
        checkOut();
        if (index < 0 || index >= entries) {
            throw new IndexOutOfBoundsException(
                    "no such entry: index=" + index + ", entries=" + entries);
        }
        return openSegment().entry(first + index);
    }

    private void checkOut() {
        if (!out) {
            throw new IllegalStateException("lease has ended");
        }
    }

    Segment openSegment() {
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
