package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An exporter's place in one loop's part of a store: what it was given, what it has settled.
///
/// Entries are given in store order. Runs on the store's loop; the counters may be read by any
/// thread.
public final class Cursor {
    /// Entries in one lease at most, so that what a lease keeps per entry is bounded.
    private static final int LEASE_ENTRIES_MAX = 1024;

    private final StoreShard shard;
    private final CursorConfig config;
    private final Counter delivered = new Counter();
    private final Counter[] dropped = new Counter[DropReason.values().length];
    private final Counter backlogRecords = new Counter();
    private final Counter backlogBytes = new Counter();
    private final ArrayDeque<Lease> returned = new ArrayDeque<>();
    private final List<Lease> leased = new ArrayList<>();
    private final List<Lease> spare = new ArrayList<>();
    private final Counter oldestNanos = new Counter();
    private @Nullable Runnable listener;
    private Segment segment;
    private int index;
    private long waitingRecords;
    private long waitingBytes;
    private int waitingEntries;

    Cursor(StoreShard shard, CursorConfig config, Segment segment) {
        this.shard = shard;
        this.config = config;
        this.segment = segment;
        oldestNanos.set(Long.MAX_VALUE);
        for (int reason = 0; reason < dropped.length; reason++) {
            dropped[reason] = new Counter();
        }
    }

    /// Has `listener` run on the store's loop after something was appended.
    public void onAvailable(Runnable listener) {
        this.listener = listener;
    }

    /// Takes the next entries as one lease, to be sent as one message: those given back first, then
    /// the oldest waiting, and after the first as many as have the same request metadata and stay
    /// within the limits. A compressed entry is taken alone unless `mergeCompressed`.
    ///
    /// @param wireBytesMax the most bytes of plain OTLP; the first entry may have more
    /// @param recordsMax the most records; the first entry may have more
    /// @return null when nothing waits
    public @Nullable Lease take(long wireBytesMax, int recordsMax, boolean mergeCompressed) {
        @Nullable Lease back = returned.poll();
        if (back != null) {
            noteTaken(back);
            return back;
        }
        if (!moveToEntry()) {
            return null;
        }
        Lease lease = spare.isEmpty() ? new Lease(this) : spare.removeLast();
        lease.begin(segment, index);
        while (index < segment.count && lease.entries() < LEASE_ENTRIES_MAX) {
            long entry = segment.entry(index);
            if (lease.entries() > 0
                    && !fits(lease, entry, wireBytesMax, recordsMax, mergeCompressed)) {
                break;
            }
            lease.add(entry);
            index++;
        }
        noteTaken(lease);
        return lease;
    }

    /// The records that wait to be taken.
    public long waitingRecords() {
        return waitingRecords;
    }

    /// The bytes, as plain OTLP, that wait to be taken.
    public long waitingBytes() {
        return waitingBytes;
    }

    /// The entries that wait to be taken.
    public int waitingEntries() {
        return waitingEntries;
    }

    /// When the oldest entry that waits was received; `Long.MAX_VALUE` when none does.
    public long oldestWaitingNanos() {
        @Nullable Lease back = returned.peek();
        if (back != null) {
            return back.receivedNanos(0);
        }
        return moveToEntry()
                ? OffHeap.getLong(segment.entry(index) + EntryDescriptor.RECEIVED)
                : Long.MAX_VALUE;
    }

    /// The exporter's id.
    public String exporter() {
        return config.exporter();
    }

    /// The exporter's written `queue_size`; null when it has none.
    public @Nullable QueueLimit limit() {
        return config.limit();
    }

    /// Records delivered so far.
    public long delivered() {
        return delivered.get();
    }

    /// Records dropped so far for `reason`.
    public long dropped(DropReason reason) {
        return dropped[reason.ordinal()].get();
    }

    /// Records appended and not settled.
    public long backlogRecords() {
        return backlogRecords.get();
    }

    /// Bytes, as plain OTLP, appended and not settled.
    public long backlogBytes() {
        return backlogBytes.get();
    }

    /// When the oldest entry that is not settled was received, on the store's clock, as of the last
    /// [StoreShard#tick]; `Long.MAX_VALUE` when there was none.
    public long oldestNanos() {
        return oldestNanos.get();
    }

    void tick() {
        long oldest = oldestWaitingNanos();
        for (int lease = 0; lease < leased.size(); lease++) {
            oldest = Math.min(oldest, leased.get(lease).receivedNanos(0));
        }
        oldestNanos.set(oldest);
    }

