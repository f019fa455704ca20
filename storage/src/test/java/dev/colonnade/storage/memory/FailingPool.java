package dev.colonnade.storage.memory;

import java.util.function.BooleanSupplier;

/// Makes pools that refuse when a test says so.
public final class FailingPool {
    private FailingPool() {}

    /// A pool that keeps no free slabs, and that reserves nothing, as if the budget were full,
    /// whenever `mayReserve` answers false; it is asked once for each slab that is taken or charged
    /// to somebody else.
    public static SlabPool of(MemoryBudget root, BooleanSupplier mayReserve) {
        return new SlabPool(root, 0, mayReserve);
    }
}
