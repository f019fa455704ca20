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
        TOO_LARGE,
        /// What had to look inside the request on its way to the store found that it is damaged.
        MALFORMED,
        /// No more combinations of request metadata can be held: `metadata_cardinality_limit`.
        METADATA_FULL
    }

    private static final long SEGMENT_NANOS_MAX = 5_000_000_000L;

    private final ShardMemory memory;
    private final BudgetShare share;
    private final LongSupplier nanoClock;
    private final long segmentBytesMax;
    private final List<Cursor> cursors = new ArrayList<>();
    private final Map<Long, Ack> acks = new HashMap<>();
    private final MetadataTable metadata;

    /// For those of `acks` whose entry was packed after records of it were dropped: the gravest
    /// reason's code.
    private final Map<Long, Integer> worstDrops = new HashMap<>();

    private final Holdings holdings = new Holdings();
    private final SegmentList list;
    private final @Nullable Reshaper reshaper;

    /// Counts what stays rows; null where nobody wants to know.
    private final @Nullable ShapeMeter kept;

    private Segment newest;
    private boolean hasSealed;

    /// Entries admitted and neither appended nor cancelled: room for them is kept in the entry
    /// table.
    private int admitted;

    /// @param shaping how segments change their shape; null where they stay rows
    /// @param kept counts segments that stay rows because the pipeline streams; null where they do
    ///   for another reason
    StoreShard(
            StoreConfig config,
            ShardMemory memory,
            LongSupplier nanoClock,
            @Nullable ShardShaping shaping,
            @Nullable ShapeMeter kept) {
        this.kept = kept;
        this.memory = memory;
        this.nanoClock = nanoClock;
        share = BudgetShare.of(config.budget());
        segmentBytesMax = config.segmentBytesMax();
        metadata = new MetadataTable(config.metadata());
        newest = new Segment(memory, share, 0, nanoClock.getAsLong());
        list = new SegmentList(newest);
        for (CursorConfig cursor : config.cursors()) {
            cursors.add(
                    new Cursor(
                            this,
                            cursor,
                            newest,
                            shaping == null ? null : shaping.unpacker().room(shaping.windows())));
        }
        reshaper =
                shaping == null
                        ? null
                        : new Reshaper(
                                this, config.signal(), memory, list, holdings, shaping, nanoClock);
    }

    /// Whether [#admit] would answer [Admission#QUEUE_FULL] to a request of at least one record and
    /// `wireBytes`: asked before its body is read, so that refusing costs next to nothing. Takes
    /// nothing.
    public boolean isQueueFullFor(int wireBytes) {
        for (int index = 0; index < cursors.size(); index++) {
            if (cursors.get(index).isFullFor(wireBytes)) {
                return true;
            }
        }
        return false;
    }

    /// Takes room for one request in the entry table and in every exporter's queue; nothing is
    /// taken unless the answer is [Admission#ADMITTED].
    public Admission admit(int records, int wireBytes) {
        for (int index = 0; index < cursors.size(); index++) {
            if (!cursors.get(index).canHold(records, wireBytes)) {
                return Admission.TOO_LARGE;
            }
        }
        if (!newest.hasRoom(admitted + 1)) {
            return Admission.MEMORY_FULL;
        }
        admitted++;
        for (int index = 0; index < cursors.size(); index++) {
            if (!cursors.get(index).acquire(records, wireBytes)) {
                while (--index >= 0) {
                    cursors.get(index).releaseQueue(records, wireBytes);
                }
                admitted--;
                return Admission.QUEUE_FULL;
            }
        }
        return Admission.ADMITTED;
    }

    /// Gives back what [#admit] took for the same request.
    public void cancel(int records, int wireBytes) {
        checkAdmitted();
        admitted--;
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
        checkAdmitted();
        long now = nanoClock.getAsLong();
        Segment segment = segmentFor(batch.records(), now);
        int index = segment.claim();
        admitted--;
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
        int delay = Math.clamp(now - batch.receivedNanos(), 0, Integer.MAX_VALUE);
        OffHeap.putInt(entry + EntryDescriptor.STORE_DELAY, delay);
        segment.records += batch.records();
        segment.storedBytes += length;
        segment.wireBytes += batch.wireBytes();
        long position = segment.basePosition + index;
        if (ack != null) {
            acks.put(position, ack);
        }
        holdings.appended(batch.records(), length, batch.wireBytes());
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
        if (hasSealed) {
            hasSealed = false;
            considerShapes();
        }
    }

    /// The request metadata of what is held here. A batch that is appended brings its reference.
    public MetadataTable metadata() {
        return metadata;
    }

    /// The place of the exporter with that index in the store's configuration.
    public Cursor cursor(int index) {
        return cursors.get(index);
    }

    /// Drops the oldest waiting entries of the exporter that lags most among those that allow it,
    /// until `bytes` of payload, as held, are gone or nothing more would help: an entry that an
    /// exporter without `drop_oldest` needs as well stays, because dropping it would free nothing.
    ///
    /// What is packed goes as one segment, because less would free nothing; what the packer reads
    /// just now stays, because it is about to become less by itself.
    ///
    /// @return the bytes that were dropped; their slabs are free when all in them is settled
    public long evict(long bytes) {
        long gone = 0;
        while (gone < bytes) {
            @Nullable Cursor laggard = laggard();
            if (laggard == null || !isEvictable(laggard)) {
                break;
            }
            gone += laggard.evictHeld();
        }
        return gone;
    }

    /// Drops the oldest waiting entries of each exporter that allows it and whose written
    /// `queue_size` has no room for such a request, until it has.
    public void evictQueues(int records, int wireBytes) {
        for (int index = 0; index < cursors.size(); index++) {
            cursors.get(index).evictQueue(records, wireBytes);
        }
    }

    /// Drops whatever waits, counted as [DropReason#SHUTDOWN]; leases still out are their owners'.
    public void abandon() {
        for (Cursor cursor : cursors) {
            cursor.abandon();
        }
    }

    /// Refreshes what is measured now and then rather than at each change, and seals a segment that
    /// is old enough; a second apart is enough.
    public void tick() {
        if (isOld(newest, nanoClock.getAsLong())) {
            sealNewest();
        }
        for (Cursor cursor : cursors) {
            cursor.tick();
        }
        Reshaper shapes = reshaper;
        if (shapes != null) {
            shapes.tick();
        }
    }

    /// A consumer has asked for records in that shape.
    void asked(Shape shape) {
        Reshaper shapes = reshaper;
        if (shapes != null) {
            shapes.asked(shape);
        }
    }

    /// Asks whether a run of segments is to change its shape, and has it done; one at a time.
    public void considerShapes() {
        Reshaper shapes = reshaper;
        if (shapes != null) {
            shapes.consider();
        }
    }

    /// Frees the entry table.
    ///
    /// @throws IllegalStateException when an entry or its metadata is still held, or one was
    ///   admitted and neither appended nor cancelled, or the packer has not given back what it
    ///   reads
    public void close() {
        if (entries() != 0 || admitted != 0) {
            throw new IllegalStateException(
                    "store is not empty: entries=" + entries() + ", admitted=" + admitted);
        }
        if (reshaper != null && reshaper.isBusy()) {
            throw new IllegalStateException(
                    "packer has not given back what it reads: entries=" + entries());
        }
        if (metadata.size() != 0) {
            throw new IllegalStateException("metadata of no entry: held=" + metadata.size());
        }
        newest.free();
    }

    /// Records ever appended.
    public long stored() {
        return holdings.stored();
    }

    /// Records that some exporter has not settled.
    public long records() {
        return holdings.records();
    }

    /// Batches that some exporter has not settled.
    public long entries() {
        return holdings.entries();
    }

    /// Bytes of the payloads held as rows, as held.
    public long payloadBytes() {
        return holdings.rowBytes();
    }

    /// Bytes of the payloads held, as plain OTLP.
    public long wireBytes() {
        return holdings.wireBytes();
    }

    /// The figures by shape.
    Holdings holdings() {
        return holdings;
    }

    /// What has changed in shape, or was kept from it; null where nothing ever does.
    public @Nullable ShapeMeter shapes() {
        return reshaper == null ? kept : reshaper.meter();
    }

    /// The segments that hold something; on the loop.
    ///
    /// @param max how many are listed at most, the oldest first
    public SegmentFacts.Listing segments(int max) {
        return SegmentFacts.list(list.oldest(), max);
    }

    /// Looks at the segment that has the entry at `position`, as [#segments] tells it; null when no
    /// such entry is held. The caller closes it.
    public @Nullable SegmentLook look(long position) {
        return SegmentLook.at(this, position);
    }

    /// Bytes, as plain OTLP, that ever left the store: what the drain rate is taken from.
    public long settledBytes() {
        return holdings.settledBytes();
    }

    /// The first of the segments, in order.
    Segment oldest() {
        return list.oldest();
    }

    /// How many exporters it has.
    int cursorCount() {
        return cursors.size();
    }

    ShardMemory memory() {
        return memory;
    }

    /// One exporter is done with an entry; the last one frees it.
    void settle(Segment segment, int index) {
        if (segment.window != null) {
            segment.window.state.part.settle(segment, index);
            return;
        }
        long entry = segment.entry(index);
        int pending = OffHeap.getByte(entry + EntryDescriptor.PENDING) - 1;
        OffHeap.putByte(entry + EntryDescriptor.PENDING, (byte) pending);
        if (pending > 0) {
            return;
        }
        if (pending < 0) {
            throw new IllegalStateException(
                    "entry settled twice: position=" + (segment.basePosition + index));
        }
        holdings.settledRow(
                OffHeap.getInt(entry + EntryDescriptor.RECORDS),
                OffHeap.getInt(entry + EntryDescriptor.LENGTH),
                OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES));
        int worst = OffHeap.getByte(entry + EntryDescriptor.WORST_DROP);
        long position = segment.basePosition + index;
        if (!segment.pinned) {
            memory.release(OffHeap.getInt(entry + EntryDescriptor.SLOT));
        }
        metadata.release(OffHeap.getInt(entry + EntryDescriptor.METADATA));
        entrySettled(segment);
        tell(position, worst);
    }

    /// Tells whoever waits for an entry that is settled.
    ///
    /// @param worst the code of the gravest reason why records of it were dropped; 0 for none
    void tell(long position, int worst) {
        if (acks.isEmpty()) {
            return;
        }
        @Nullable Ack ack = acks.remove(position);
        if (ack != null) {
            @Nullable Integer before = worstDrops.isEmpty() ? null : worstDrops.remove(position);
            int gravest = before == null ? worst : Math.max(worst, before);
            ack.settled(gravest == 0 ? null : DropReason.of(gravest - 1));
        }
    }

    /// Whether anybody waits for an entry.
    boolean hasAcks() {
        return !acks.isEmpty();
    }

    /// Keeps the code of a reason for an entry whose descriptor goes, where somebody waits for it.
    void rememberWorst(long position, int worst) {
        if (worst != 0 && acks.containsKey(position)) {
            worstDrops.merge(position, worst, Math::max);
        }
    }

    /// Remembers that records of an entry were dropped; the gravest reason stays.
    void markDropped(long entry, DropReason reason) {
        int worst = OffHeap.getByte(entry + EntryDescriptor.WORST_DROP);
        int code = reason.ordinal() + 1;
        OffHeap.putByte(entry + EntryDescriptor.WORST_DROP, (byte) Math.max(worst, code));
    }

    private @Nullable Cursor laggard() {
        @Nullable Cursor laggard = null;
        for (int index = 0; index < cursors.size(); index++) {
            Cursor cursor = cursors.get(index);
            if (cursor.mayEvict()
                    && cursor.waitingEntries() > 0
                    && (laggard == null || cursor.waitingBytes() > laggard.waitingBytes())) {
                laggard = cursor;
            }
        }
        return laggard;
    }

    /// Whether everybody who still needs the laggard's oldest entry would let it go.
    private boolean isEvictable(Cursor laggard) {
        if (laggard.isOldestPinned()) {
            return false;
        }
        int pending = laggard.oldestPending();
        long position = laggard.oldestWaitingPosition();
        for (int index = 0; index < cursors.size(); index++) {
            Cursor cursor = cursors.get(index);
            if (cursor.mayEvict() && cursor.isWaiting(position)) {
                pending--;
            }
        }
        return pending == 0;
    }

    private void entrySettled(Segment segment) {
        if (--segment.live > 0) {
            return;
        }
        if (segment.sealed) {
            list.remove(segment);
            segment.free();
            return;
        }
        segment.reset(nanoClock.getAsLong());
        for (int index = 0; index < cursors.size(); index++) {
            cursors.get(index).restart(segment);
        }
    }

    private Segment segmentFor(int records, long now) {
        Segment segment = newest;
        boolean full =
                segment.records + (long) records > Segment.RECORDS_MAX
                        || segment.storedBytes >= segmentBytesMax
                        || isOld(segment, now);
        if (segment.count == 0 || !full) {
            return segment;
        }
        Segment fresh = new Segment(memory, share, segment.basePosition + segment.count, now);
        if (!fresh.hasRoom(admitted)) {
            fresh.free();
            return segment;
        }
        seal(fresh);
        return fresh;
    }

    private static boolean isOld(Segment segment, long now) {
        return now - segment.openedNanos > SEGMENT_NANOS_MAX;
    }

    private void seal(Segment next) {
        list.append(next);
        newest = next;
        hasSealed = true;
        ShapeMeter counts = kept;
        if (counts != null) {
            counts.switched(Shape.ROW, Shape.ROW, ShapeReason.STREAMING, 1);
        }
    }

    /// Seals the newest segment, if it has an entry and none is being admitted.
    boolean sealNewest() {
        if (newest.count == 0 || admitted > 0) {
            return false;
        }
        seal(new Segment(memory, share, newest.basePosition + newest.count, nanoClock.getAsLong()));
        return true;
    }

    private void checkAdmitted() {
        if (admitted == 0) {
            throw new IllegalStateException("batch was not admitted");
        }
    }
}