    boolean acquire(int records, int wireBytes) {
        QueueLimit limit = config.limit();
        if (limit == null) {
            return true;
        }
        boolean acquired = limit.tryAcquire(records, wireBytes);
        while (!acquired && mayEvict() && limit.canHold(records, wireBytes)) {
            if (evict(1) == 0) {
                return false;
            }
            acquired = limit.tryAcquire(records, wireBytes);
        }
        return acquired;
    }

    boolean canHold(int records, int wireBytes) {
        QueueLimit limit = config.limit();
        return limit == null || limit.canHold(records, wireBytes);
    }

    void releaseQueue(int records, int wireBytes) {
        QueueLimit limit = config.limit();
        if (limit != null) {
            limit.release(records, wireBytes);
        }
    }

    void appended(int records, int wireBytes) {
        backlogRecords.add(records);
        backlogBytes.add(wireBytes);
        waitingRecords += records;
        waitingBytes += wireBytes;
        waitingEntries++;
    }

    void wake() {
        Runnable exporter = listener;
        if (exporter != null) {
            exporter.run();
        }
    }

    boolean mayEvict() {
        return config.onFull() == OnFull.DROP_OLDEST;
    }

    /// Drops the oldest waiting entries until `bytes` of plain OTLP are gone or nothing waits.
    long evict(long bytes) {
        long gone = 0;
        while (gone < bytes) {
            @Nullable Lease lease = take(1, 1, false);
            if (lease == null) {
                break;
            }
            gone += lease.wireBytes();
            lease.drop(DropReason.EVICTED);
        }
        return gone;
    }

    void abandon() {
        @Nullable Lease lease = take(Long.MAX_VALUE, Integer.MAX_VALUE, true);
        while (lease != null) {
            lease.drop(DropReason.SHUTDOWN);
            lease = take(Long.MAX_VALUE, Integer.MAX_VALUE, true);
        }
    }

    StoreShard shard() {
        return shard;
    }

    /// Begins anew in the newest segment, whose entries were all settled and which was emptied.
    void restart(Segment emptied) {
        if (segment != emptied) {
            throw new IllegalStateException("cursor behind settled entries: " + this);
        }
        index = 0;
    }

    /// An entry of a lease is done: `droppedRecords` of its records for `reason`, the rest
    /// delivered.
    void settled(int records, int wireBytes, int droppedRecords, @Nullable DropReason reason) {
        backlogRecords.add(-records);
        backlogBytes.add(-wireBytes);
        delivered.add(records - droppedRecords);
        if (reason != null) {
            dropped[reason.ordinal()].add(droppedRecords);
        }
        releaseQueue(records, wireBytes);
    }

    void giveBack(Lease lease) {
        leased.remove(lease);
        waitingRecords += lease.records();
        waitingBytes += lease.wireBytes();
        waitingEntries += lease.entries();
        returned.add(lease);
    }

    void recycle(Lease lease) {
        leased.remove(lease);
        spare.add(lease);
    }

    private void noteTaken(Lease lease) {
        leased.add(lease);
        waitingRecords -= lease.records();
        waitingBytes -= lease.wireBytes();
        waitingEntries -= lease.entries();
    }

    private boolean isDone() {
        return index == segment.count;
    }

    /// Goes on to the segment of the next entry; false when there is none.
    private boolean moveToEntry() {
        while (isDone()) {
            @Nullable Segment next = segment.next;
            if (next == null) {
                return false;
            }
            segment = next;
            index = 0;
        }
        return true;
    }

    private static boolean fits(
            Lease lease, long entry, long wireBytesMax, int recordsMax, boolean mergeCompressed) {
        int codec = OffHeap.getByte(entry + EntryDescriptor.CODEC);
        boolean plain = codec == Codec.IDENTITY.ordinal() && lease.codec(0) == Codec.IDENTITY;
        return (mergeCompressed || plain)
                && OffHeap.getInt(entry + EntryDescriptor.METADATA) == lease.metadataId()
                && lease.wireBytes() + OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES)
                        <= wireBytesMax
                && lease.records() + (long) OffHeap.getInt(entry + EntryDescriptor.RECORDS)
                        <= recordsMax;
    }

    @Override
    public String toString() {
        return "cursor[exporter="
                + config.exporter()
                + ", position="
                + (segment.basePosition + index)
                + ", backlog="
                + backlogRecords.get()
                + "]";
    }
}
