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
    /// Above that a record becomes less than a byte smaller, and every block needs more memory to
    /// be read.
    private static final int RECORDS = 16_384;

    /// What small blocks may unpack, at least and at most.
    private static final int SMALL_UNPACK_BYTES_MIN = 256 << 10;

    private static final int SMALL_UNPACK_BYTES_MAX = 2 << 20;

    private final Limits limits;
    private final WorkSizes sizes;
    private final HashKey hashKey;

    /// Blocks whose reading needs at most `readerBytes` of working memory, at least 4 MiB. With 10
    /// MiB a block has as many as 16,384 records of usual size, and holds them nearly as densely as
    /// larger ones; with less it has fewer.
    public static ColumnarFormat ofReaderBytes(int readerBytes) {
        int unpackBytes = Math.toIntExact(readerBytes - WorkSizes.LARGE.readerBytesMax(0));
        if (unpackBytes < 1 << 20) {
            throw new IllegalArgumentException(
                    "too little memory to read blocks: readerBytes=" + readerBytes);
        }
        return new ColumnarFormat(new Limits(RECORDS, unpackBytes, unpackBytes));
    }

    /// Small blocks, for budgets in which the working memory of [#ofReaderBytes] would leave
    /// nothing to hold: of 1,000 to 5,000 records of usual size, and a little larger per record.
    /// They are held packed and in no other shape.
    ///
    /// @param unpackBytes what reading a block unpacks, in bytes: 256 KiB to 2 MiB, a power of two
    ///   because it is taken in one slab
    public static ColumnarFormat ofSmallBlocks(int unpackBytes) {
        if (unpackBytes < SMALL_UNPACK_BYTES_MIN
                || unpackBytes > SMALL_UNPACK_BYTES_MAX
                || Integer.bitCount(unpackBytes) != 1) {
            throw new IllegalArgumentException(
                    "unpack bytes of small blocks out of range: unpackBytes=" + unpackBytes);
        }
        // Reading logs takes two thirds of what they are long, other records less.
        int wireBytes = unpackBytes + unpackBytes / 2;
        Limits limits = new Limits(RECORDS, wireBytes, unpackBytes);
        return new ColumnarFormat(limits, WorkSizes.SMALL, HashKey.FIXED);
    }

    /// Blocks of at most `limits`.
    public ColumnarFormat(Limits limits) {
        this(limits, WorkSizes.LARGE, HashKey.FIXED);
    }

    private ColumnarFormat(Limits limits, WorkSizes sizes, HashKey hashKey) {
        this.limits = limits;
        this.sizes = sizes;
        this.hashKey = hashKey;
    }

    /// The same, whose writers hash by `seed`: with one that senders cannot know, they cannot
    /// choose values whose looking up takes long. What is written reads the same, whatever the
    /// seed.
    public ColumnarFormat hashing(long seed) {
        return new ColumnarFormat(limits, sizes, HashKey.of(seed));
    }

    @Override
    public BlockWriter writer(Signal signal, SlabPool pool, BudgetShare floor) {
        return new BlockEncoder(signal, pool, floor, limits, sizes, hashKey);
    }

    @Override
    public BlockReader reader(SlabPool pool, BudgetShare floor) {
        return sizes.isSmall()
                ? BlockDecoder.ofSmall(pool, floor, (int) limits.unpackBytesMax())
                : new BlockDecoder(pool, floor);
    }

    /// Columns that are not packed need room in one piece, half as long as what they are made from.
    @Override
    public boolean makes(Shape shape) {
        return shape == Shape.PACKED || (shape == Shape.COLUMN && !sizes.isSmall());
    }

    @Override
    public long readerBytesMax() {
        return sizes.readerBytesMax(limits.unpackBytesMax());
    }

    /// What columns, cutting texts, indexes, and entries kept as bytes may take, see [WorkSizes].
    @Override
    public long writerBytesMax() {
        return sizes.writerBytesMax(limits.unpackBytesMax());
    }

    @Override
    public long addingBytesMax() {
        return sizes.addingBytesMax(limits.unpackBytesMax());
    }

    @Override
    public int blockWireBytesMax() {
        return limits.wireBytesMax();
    }

    @Override
    public int runWireBytesMax() {
        return limits.wireBytesMax() + (sizes.isSmall() ? limits.wireBytesMax() / 2 : 0);
    }
}
