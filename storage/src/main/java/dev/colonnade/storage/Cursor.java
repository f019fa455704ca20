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
    private final Place place;
    private long waitingRecords;
    private long waitingBytes;
    private int waitingEntries;
    private boolean isStarved;

    /// What its windows are charged to; null where nothing is ever packed.
    private final Unpacker.@Nullable Room room;

    Cursor(StoreShard shard, CursorConfig config, Segment segment, Unpacker.@Nullable Room room) {
        this.shard = shard;
        this.config = config;
        place = new Place(this, segment);
        this.room = room;
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
    /// @return null when nothing waits, or when what waits is packed and there is no memory to
    ///   unpack it now: then the listener runs when there may be some
    public @Nullable Lease take(long wireBytesMax, int recordsMax, boolean mergeCompressed) {
        shard.asked(Shape.ROW);
        if (!returned.isEmpty()) {
            return returned.getFirst().isColumns()
                    ? takeUnpacked(wireBytesMax, recordsMax)
                    : taken(returned.removeFirst());
        }
        return place.moveToRow() ? takeRows(wireBytesMax, recordsMax, mergeCompressed) : null;
    }

    /// Takes the next entries as columns, where they are in a block: then the lease is over as much
    /// of the block as has the same request metadata, whatever the limits, and [Lease#block] has
    /// what they are. Nothing is copied, and nothing unpacked. Where they are rows, and where they
    /// were given back, as [#take] does.
    public @Nullable Lease takeColumns(long wireBytesMax, int recordsMax, boolean mergeCompressed) {
        shard.asked(Shape.COLUMN);
        if (!returned.isEmpty()) {
            return taken(returned.removeFirst());
        }
        if (!place.moveToColumns()) {
            return null;
        }
        if (!place.isInColumns()) {
            return takeRows(wireBytesMax, recordsMax, mergeCompressed);
        }
        Segment columns = place.segment;
        Lease lease = emptyLease(columns, place.index);
        while (place.index < columns.count) {
            lease.add(columns.entry(place.index++));
        }
        return taken(lease);
    }

    /// Takes columns that were given back as rows, as many as fit; the rest stays given back.
    private @Nullable Lease takeUnpacked(long wireBytesMax, int recordsMax) {
        Lease back = returned.getFirst();
        Window columns = PackedPart.windowOf(back.openSegment());
        int index = columns.start + back.first();
        @Nullable Segment rows =
                columns.state.part.window(columns.home, columns.state, index, this);
        if (rows == null) {
            return null;
        }
        int at = index - PackedPart.windowOf(rows).start;
        Lease lease = emptyLease(rows, at);
        while (back.entries() > 0
                && at < rows.count
                && lease.entries() < LEASE_ENTRIES_MAX
                && (lease.entries() == 0
                        || fits(lease, rows.entry(at), wireBytesMax, recordsMax, true))) {
            lease.add(rows.entry(at++));
            back.removeFirst();
        }
        forgetEmpty(back);
        return taken(lease);
    }

    /// Ends a lease that was given back and has no entry left.
    private void forgetEmpty(Lease back) {
        if (back.entries() == 0) {
            returned.removeFirst();
            back.discard();
            keepSpare(back);
        }
    }

    private Lease takeRows(long wireBytesMax, int recordsMax, boolean mergeCompressed) {
        Segment segment = place.segment;
        int index = place.index;
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
        place.index = index;
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
        if (!returned.isEmpty()) {
            return OffHeap.getLong(returned.getFirst().firstEntry() + EntryDescriptor.RECEIVED);
        }
        return place.moveToEntry() ? place.receivedNanos() : Long.MAX_VALUE;
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
        Window window = place.segment.window;
        if (window != null) {
            window.state.part.tick(place.segment);
        }
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

    /// Whether what waits could not be taken for want of memory to unpack it; the listener runs
    /// when there may be some.
    public boolean isStarved() {
        return isStarved;
    }

    void starved(boolean now) {
        isStarved = now;
    }

    void wake() {
        isStarved = false;
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

    /// Drops the oldest waiting entry, and that alone; but all of a packed segment where no memory
    /// can be had to look into it.
    ///
    /// @return its bytes as held, at least 1; 0 when nothing waits
    long evictOldest() {
        if (waitingEntries == 0) {
            return 0;
        }
        Lease victim;
        if (returned.isEmpty()) {
            if (!place.moveToRow()) {
                return dropPacked(DropReason.EVICTED);
            }
            victim = emptyLease(place.segment, place.index);
            victim.add(place.segment.entry(place.index++));
        } else {
            Lease back = returned.getFirst();
            victim = emptyLease(back.openSegment(), back.first());
            victim.add(back.firstEntry());
            back.removeFirst();
            forgetEmpty(back);
        }
        long bytes = Math.max(1, victim.storedBytes());
        taken(victim).drop(DropReason.EVICTED);
        return bytes;
    }

    /// Drops the oldest that waits and whose going gives memory back: an entry, or all of a packed
    /// segment.
    ///
    /// @return its bytes as held, at least 1; 0 when nothing waits
    long evictHeld() {
        return isBeforeWhole() ? dropPacked(DropReason.EVICTED) : evictOldest();
    }

    /// Whether the oldest that waits is a packed segment in which nobody stands.
    boolean isBeforeWhole() {
        return returned.isEmpty() && place.moveToEntry() && place.whole() != null;
    }

    /// Drops the packed segment before which this stands, or else its next entry, without a window.
    private long dropPacked(DropReason reason) {
        Segment home = place.segment;
        PackedState packed = home.packed;
        if (packed == null) {
            return 0;
        }
        long bytes = packed.block.capacityBytes();
        if (place.whole() != null) {
            packed.part.dropWhole(home, packed, this, reason);
            return bytes;
        }
        long each = Math.max(1, bytes / packed.block.entries());
        return packed.part.dropUnread(home, packed, place.index, this, reason) ? each : 0;
    }

    /// All entries of a packed segment were dropped.
    void droppedWhole(Segment home, int entries, PackedState packed, DropReason reason) {
        place.index = home.count;
        waitingEntries -= entries;
        waitingRecords -= packed.facts.records();
        waitingBytes -= packed.facts.wireBytes();
        backlogRecords.add(-packed.facts.records());
        backlogBytes.add(-packed.facts.wireBytes());
        dropped[reason.ordinal()].add(packed.facts.records());
        QueueLimit limit = config.limit();
        if (limit != null) {
            limit.release(entries, packed.facts.records(), packed.facts.wireBytes());
        }
    }

    /// The next entry of a packed segment was dropped.
    void droppedUnread(long nextNanos, int records, int wireBytes, DropReason reason) {
        place.pass(nextNanos);
        waitingEntries--;
        waitingRecords -= records;
        waitingBytes -= wireBytes;
        dropped(records, reason);
        settled(records, wireBytes);
    }

    /// How many cursors, this included, have not settled the oldest entry that waits here; there
    /// must be one.
    int oldestPending() {
        if (!returned.isEmpty()) {
            Lease back = returned.getFirst();
            return Place.pending(back.openSegment(), back.first());
        }
        if (!place.moveToEntry()) {
            throw new IllegalStateException("nothing waits: " + this);
        }
        return Place.pending(place.segment, place.index);
    }

    /// Whether the packer reads the oldest entry that waits here, so that dropping it would free
    /// nothing yet.
    boolean isOldestPinned() {
        return returned.isEmpty()
                ? place.moveToEntry() && place.segment.pinned
                : returned.getFirst().openSegment().pinned;
    }

    /// Where that entry is in the shard.
    long oldestWaitingPosition() {
        return returned.isEmpty() && place.moveToEntry()
                ? place.position()
                : returned.getFirst().firstPosition();
    }

    /// Whether the entry at `position` waits here: not taken yet, or given back.
    boolean isWaiting(long position) {
        if (position >= place.position()) {
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
        while (waitingEntries > 0 && abandonNext()) {}
    }

    /// Drops what waits next: a packed segment unread, where nobody stands in it; false when
    /// nothing can be dropped, which takes a store without any memory.
    private boolean abandonNext() {
        if (!returned.isEmpty()) {
            taken(returned.removeFirst()).drop(DropReason.SHUTDOWN);
            return true;
        }
        if (isBeforeWhole()) {
            return dropPacked(DropReason.SHUTDOWN) > 0;
        }
        @Nullable Lease lease = take(Long.MAX_VALUE, Integer.MAX_VALUE, true);
        if (lease == null) {
            return dropPacked(DropReason.SHUTDOWN) > 0;
        }
        lease.drop(DropReason.SHUTDOWN);
        return true;
    }

    StoreShard shard() {
        return shard;
    }

    /// Begins anew in the newest segment, whose entries were all settled and which was emptied.
    void restart(Segment emptied) {
        if (place.segment != emptied) {
            throw new IllegalStateException("cursor behind settled entries: " + this);
        }
        place.index = 0;
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

    // What re-shaping asks

    /// Where it stands.
    Place place() {
        return place;
    }

    /// What its windows are charged to; there are none where nothing is ever packed.
    Unpacker.Room room() {
        Unpacker.Room own = room;
        if (own == null) {
            throw new IllegalStateException("nothing is packed here: " + this);
        }
        return own;
    }

    /// The bytes of plain OTLP that are with the exporter.
    long leasedBytes() {
        long bytes = 0;
        for (int lease = 0; lease < leased.size(); lease++) {
            bytes += leased.get(lease).wireBytes();
        }
        return bytes;
    }

    /// Marks the segments that leases refer to, out or given back.
    void stampLeased(int stamp) {
        for (int lease = 0; lease < leased.size(); lease++) {
            leased.get(lease).stamp(stamp);
        }
        for (int lease = 0; lease < returned.size(); lease++) {
            returned.get(lease).stamp(stamp);
        }
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
                + place.position()
                + ", backlog="
                + backlogRecords.get()
                + "]";
    }
}
