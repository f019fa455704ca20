package dev.colonnade.exporters.delivery;

import dev.colonnade.storage.Codec;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.Slab;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// A lease on its way: which part of it is sent now, what is left, and how it has fared.
///
/// A lease is one part unless it is larger than a limit or the peer refuses it; then it is cut, and
/// the parts are sent one after the other, in order. Reused; belongs to one shard.
final class Shipment implements Transport.Answer {
    private final DeliveryShard shard;
    private final FrameBuilder builder;
    private final DeliveryConfig config;
    private final Frame frame = new Frame();
    private final ArrayDeque<Part> rest = new ArrayDeque<>(0);
    private @Nullable Lease lease;
    private Signal signal = Signal.LOGS;

    // The present part, spelt out so that an uncut lease needs no object for it.
    private int entry;
    private int entries;
    private int from;
    private int to;

    /// The present entry inflated, while it is cut.
    private @Nullable Slab inflated;

    private boolean isPartlySettled;
    private boolean wasRefused;

    /// The request under way; null while there is none.
    Transport.@Nullable Call call;

    boolean isInFlight;

    /// What its lease keeps, as plain OTLP.
    long leasedBytes;

    /// The number of the probe that it is; 0 when it is none.
    long probe;

    /// Whether it is one of those that the back-off counts as held.
    boolean isHeld;

    boolean wasTried;
    boolean wasWritten;

    /// Attempts of the present part.
    int attempts;

    /// How often the peer gave a doubtful refusal to a single record.
    int doubts;

    /// What had been delivered when the peer refused something the first time.
    long deliveredBefore;

    long firstAttemptNanos;
    long startedNanos;
    long notBeforeNanos;
    long recoveriesBefore;

    Shipment(DeliveryShard shard, FrameBuilder builder, DeliveryConfig config) {
        this.shard = shard;
        this.builder = builder;
        this.config = config;
    }

    /// Begins with a lease, which is this shipment's until it is settled or given back.
    void begin(Lease lease, Signal signal, long nowNanos) {
        this.lease = lease;
        this.signal = signal;
        leasedBytes = lease.wireBytes();
        take(Part.ofEntries(0, lease.entries()));
        isPartlySettled = false;
        wasRefused = false;
        wasTried = false;
        wasWritten = false;
        probe = BackOff.NO_PROBE;
        isHeld = false;
        attempts = 0;
        doubts = 0;
        deliveredBefore = -1;
        notBeforeNanos = nowNanos;
        recoveriesBefore = -1;
    }

    @Override
    public void written() {
        shard.written(this);
    }

    @Override
    public void done(Outcome outcome) {
        shard.done(this, outcome);
    }

    Frame frame() {
        return frame;
    }

    Lease lease() {
        Lease held = lease;
        if (held == null) {
            throw new IllegalStateException("shipment has no lease");
        }
        return held;
    }

    Signal signal() {
        return signal;
    }

    /// The records of the present part.
    int records() {
        if (to != Part.ALL) {
            return to - from;
        }
        int records = 0;
        for (int index = entry; index < entry + entries; index++) {
            records += lease().records(index);
        }
        return records;
    }

    /// The plain size of the present part's entries, in bytes.
    long plainBytes() {
        long bytes = 0;
        for (int index = entry; index < entry + entries; index++) {
            bytes += lease().wireBytes(index);
        }
        return bytes;
    }

    /// Whether the present part came of more than one request.
    boolean isMerged() {
        return entries > 1;
    }

    /// Makes the frame of the present part, cutting it first where it is larger than a limit.
    FrameBuilder.Result prepare() {
        if (frame.isReady()) {
            return FrameBuilder.Result.MADE;
        }
        FrameBuilder.Result result =
                to == Part.ALL && !isOverLimit() ? prepareEntries() : prepareRecords();
        if (result != FrameBuilder.Result.NEVER && result != FrameBuilder.Result.DAMAGED) {
            return result;
        }
        if (isMerged()) {
            // Some need room that is not there: each alone can leave as it came.
            cutEntries(1);
            return prepare();
        }
        if (wasRefused || from > 0) {
            return result;
        }
        // There is no room to cut it in: the peer may take it whole.
        Part next = rest.peek();
        if (next != null && next.entry() == entry) {
            rest.pop();
        }
        to = Part.ALL;
        dropInflated();
        return prepareEntries();
    }

