package dev.colonnade.agent.graph;

import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.SlabPool;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The telemetry's memory: the budget tree's root, the pool of slabs, and each loop's table of
/// them.
public final class TelemetryMemory implements AutoCloseable {
    /// The name of the root.
    public static final String ROOT = "process";

    /// The part of the budget that may lie idle for reuse: room for a burst, and given up as soon
    /// as somebody needs it.
    private static final int IDLE_PART = 8;

    /// The part of the budget that is kept for sending, over all loops.
    private static final int SEND_PART = 8;

    /// Two of the largest merged requests: one on its way, one being made.
    private static final long SEND_BYTES_MAX = 8L << 20;

    private static final long SEND_BYTES_MIN = 256L << 10;

    private final MemoryBudget root;
    private final SlabPool pool;
    private final List<ShardMemory> loops = new ArrayList<>();
    private final List<MemoryBudget> sending = new ArrayList<>();

    /// `budgetBytes` for `loopCount` loops.
    public TelemetryMemory(long budgetBytes, int loopCount) {
        root = MemoryBudget.root(ROOT, budgetBytes);
        pool = new SlabPool(root, budgetBytes / IDLE_PART);
        for (int loop = 0; loop < loopCount; loop++) {
            loops.add(new ShardMemory(pool));
            sending.add(root.floor("send", sendBytes(budgetBytes, loopCount)));
        }
    }

    /// What is kept for sending on each loop, so that a full store can always drain.
    public List<MemoryBudget> sending() {
        return sending;
    }

    /// The root of the budget tree.
    public MemoryBudget root() {
        return root;
    }

    /// Where slabs come from.
    public SlabPool pool() {
        return pool;
    }

    /// Each loop's slabs.
    public List<ShardMemory> loops() {
        return loops;
    }

    /// Frees what is kept; called when the loops have ended or run nothing else any more.
    ///
    /// @throws IllegalStateException when something was leaked
    @Override
    public void close() {
        loops.forEach(ShardMemory::close);
        sending.forEach(MemoryBudget::close);
        pool.close();
        root.close();
    }

    /// What of a budget holds no records, in bytes: the floors to send, to pack and to unpack.
    ///
    /// @param cursors the exporters of all pipelines together
    public static long keptBytes(long budgetBytes, int loopCount, int cursors) {
        @Nullable ReshapePlan plan = ReshapePlan.of(budgetBytes, loopCount, cursors);
        long shaping = plan == null ? 0 : plan.bytes(loopCount);
        return shaping + loopCount * sendBytes(budgetBytes, loopCount);
    }

    /// Whether a budget is large enough for records to be packed.
    public static boolean isPacking(long budgetBytes, int loopCount, int cursors) {
        return ReshapePlan.of(budgetBytes, loopCount, cursors) != null;
    }

    /// What is kept for sending on one loop.
    static long sendBytes(long budgetBytes, int loopCount) {
        return Math.clamp(budgetBytes / SEND_PART / loopCount, SEND_BYTES_MIN, SEND_BYTES_MAX);
    }
}
