package dev.colonnade.storage;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.memory.BudgetShare;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// A block on its way to the packer, to become one of another shape, and back.
///
/// The block is kept for it; the store goes on with it meanwhile, and if somebody came to it before
/// this is done, the work was in vain.
final class RepackJob extends PackerJob {
    final Segment home;
    final PackedState state;

    private final Packer packer;
    private @Nullable BlockReader reader;

    /// @param state of `home`, retained for this
    RepackJob(
            Reshaper reshaper,
            Order order,
            Segment home,
            PackedState state,
            Packer packer,
            Executor loop) {
        super(reshaper, order, loop);
        this.home = home;
        this.state = state;
        this.packer = packer;
    }

    @Override
    boolean work(BlockWriter writer, PackerScratch scratch, BudgetShare reserve) {
        BlockReader from = reader;
        if (from == null) {
            writer.begin();
            from = packer.reader();
            if (!from.open(state.block)) {
                fail(Failure.NO_ROOM);
                return true;
            }
            reader = from;
        }
        long read = 0;
        while (read < BYTES_PER_LOOK) {
            int length = from.nextLength();
            if (length == BlockReader.END) {
                release();
                seal(writer, scratch, reserve);
                return true;
            }
            @Nullable Failure obstacle = add(from, length, writer, scratch);
            if (obstacle != null) {
                fail(obstacle);
                return true;
            }
            read += ENTRY_BYTES + length;
        }
        return false;
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

    @Override
    void fail(Failure reason) {
        release();
        super.fail(reason);
    }

    private void release() {
        BlockReader from = reader;
        if (from != null) {
            reader = null;
            from.release();
        }
    }
}
