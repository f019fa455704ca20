package dev.colonnade.storage.columnar;

import dev.colonnade.storage.BlockFormat;
import dev.colonnade.storage.BlockReader;
import dev.colonnade.storage.BlockWriter;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.BlockEncoder.Limits;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.SlabPool;

/// Holds entries as columns: [BlockEncoder] writes, [BlockDecoder] reads.
public final class ColumnarFormat implements BlockFormat {
    private final Limits limits;

    /// Blocks of at most `limits`.
    public ColumnarFormat(Limits limits) {
        this.limits = limits;
    }

    @Override
    public BlockWriter writer(Signal signal, SlabPool pool, BudgetShare floor) {
        return new BlockEncoder(signal, pool, floor, limits);
    }

    @Override
    public BlockReader reader(SlabPool pool, BudgetShare floor) {
        return new BlockDecoder(pool, floor);
    }

    /// At rest columns are packed.
    @Override
    public boolean makes(Shape shape) {
        return shape == Shape.PACKED;
    }

    @Override
    public long readerBytesMax() {
        return 2L * limits.wireBytesMax() + BlockDecoder.FIXED_BYTES;
    }

    @Override
    public long writerBytesMax() {
        return 2L * limits.wireBytesMax() + BlockEncoder.FIXED_BYTES;
    }

    @Override
    public int blockWireBytesMax() {
        return limits.wireBytesMax();
    }
}
