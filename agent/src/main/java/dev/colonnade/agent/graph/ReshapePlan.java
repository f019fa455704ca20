package dev.colonnade.agent.graph;

import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.storage.BlockFormat;
import dev.colonnade.storage.Unpacker;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.memory.SlabPool;
import org.jspecify.annotations.Nullable;

/// How large blocks are, and what memory is kept to make and to read them, for a budget.
///
/// Large blocks are small per record, but whoever makes or reads one needs memory for it, on the
/// packer and on every loop, and that memory holds nothing.
///
/// @param format makes and reads blocks
/// @param packBytes what the packer works in
/// @param reserveBytes what a new block takes until the rows are gone that it replaces
/// @param unpackBytes what each loop unpacks in
record ReshapePlan(BlockFormat format, long packBytes, long reserveBytes, long unpackBytes) {
    /// What a loop may have to read blocks, of its part of the budget.
    private static final int READER_BUDGET_PARTS = 16;

    private static final int READER_BYTES_MIN = 4 << 20;

    /// With more, blocks hold hardly more records.
    private static final int READER_BYTES_MAX = 10 << 20;

    /// A request that is longer stays as it came.
    private static final int ENTRY_BUDGET_PARTS = 64;

    private static final int ENTRY_BYTES_MIN = 512 << 10;
    private static final int ENTRY_BYTES_MAX = 4 << 20;
    private static final int WINDOW_BUDGET_PARTS = 256;
    private static final int WINDOW_BYTES_MIN = 16 << 10;
    private static final int WINDOW_BYTES_MAX = 1 << 20;

    /// Blocks are an eighth of their rows and less. What does not get so small finds room beside
    /// full rows only where there is some.
    private static final int RESERVE_PARTS = 4;

    /// Records at rest are worth more than what makes them small.
    private static final double BUDGET_PART_MAX = 0.5;

    /// The plan for a budget; null where what re-shaping needs would take more than half of it.
    ///
    /// @param cursors the exporters of all stores together
    static @Nullable ReshapePlan of(long budgetBytes, int loops, int cursors) {
        int reader =
                Math.clamp(
                        budgetBytes / READER_BUDGET_PARTS / loops,
                        READER_BYTES_MIN,
                        READER_BYTES_MAX);
        BlockFormat format = ColumnarFormat.ofReaderBytes(reader);
        int entry =
                Math.min(
                        format.blockWireBytesMax(),
                        Math.clamp(
                                budgetBytes / ENTRY_BUDGET_PARTS,
                                ENTRY_BYTES_MIN,
                                ENTRY_BYTES_MAX));
        int window =
                Math.clamp(
                        budgetBytes / WINDOW_BUDGET_PARTS / Math.max(1, loops * cursors),
                        WINDOW_BYTES_MIN,
                        WINDOW_BYTES_MAX);
        long pack =
                format.writerBytesMax()
                        + 2L * SlabPool.capacityFor(entry)
                        + Decompressor.WINDOW_BYTES;
        ReshapePlan plan =
                new ReshapePlan(
                        format,
                        pack,
                        SlabPool.capacityFor(format.blockWireBytesMax() / RESERVE_PARTS),
                        Unpacker.floorBytes(format, entry, Math.max(1, cursors), window));
        return plan.bytes(loops) > budgetBytes * BUDGET_PART_MAX ? null : plan;
    }

    /// The most plain OTLP in a block.
    int blockWireBytes() {
        return format.blockWireBytesMax();
    }

    /// What is kept in all.
    long bytes(int loops) {
        return packBytes + reserveBytes + loops * unpackBytes;
    }
}
