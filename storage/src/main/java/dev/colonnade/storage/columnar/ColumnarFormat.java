package dev.colonnade.storage.columnar;

import dev.colonnade.storage.BlockFormat;
import dev.colonnade.storage.BlockReader;
import dev.colonnade.storage.BlockWriter;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.BlockEncoder.Limits;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.SlabPool;

/// Holds entries as columns: [BlockEncoder] writes, [BlockDecoder] reads.
public final class ColumnarFormat implements BlockFormat {
    /// Above that a record becomes less than a byte smaller, and every block needs more memory to
    /// be read.
    private static final int RECORDS = 16_384;

    private final Limits limits;

    /// Blocks whose reading needs at most `readerBytes` of working memory, at least 4 MiB. With 10
    /// MiB a block has as many as 16,384 records of usual size, and holds them nearly as densely as
    /// larger ones; with less it has fewer.
    public static ColumnarFormat ofReaderBytes(int readerBytes) {
        int unpackBytes = readerBytes - BlockDecoder.FIXED_BYTES;
        if (unpackBytes < 1 << 20) {
            throw new IllegalArgumentException(
                    "too little memory to read blocks: readerBytes=" + readerBytes);
        }
        return new ColumnarFormat(new Limits(RECORDS, unpackBytes, unpackBytes));
    }

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

    @Override
    public long readerBytesMax() {
        return limits.unpackBytesMax() + BlockDecoder.FIXED_BYTES;
    }

    /// Columns take half of what reading may need, cutting texts another three eighths, indexes an
    /// eighth; entries kept as bytes take from what columns may.
    @Override
    public long writerBytesMax() {
        return limits.unpackBytesMax() + limits.unpackBytesMax() / 2 + BlockEncoder.FIXED_BYTES;
    }

    @Override
    public int blockWireBytesMax() {
        return limits.wireBytesMax();
    }
}
