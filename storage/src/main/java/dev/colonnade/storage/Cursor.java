package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
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

    /// Ended leases kept for reuse: as many as an exporter has requests in flight by default, many
    /// times over. Each keeps four bytes per entry it ever had.
    private static final int SPARE_MAX = 64;

    private final StoreShard shard;
    private final CursorConfig config;
    private final Counter delivered = new Counter();
    private final Counter[] dropped = new Counter[DropReason.values().length];
    private final Counter backlogRecords = new Counter();
    private final Counter backlogBytes = new Counter();

    /// Given back, by position; few, because each was in flight.
    private final List<Lease> returned = new ArrayList<>();

    private final List<Lease> leased = new ArrayList<>();
    private final List<Lease> spare = new ArrayList<>();
    private final Counter oldestNanos = new Counter();
    private final Counter queueRefused = new Counter();
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
        if (!returned.isEmpty()) {
            return taken(returned.removeFirst());
        }
        if (!moveToEntry()) {
            return null;
        }
        Lease lease = emptyLease(segment, index);
        while (index < segment.count && lease.entries() < LEASE_ENTRIES_MAX) {
            long entry = segment.entry(index);
            if (lease.entries() > 0
                    && !fits(lease, entry, wireBytesMax, recordsMax, mergeCompressed)) {
                break;
            }
            lease.add(entry);
            index++;
        }
        return taken(lease);
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
        return returned.isEmpty() && !moveToEntry()
                ? Long.MAX_VALUE
                : OffHeap.getLong(oldestWaiting() + EntryDescriptor.RECEIVED);
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

    /// Records refused so far because `queue_size` was reached, of requests whose records were
    /// known.
    public long queueRefused() {
        return queueRefused.get();
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
            long first = leased.get(lease).firstEntry();
            oldest = Math.min(oldest, OffHeap.getLong(first + EntryDescriptor.RECEIVED));
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
            if (evictOldest() == 0) {
                break;
            }
            acquired = limit.tryAcquire(records, wireBytes);
        }
        if (!acquired) {
            queueRefused.add(records);
        }
        return acquired;
    }

    boolean canHold(int records, int wireBytes) {
        QueueLimit limit = config.limit();
        return limit == null || limit.canHold(records, wireBytes);
    }

    boolean isFullFor(int wireBytes) {
        QueueLimit limit = config.limit();
        return limit != null && !mayEvict() && limit.isFullFor(wireBytes);
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

    void evictQueue(int records, int wireBytes) {
        QueueLimit limit = config.limit();
        if (limit == null || !mayEvict() || !limit.canHold(records, wireBytes)) {
            return;
        }
        boolean dropped = true;
        while (dropped && !limit.hasRoom(records, wireBytes)) {
            dropped = evictOldest() > 0;
        }
    }

    /// Drops the oldest waiting entry, and that alone.
    ///
    /// @return its bytes as held, at least 1; 0 when nothing waits
    long evictOldest() {
        if (waitingEntries == 0) {
            return 0;
        }
        long entry = oldestWaiting();
        Lease victim;
        if (returned.isEmpty()) {
            victim = emptyLease(segment, index++);
            victim.add(entry);
        } else {
            Lease back = returned.getFirst();
            victim = emptyLease(back.openSegment(), back.first());
            victim.add(entry);
            back.removeFirst();
            if (back.entries() == 0) {
                returned.removeFirst();
                keepSpare(back);
            }
        }
        long bytes = Math.max(1, victim.storedBytes());
        taken(victim).drop(DropReason.EVICTED);
        return bytes;
    }

    /// The descriptor of the oldest entry that waits; there must be one.
    long oldestWaiting() {
        if (!returned.isEmpty()) {
            return returned.getFirst().firstEntry();
        }
        if (!moveToEntry()) {
            throw new IllegalStateException("nothing waits: " + this);
        }
        return segment.entry(index);
    }

    /// Where that entry is in the shard.
    long oldestWaitingPosition() {
        return returned.isEmpty() && moveToEntry()
                ? segment.basePosition + index
                : returned.getFirst().firstPosition();
    }

    /// Whether the entry at `position` waits here: not taken yet, or given back.
    boolean isWaiting(long position) {
        if (position >= segment.basePosition + index) {
            return true;
        }
        for (int lease = 0; lease < returned.size(); lease++) {
            Lease back = returned.get(lease);
            if (position >= back.firstPosition()
                    && position < back.firstPosition() + back.entries()) {
                return true;
            }
        }
        return false;
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

    /// Some records of a lease's entry are dropped, while the entry goes on.
    void dropped(int records, DropReason reason) {
        backlogRecords.add(-records);
        dropped[reason.ordinal()].add(records);
    }

    /// The rest of an entry's records are delivered.
    void delivered(int records) {
        backlogRecords.add(-records);
        delivered.add(records);
    }

    /// An entry of `records` in all is done.
    void settled(int records, int wireBytes) {
        backlogBytes.add(-wireBytes);
        releaseQueue(records, wireBytes);
    }

    void giveBack(Lease lease) {
        leased.remove(lease);
        waitingRecords += lease.records();
        waitingBytes += lease.wireBytes();
        waitingEntries += lease.entries();
        int place = returned.size();
        while (place > 0 && returned.get(place - 1).firstPosition() > lease.firstPosition()) {
            place--;
        }
        returned.add(place, lease);
    }

    /// A lease is about to end: its entries are settled next.
    void ending(Lease lease) {
        leased.remove(lease);
    }

    void keepSpare(Lease lease) {
        if (spare.size() < SPARE_MAX) {
            spare.add(lease);
        }
    }

    private Lease emptyLease(Segment from, int first) {
        Lease lease = spare.isEmpty() ? new Lease(this) : spare.removeLast();
        lease.begin(from, first);
        return lease;
    }

    private Lease taken(Lease lease) {
        lease.handOut();
        leased.add(lease);
        waitingRecords -= lease.records();
        waitingBytes -= lease.wireBytes();
        waitingEntries -= lease.entries();
        return lease;
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
        boolean plain =
                codec == Codec.IDENTITY.ordinal() && lease.codec() == Codec.IDENTITY.ordinal();
        return (mergeCompressed || plain)
                && OffHeap.getInt(entry + EntryDescriptor.METADATA) == lease.metadata()
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
