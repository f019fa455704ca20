package dev.colonnade.storage;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// A run of pinned row segments on its way to the packer and back.
///
/// Made and ended on the store's loop; in between the packer's alone. What the loop changes
/// meanwhile (how many cursors need an entry) the packer does not read; what it reads (where the
/// payloads are) does not change while the segments are pinned. The queue there and the task back
/// publish.
final class PackJob implements PackerJob, Runnable {
    /// What is to be made.
    ///
    /// @param share the part of one processor that it may take
    /// @param entryBytesMax the longest entry, as plain OTLP, that may be packed
    /// @param charge the pipeline's, for a block that the packer's reserve has no room for
    record Order(
            Signal signal,
            ShapeCandidate candidate,
            ShapeDecision decision,
            double share,
            int entryBytesMax,
            BudgetShare charge) {}

    final Order order;
    final Segment[] segments;
    final int firstIndex;

    private final Reshaper reshaper;
    private final Executor loop;
    private final @Nullable Slab[] slabs;
    private int segment;
    private int index;
    private boolean hasBegun;

    /// Entries that are in the block, from the first on.
    int covered;

    @Nullable StoredBlock block;
    @Nullable Failure failure;
    long capacityBytes;
    long nanos;
    long cpuNanos;

    /// @param segments pinned, adjacent
    /// @param firstIndex where in the first to begin
    /// @param slabs the loop's table, in which the payloads' slabs stay where they are
    PackJob(
            Reshaper reshaper,
            Order order,
            Segment[] segments,
            int firstIndex,
            Executor loop,
            @Nullable Slab[] slabs) {
        this.reshaper = reshaper;
        this.order = order;
        this.segments = segments;
        this.firstIndex = firstIndex;
        this.loop = loop;
        this.slabs = slabs;
        index = firstIndex;
    }

    @Override
    public Order order() {
        return order;
    }

    @Override
    public void took(long elapsedNanos, long processorNanos) {
        nanos = elapsedNanos;
        cpuNanos = processorNanos;
    }

    @Override
    public boolean work(BlockWriter writer, PackerScratch scratch, BudgetShare reserve) {
        if (!hasBegun) {
            hasBegun = true;
            writer.begin();
        }
        long read = 0;
        while (segment < segments.length && read < BYTES_PER_LOOK) {
            Segment from = segments[segment];
            if (index == from.count) {
                segment++;
                index = segment < segments.length ? segments[segment].from : 0;
                continue;
            }
            long entry = from.entry(index);
            @Nullable Failure obstacle = add(writer, scratch, entry);
            if (obstacle != null) {
                end(writer, scratch, reserve, obstacle);
                return true;
            }
            covered++;
            index++;
            read += ENTRY_BYTES + OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
        }
        if (segment < segments.length) {
            return false;
        }
        end(writer, scratch, reserve, Failure.OVERTAKEN);
        return true;
    }

    @Override
    public void fail() {
        failure = Failure.DEFECT;
        covered = 0;
    }

    @Override
    public void refuse() {
        failure = Failure.REFUSED;
        covered = 0;
    }

    @Override
    public void handBack() {
        try {
            loop.execute(this);
        } catch (RejectedExecutionException _) {
            // The loop has ended before the packer did: the memory's closing will name what leaked.
            StoredBlock made = block;
            if (made != null) {
                made.release();
                block = null;
            }
        }
    }

    /// On the loop.
    @Override
    public void run() {
        reshaper.finish(this);
    }

    private @Nullable Failure add(BlockWriter writer, PackerScratch scratch, long entry) {
        int wireBytes = OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
        int length = OffHeap.getInt(entry + EntryDescriptor.LENGTH);
        Codec codec = Codec.of(OffHeap.getByte(entry + EntryDescriptor.CODEC));
        Slab slab = slabs[OffHeap.getInt(entry + EntryDescriptor.SLOT)];
        if (wireBytes > order.entryBytesMax() || slab == null) {
            return Failure.UNFIT;
        }
        long address = slab.address() + OffHeap.getInt(entry + EntryDescriptor.OFFSET);
        if (codec != Codec.IDENTITY) {
            if (!scratch.reserve(wireBytes)) {
                return Failure.NO_ROOM;
            }
            address = scratch.inflate(codec, address, length, wireBytes);
            if (address == PackerScratch.DAMAGED) {
                return Failure.UNFIT;
            }
        } else if (length != wireBytes) {
            return Failure.UNFIT;
        }
        return switch (writer.add(
                address,
                wireBytes,
                OffHeap.getLong(entry + EntryDescriptor.RECEIVED),
                OffHeap.getInt(entry + EntryDescriptor.METADATA),
                OffHeap.getInt(entry + EntryDescriptor.RECORDS))) {
            case ADDED -> null;
            case FULL -> Failure.UNFIT;
            case NO_MEMORY -> Failure.NO_ROOM;
        };
    }

    /// Makes a block of what there is; with nothing, `reason` says why. Nothing is inflated
    /// meanwhile.
    private void end(
            BlockWriter writer, PackerScratch scratch, BudgetShare reserve, Failure reason) {
        if (covered == 0) {
            failure = reason;
            return;
        }
        scratch.release();
        @Nullable StoredBlock made = writer.seal(order.decision().shape(), reserve);
        if (made == null) {
            made = writer.seal(order.decision().shape(), order.charge());
        }
        if (made == null) {
            failure = Failure.NO_ROOM;
            covered = 0;
        } else {
            block = made;
            capacityBytes = made.capacityBytes();
        }
    }
}
