package dev.colonnade.storage;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.memory.BudgetShare;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// Work for the packer: made on a loop, done on the packer's thread a piece at a time, and sent
/// back. The queue there and the task back publish.
abstract sealed class PackerJob implements Runnable permits PackJob, RepackJob {
    /// How much is read between two looks at the clock: well below a millisecond's work.
    static final int BYTES_PER_LOOK = 64 << 10;

    /// What an entry costs beside its bytes, in the same measure.
    static final int ENTRY_BYTES = 64;

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

    private final Reshaper reshaper;
    private final Executor loop;

    /// What was made; null when nothing was.
    @Nullable StoredBlock block;

    /// Why nothing was made, or what was made is not taken.
    @Nullable Failure failure;

    long capacityBytes;

    /// What it took, with the packer's rests.
    long nanos;

    /// What it took of the processor.
    long cpuNanos;

    PackerJob(Reshaper reshaper, Order order, Executor loop) {
        this.reshaper = reshaper;
        this.order = order;
        this.loop = loop;
    }

    /// Works for well below a millisecond; true when it is done.
    abstract boolean work(BlockWriter writer, PackerScratch scratch, BudgetShare reserve);

    /// Ends it without a block; what was done so far is forgotten by the writer when it begins
    /// anew.
    void fail(Failure reason) {
        failure = reason;
    }

    /// Ends it with a block of what the writer has, where there is memory for one. Nothing is
    /// inflated meanwhile.
    final void seal(BlockWriter writer, PackerScratch scratch, BudgetShare reserve) {
        scratch.release();
        @Nullable StoredBlock made = writer.seal(order.decision().shape(), reserve);
        if (made == null) {
            made = writer.seal(order.decision().shape(), order.charge());
        }
        if (made == null) {
            fail(Failure.NO_ROOM);
            return;
        }
        block = made;
        capacityBytes = made.capacityBytes();
    }

    /// Sends it back to its loop.
    final void handBack() {
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
    public final void run() {
        reshaper.finish(this);
    }
}
