package dev.colonnade.storage;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.memory.ShardMemory;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Has a shard's row segments packed: finds runs, asks whether, hands them to the packer, and puts
/// what comes back in their place. Runs on the shard's loop; one run at a time is away.
final class Reshaper {
    private final StoreShard shard;
    private final Signal signal;
    private final ShardMemory memory;
    private final SegmentList list;
    private final Holdings holdings;
    private final ShardShaping shaping;
    private final PackedPart part;
    private final RunFinder finder;
    private final ShapeMeter meter = new ShapeMeter();
    private final LongSupplier nanoClock;
    private boolean isBusy;

    Reshaper(
            StoreShard shard,
            Signal signal,
            ShardMemory memory,
            SegmentList list,
            Holdings holdings,
            ShardShaping shaping,
            LongSupplier nanoClock) {
        this.shard = shard;
        this.signal = signal;
        this.memory = memory;
        this.list = list;
        this.holdings = holdings;
        this.shaping = shaping;
        this.nanoClock = nanoClock;
        part = new PackedPart(shard, memory, list, holdings, shaping, meter, nanoClock);
        finder =
                new RunFinder(
                        shard,
                        list,
                        shaping.decider(),
                        shard.cursorCount(),
                        shaping.packer().runWireBytesMax());
    }

    ShapeMeter meter() {
        return meter;
    }

    /// A consumer has asked for records in that shape.
    void asked(Shape shape) {
        shaping.decider().asked(shape);
    }

    /// Whether the packer has segments of this shard.
    boolean isBusy() {
        return isBusy;
    }

    /// What is looked at now and then.
    void tick() {
        shaping.unpacker().tick(nanoClock.getAsLong());
        consider();
    }

    /// Offers runs to the decider, the oldest first, until it says yes to one, and has that packed.
    void consider() {
        part.chargeBlocks();
        if (isBusy) {
            return;
        }
        finder.begin();
        while (finder.find()) {
            ShapeCandidate candidate = finder.candidate();
            @Nullable ShapeDecision decision = shaping.decider().decide(candidate);
            if (decision == null
                    || decision.shape() == Shape.ROW
                    || decision.shape() == candidate.shape()) {
                continue;
            }
            Segment block = finder.block();
            if (block == null) {
                start(candidate, decision);
            } else {
                startBlock(block, candidate, decision);
            }
            return;
        }
    }

    private void startBlock(Segment home, ShapeCandidate candidate, ShapeDecision decision) {
        PackedState state = home.packed;
        if (state == null) {
            throw new IllegalStateException("segment has no block");
        }
        state.retain();
        RepackJob job =
                new RepackJob(
                        this,
                        order(candidate, decision),
                        home,
                        state,
                        shaping.packer(),
                        shaping.loop());
        offer(job);
    }

    private void offer(PackerJob job) {
        isBusy = true;
        if (!shaping.packer().offer(job)) {
            job.fail(Failure.REFUSED);
            end(job);
        }
    }

    private PackerJob.Order order(ShapeCandidate candidate, ShapeDecision decision) {
        return new PackerJob.Order(
                signal,
                candidate,
                decision,
                shaping.decider().packerShare(),
                entryBytesMax(),
                shaping.charge(decision.shape()));
    }

    private void start(ShapeCandidate candidate, ShapeDecision decision) {
        if (finder.last() == list.newest() && !shard.sealNewest()) {
            return;
        }
        if (finder.isFirstCut()) {
            finder.cutFirst();
        }
        Segment[] segments = finder.segments();
        PackJob job =
                new PackJob(
                        this,
                        order(candidate, decision),
                        segments,
                        finder.firstIndex(),
                        shaping.loop(),
                        memory.table());
        for (Segment segment : segments) {
            segment.pinned = true;
        }
        offer(job);
    }

    /// The longest entry that can be packed and, later, unpacked.
    private int entryBytesMax() {
        return Math.min(shaping.packer().entryBytesMax(), shaping.unpacker().entryBytesMax());
    }

    /// Takes what the packer made, and looks for the next run.
    void finish(PackerJob job) {
        StoredBlock made = job.block;
        meter.worked(
                job.order.decision().shape(),
                made == null ? 0 : made.records(),
                job.cpuNanos,
                job.nanos);
        end(job);
        if (job.failure == null) {
            consider();
        }
    }

    private void end(PackerJob job) {
        isBusy = false;
        StoredBlock made = job.block;
        int records = made == null ? 0 : made.records();
        switch (job) {
            case PackJob rows -> end(rows);
            case RepackJob block -> end(block);
        }
        tell(job, records);
    }

