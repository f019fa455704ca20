package dev.colonnade.agent;

import java.util.function.IntToLongFunction;

/// How many event loops there are where `service.loops` is not written: one per processor, as far
/// as memory goes.
///
/// Each loop has memory that holds no records: its stack and socket buffers, what it sends from and
/// what it unpacks in. A small container on a machine with many processors, and no limit of them,
/// would have nothing left; and one loop carries more records than such a container is for.
final class LoopCount {
    /// What a loop has of the budget at least, where there are several.
    static final long BUDGET_BYTES_MIN = 16L << 20;

    private LoopCount() {}

    /// So many loops as `processors` turn at once and memory allows, one at least.
    ///
    /// @param budgetBytes what telemetry has with so many loops; nothing or less when they do not
    ///   fit
    static int of(int processors, IntToLongFunction budgetBytes) {
        int loops = processors;
        while (loops > 1 && budgetBytes.applyAsLong(loops) < loops * BUDGET_BYTES_MIN) {
            loops--;
        }
        return loops;
    }
}
