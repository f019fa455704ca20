package dev.colonnade.agent.graph;

import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.storage.BlockFormat;
import dev.colonnade.storage.Unpacker;
import dev.colonnade.storage.columnar.BlockEncoder;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.memory.SlabPool;
import org.jspecify.annotations.Nullable;

/// How large blocks are, and what memory is kept to make and to read them, for a budget.
///
/// Large blocks are small per record, but whoever makes or reads one needs memory for twice its
/// plain bytes, on the packer and on every loop, and that memory holds nothing. A block of a
/// thirty-second part of the budget, divided by those who need it, is where the records that fit
/// were most for budgets of 64 MiB to 1 GiB.
///
/// @param format makes and reads blocks
/// @param blockWireBytes the most plain OTLP in one
/// @param packBytes what the packer works in
/// @param unpackBytes what each loop unpacks in
record ReshapePlan(BlockFormat format, int blockWireBytes, long packBytes, long unpackBytes) {
    private static final int BUDGET_PARTS = 32;
    private static final int BLOCK_BYTES_MIN = 256 << 10;

    /// 65,535 records of 384 bytes.
    private static final int BLOCK_BYTES_MAX = 24 << 20;

    /// A request that is longer stays as it came.
    private static final int ENTRY_BYTES_MAX = 4 << 20;

    private static final int WINDOW_BUDGET_PARTS = 256;
    private static final int WINDOW_BYTES_MIN = 16 << 10;
    private static final int WINDOW_BYTES_MAX = 1 << 20;

    /// Records at rest are worth more than what makes them small.
    private static final double BUDGET_PART_MAX = 0.5;

    /// The plan for a budget; null where what re-shaping needs would take more than half of it.
    ///
    /// @param cursors the exporters of all stores together
    static @Nullable ReshapePlan of(long budgetBytes, int loops, int cursors) {
        long part = budgetBytes / BUDGET_PARTS / (1 + loops);
        int block = Math.clamp(part, BLOCK_BYTES_MIN, BLOCK_BYTES_MAX);
        int entry = Math.min(block, ENTRY_BYTES_MAX);
        int users = Math.max(1, loops * cursors);
        int window =
                Math.clamp(
                        budgetBytes / WINDOW_BUDGET_PARTS / users,
                        WINDOW_BYTES_MIN,
                        WINDOW_BYTES_MAX);
        BlockFormat format =
                new ColumnarFormat(new BlockEncoder.Limits(BlockEncoder.RECORDS_MAX, block));
        long pack = format.writerBytesMax() + 2L * entry + Decompressor.WINDOW_BYTES;
        long unpack = Unpacker.floorBytes(format, entry, Math.max(1, cursors), window);
        ReshapePlan plan = new ReshapePlan(format, block, pack, unpack);
        return plan.bytes(loops) > budgetBytes * BUDGET_PART_MAX ? null : plan;
    }

    /// What a block takes at most, until the rows are gone that it replaces.
    long reserveBytes() {
        return SlabPool.capacityFor(blockWireBytes);
    }

    /// What is kept in all.
    long bytes(int loops) {
        return packBytes + reserveBytes() + loops * unpackBytes;
    }
}
