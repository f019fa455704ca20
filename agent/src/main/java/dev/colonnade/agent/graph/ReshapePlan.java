package dev.colonnade.agent.graph;

import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.storage.Unpacker;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.memory.MemoryPlan;
import dev.colonnade.storage.memory.SlabPool;
import org.jspecify.annotations.Nullable;

/// How large blocks are, and what memory is kept to make and to read them, for a budget.
///
/// Large blocks are small per record, but whoever makes or reads one needs memory for it, on the
/// packer and on every loop, and that memory holds nothing. Where large blocks would take too much
/// of the budget, blocks are as large as half of it allows.
///
/// @param format makes and reads blocks
/// @param packBytes what the packer works in
/// @param reserveBytes what a new block takes until the rows are gone that it replaces
/// @param unpackBytes what each loop unpacks in
/// @param largeBytes the part of that for entries that are too large for their cursor's part
record ReshapePlan(
        ColumnarFormat format,
        long packBytes,
        long reserveBytes,
        long unpackBytes,
        long largeBytes) {
    /// What a loop may have to read blocks, of its part of the budget.
    private static final int READER_BUDGET_PARTS = 16;

    /// With less, large blocks would have fewer records than the largest of the small ones, which
    /// need less memory for what they unpack.
    private static final int READER_BYTES_MIN = 6 << 20;

    /// Blocks of 16,384 requests of one record need as much; of records that came in batches,
    /// little more than half.
    private static final int READER_BYTES_MAX = 18 << 20;

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

    /// The same of small blocks.
    private static final int SMALL_RESERVE_PARTS = 5;

    /// What small blocks may unpack, the largest first.
    private static final int[] SMALL_UNPACK_BYTES = {2 << 20, 1 << 20, 512 << 10, 256 << 10};

    /// The plan for a budget; null where what re-shaping needs would leave less than half of it.
    ///
    /// @param cursors the exporters of all stores together
    static @Nullable ReshapePlan of(long budgetBytes, int loops, int cursors) {
        int window =
                Math.clamp(
                        budgetBytes / WINDOW_BUDGET_PARTS / Math.max(1, loops * cursors),
                        WINDOW_BYTES_MIN,
                        WINDOW_BYTES_MAX);
        long reader = budgetBytes / READER_BUDGET_PARTS / loops;
        if (reader >= READER_BYTES_MIN) {
            int readerBytes = (int) Math.min(reader, READER_BYTES_MAX);
            ColumnarFormat format = ColumnarFormat.ofReaderBytes(readerBytes);
            ReshapePlan plan = large(format, entryBytes(format, budgetBytes), cursors, window);
            if (plan.bytes(loops) <= budgetBytes / 2) {
                return plan;
            }
        }
        long room = budgetBytes / 2 - loops * TelemetryMemory.sendBytes(budgetBytes, loops);
        for (int unpackBytes : SMALL_UNPACK_BYTES) {
            ColumnarFormat format = ColumnarFormat.ofSmallBlocks(unpackBytes);
            int entry = Integer.highestOneBit(entryBytes(format, budgetBytes));
            ReshapePlan plan = small(format, entry, cursors, window);
            if (plan.bytes(loops) <= room) {
                return plan;
            }
        }
        return null;
    }

    /// The smallest budget for which there is a plan, to a mebibyte.
    static long budgetBytesMin(int loops, int cursors) {
        long budget = MemoryPlan.BUDGET_BYTES_MIN;
        while (of(budget, loops, cursors) == null) {
            budget += 1 << 20;
        }
        return budget;
    }

    /// The same, with values hashed by `seed`.
    ReshapePlan hashing(long seed) {
        return new ReshapePlan(
                format.hashing(seed), packBytes, reserveBytes, unpackBytes, largeBytes);
    }

    private static ReshapePlan large(ColumnarFormat format, int entry, int cursors, int window) {
        long unpack = Unpacker.floorBytes(format, entry, Math.max(1, cursors), window);
        return new ReshapePlan(
                format,
                format.writerBytesMax()
                        + 2L * SlabPool.capacityFor(entry)
                        + Decompressor.WINDOW_BYTES,
                SlabPool.capacityFor(format.blockWireBytesMax() / RESERVE_PARTS),
                unpack,
                (unpack - format.readerBytesMax()) / 2);
    }

    /// Entries are inflated while blocks are filled, and not while they are sealed.
    private static ReshapePlan small(ColumnarFormat format, int entry, int cursors, int window) {
        long inflating = format.addingBytesMax() + SlabPool.capacityFor(entry);
        return new ReshapePlan(
                format,
                Math.max(format.writerBytesMax(), inflating) + Decompressor.WINDOW_BYTES,
                format.blockWireBytesMax() / SMALL_RESERVE_PARTS,
                Unpacker.smallFloorBytes(format, entry, Math.max(1, cursors), window),
                Unpacker.largeBytes(entry));
    }

    private static int entryBytes(ColumnarFormat format, long budgetBytes) {
        return Math.min(
                format.blockWireBytesMax(),
                Math.clamp(budgetBytes / ENTRY_BUDGET_PARTS, ENTRY_BYTES_MIN, ENTRY_BYTES_MAX));
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