    /// Cuts the present part in two, the first of which becomes the present one.
    ///
    /// @return false when it is a single record
    boolean cut() {
        wasRefused = true;
        dropFrame();
        if (isMerged()) {
            cutEntries(entries / 2);
            return true;
        }
        int end = to == Part.ALL ? lease().records(entry) : to;
        if (end - from < 2) {
            return false;
        }
        cutRecords(from + (end - from) / 2, end);
        return true;
    }

    /// The present part is done with: delivered, all but `rejected` of its records.
    void settle(long rejected) {
        isPartlySettled = true;
        long left = rejected;
        for (int index = entry; index < entry + entries && left > 0; index++) {
            int count = to == Part.ALL ? lease().records(index) : to - from;
            count = (int) Math.min(left, count);
            lease().drop(index, count, DropReason.REJECTED);
            left -= count;
        }
    }

    /// Goes on to the next part; false when there is none.
    boolean next() {
        dropFrame();
        attempts = 0;
        doubts = 0;
        if (rest.isEmpty()) {
            return false;
        }
        int before = entry;
        take(rest.pop());
        if (entry != before) {
            dropInflated();
        }
        return true;
    }

    /// Ends the lease: all its parts were delivered or counted as dropped.
    void finish() {
        lease().ack();
        lease = null;
        dropInflated();
    }

    /// Ends the lease: the present part and those left are dropped.
    ///
    /// @return how many records that were
    long dropRest(DropReason reason) {
        long dropped = 0;
        do {
            for (int index = entry; index < entry + entries; index++) {
                int count = to == Part.ALL ? lease().records(index) : to - from;
                lease().drop(index, count, reason);
                dropped += count;
            }
        } while (next());
        finish();
        return dropped;
    }

    /// Gives the lease back; where some of it was settled the rest is dropped.
    void giveBack() {
        if (isPartlySettled) {
            long _ = dropRest(DropReason.SHUTDOWN);
            return;
        }
        rest.clear();
        dropFrame();
        dropInflated();
        lease().nack();
        lease = null;
    }

    void dropFrame() {
        builder.drop(frame);
    }

    private FrameBuilder.Result prepareEntries() {
        return builder.build(frame, signal, lease(), entry, entries);
    }

    private FrameBuilder.Result prepareRecords() {
        int end = to == Part.ALL ? lease().records(entry) : to;
        boolean isPlain = lease().codec(entry) == Codec.IDENTITY;
        if (!isPlain && inflated == null) {
            inflated = builder.inflate(lease(), entry);
            if (inflated == null) {
                return builder.noRoom(0);
            }
        }
        Slab own = inflated;
        long source = own == null ? lease().address(entry) : own.address();
        int length = lease().wireBytes(entry);
        to = end;
        if (config.isRequestLimited()) {
            int fitting =
                    builder.fit(
                            signal,
                            source,
                            length,
                            from,
                            config.requestBytesMax(),
                            config.requestRecordsMax());
            if (fitting < 0) {
                return FrameBuilder.Result.DAMAGED;
            }
            if (fitting < end) {
                shard.countSplit();
                cutRecords(fitting, end);
            }
        }
        return builder.buildSlice(frame, signal, source, length, from, to, own == null ? 0 : 1);
    }

    private boolean isOverLimit() {
        return entries == 1
                && (lease().wireBytes(entry) > config.requestBytesMax()
                        || lease().records(entry) > config.requestRecordsMax());
    }

    private void cutEntries(int count) {
        rest.push(Part.ofEntries(entry + count, entries - count));
        entries = count;
    }

    private void cutRecords(int middle, int end) {
        rest.push(Part.ofRecords(entry, middle, end));
        to = middle;
    }

    private void take(Part part) {
        entry = part.entry();
        entries = part.entries();
        from = part.from();
        to = part.to();
    }

    /// Gives up the inflated entry; it is inflated again when it is needed.
    void dropInflated() {
        if (inflated != null) {
            builder.release(inflated);
            inflated = null;
        }
    }
}
