package dev.colonnade.storage;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.memory.BudgetShare;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// A block on its way to the packer, to become one of another shape, and back.
///
/// The block is kept for it; the store goes on with it meanwhile, and if somebody came to it before
/// this is done, the work was in vain.
final class RepackJob implements PackerJob, Runnable {
    final Segment home;
    final PackedState state;

    private final PackJob.Order order;
    private final Reshaper reshaper;
    private final Packer packer;
    private final Executor loop;
    private @Nullable BlockReader reader;

    @Nullable StoredBlock block;
    @Nullable Failure failure;
    long capacityBytes;
    long nanos;
    long cpuNanos;

    /// @param state of `home`, retained for this
    RepackJob(
            Reshaper reshaper,
            PackJob.Order order,
            Segment home,
            PackedState state,
            Packer packer,
            Executor loop) {
        this.reshaper = reshaper;
        this.order = order;
        this.home = home;
        this.state = state;
        this.packer = packer;
        this.loop = loop;
    }

    @Override
    public PackJob.Order order() {
        return order;
    }

    @Override
    public boolean work(BlockWriter writer, PackerScratch scratch, BudgetShare reserve) {
        BlockReader from = reader;
        if (from == null) {
            writer.begin();
            from = packer.reader();
            if (!from.open(state.block)) {
                return failed(Failure.NO_ROOM);
            }
            reader = from;
        }
        long read = 0;
        while (read < BYTES_PER_LOOK) {
            int length = from.nextLength();
            if (length == BlockReader.END) {
                return seal(writer, scratch, reserve);
            }
            @Nullable Failure obstacle = add(from, length, writer, scratch);
            if (obstacle != null) {
                return failed(obstacle);
            }
            read += ENTRY_BYTES + length;
        }
        return false;
    }

    @Override
    public void fail() {
        boolean _ = failed(Failure.DEFECT);
    }

    @Override
    public void refuse() {
        boolean _ = failed(Failure.REFUSED);
    }

    @Override
    public void took(long elapsedNanos, long processorNanos) {
        nanos = elapsedNanos;
        cpuNanos = processorNanos;
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

    private static @Nullable Failure add(
            BlockReader from, int length, BlockWriter writer, PackerScratch scratch) {
        if (!scratch.reserve(Math.max(1, length))) {
            return Failure.NO_ROOM;
        }
        long received = from.receivedNanos();
        int metadata = from.metadataId();
        int records = from.records();
        from.write(scratch.address());
        return switch (writer.add(scratch.address(), length, received, metadata, records)) {
            case ADDED -> null;
            case FULL -> Failure.UNFIT;
            case NO_MEMORY -> Failure.NO_ROOM;
        };
    }

    private boolean seal(BlockWriter writer, PackerScratch scratch, BudgetShare reserve) {
        release();
        scratch.release();
        @Nullable StoredBlock made = writer.seal(order.decision().shape(), reserve);
        if (made == null) {
            made = writer.seal(order.decision().shape(), order.charge());
        }
        if (made == null) {
            return failed(Failure.NO_ROOM);
        }
        block = made;
        capacityBytes = made.capacityBytes();
        return true;
    }

    private boolean failed(Failure reason) {
        release();
        failure = reason;
        return true;
    }

    private void release() {
        BlockReader from = reader;
        if (from != null) {
            reader = null;
            from.release();
        }
    }
}