    /// Goes on with the block that the packer made of another, where nobody came to that meanwhile.
    private void end(RepackJob job) {
        PackedState state = job.state;
        ShapeDecision decision = job.order.decision();
        StoredBlock made = job.block;
        if (made != null) {
            if (job.home.live == 0 || state.isEntered()) {
                job.failure = Failure.OVERTAKEN;
            } else if (decision.mustSave() && state.block.capacityBytes() <= made.capacityBytes()) {
                job.failure = Failure.SAVED_NOTHING;
            }
            if (job.failure == null) {
                part.replace(job.home, state, state.in(made, decision, nanoClock.getAsLong()));
                meter.encoded(
                        made.dictionaryEntries(),
                        made.dictionaryHits(),
                        made.dictionaryOverflows(),
                        made.opaqueEntries());
                meter.switched(state.block.shape(), decision.shape(), decision.reason(), 1);
            } else {
                made.release();
            }
        }
        state.release();
        part.chargeBlocks();
        Failure failure = job.failure;
        state.staysAsItIs =
                failure == Failure.SAVED_NOTHING
                        || failure == Failure.UNFIT
                        || failure == Failure.DEFECT;
    }

    /// Puts what the packer made in the place of the rows, where they are still as they were.
    private void end(PackJob job) {
        for (int index = 0; index < shard.cursorCount(); index++) {
            boolean _ = shard.cursor(index).place().moveToEntry();
        }
        Swap swap = new Swap(shard, memory, job);
        StoredBlock block = job.block;
        boolean isReplaced = block != null && isTaken(job, block, swap);
        if (block != null && isReplaced) {
            PackedState state = new PackedState(part, block, swap.facts(), job.order.decision());
            state.changedNanos = nanoClock.getAsLong();
            swap.replace(list, state);
            part.add(state);
            holdings.packed(block, swap.records, swap.wireBytes, swap.rowBytes);
            ShapeDecision decision = job.order.decision();
            meter.encoded(
                    block.dictionaryEntries(),
                    block.dictionaryHits(),
                    block.dictionaryOverflows(),
                    block.opaqueEntries());
            meter.switched(Shape.ROW, decision.shape(), decision.reason(), job.segments.length);
        } else if (block != null) {
            block.release();
        }
        swap.unpin(list, isReplaced);
        part.chargeBlocks();
        if (job.failure == Failure.SAVED_NOTHING || job.failure == Failure.DEFECT) {
            for (Segment segment : job.segments) {
                segment.staysRow = true;
            }
        } else if (job.failure == Failure.UNFIT) {
            job.segments[0].staysRow = true;
        }
    }

    private void tell(PackerJob job, int records) {
        PackerJob.Order order = job.order;
        Failure failure = job.failure;
        long bytes = job.capacityBytes;
        long cpuNanos = job.cpuNanos;
        ShapeDecider decider = shaping.decider();
        if (failure == null) {
            decider.made(order.candidate(), order.decision(), records, bytes, cpuNanos);
            return;
        }
        meter.failed(failure);
        switch (failure) {
            case NO_ROOM -> decider.foundNoRoom();
            case OVERTAKEN, REFUSED -> decider.overtaken();
            case SAVED_NOTHING ->
                    decider.savedNothing(
                            order.candidate(), order.decision(), records, bytes, cpuNanos);
            case UNFIT, DEFECT -> {}
        }
    }

    /// Whether the block is to take the rows' place: not when an exporter has, or gave back, some
    /// of them, or needs none any more, nor when that would free nothing.
    private boolean isTaken(PackJob job, StoredBlock block, Swap swap) {
        long heldBytes = swap.rowBytes + (long) EntryDescriptor.BYTES * (job.covered - swap.dead);
        if (swap.dead == job.covered || isLeased(job)) {
            job.failure = Failure.OVERTAKEN;
        } else if (job.order.decision().mustSave() && heldBytes <= block.capacityBytes()) {
            job.failure = Failure.SAVED_NOTHING;
        }
        return job.failure == null;
    }

    private boolean isLeased(PackJob job) {
        int stamp = finder.stampLeased();
        int left = job.covered;
        for (int number = 0; number < job.segments.length && left > 0; number++) {
            Segment segment = job.segments[number];
            if (segment.leasedStamp == stamp) {
                return true;
            }
            left -= segment.count - (number == 0 ? job.firstIndex : segment.from);
        }
        return false;
    }
}
