package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.BufferLedger;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/// The third view of a slab: one allocation of Arrow's, whose bytes are a slab of the pool.
///
/// The slab is owned by Arrow's reference count from here on: it goes back to the pool when the
/// last buffer over it, in whichever allocator, is released. Thread-safe as Arrow's allocators are,
/// because it asks the pool and no loop.
public final class SlabAllocation extends AllocationManager {
    private final SlabPool pool;
    private final Slab slab;

    private SlabAllocation(BufferAllocator accounting, SlabPool pool, Slab slab) {
        super(accounting);
        this.pool = pool;
        this.slab = slab;
    }

    /// A root allocator whose buffers are slabs charged to `budget`.
    ///
    /// Sizes are rounded up to the slabs' capacities, so that its allocated memory is what the
    /// budget was charged. Where the budget is full it throws Arrow's [OutOfMemoryException]; its
    /// own limit is the budget's at this moment, and above that it throws the same. Closing it
    /// throws when a buffer was not released.
    public static RootAllocator allocator(SlabPool pool, MemoryBudget budget) {
        Factory factory = new Factory(pool, BudgetShare.of(budget));
        return new RootAllocator(
                RootAllocator.configBuilder()
                        .allocationManagerFactory(factory)
                        .maxAllocation(budget.limit())
                        .roundingPolicy(SlabAllocation::rounded)
                        .build());
    }

    /// The slab behind `buffer`, for those who read it as a segment or write it to a socket; it
    /// stays Arrow's. Its bytes begin where the allocation begins, a slice's do not.
    ///
    /// @throws IllegalArgumentException when no slab is behind it
    public static Slab slabOf(ArrowBuf buffer) {
        if (buffer.getReferenceManager() instanceof BufferLedger ledger
                && ledger.getAllocationManager() instanceof SlabAllocation allocation) {
            return allocation.slab;
        }
        throw new IllegalArgumentException("no slab behind buffer: capacity=" + buffer.capacity());
    }

    @Override
    public long getSize() {
        return slab.capacity();
    }

    @Override
    protected long memoryAddress() {
        return slab.address();
    }

    @Override
    protected void release0() {
        pool.give(slab);
    }

    /// What is too large for any slab stays as it is and is refused by the factory.
    private static long rounded(long bytes) {
        return bytes > SlabPool.CAPACITY_MAX ? bytes : SlabPool.capacityFor((int) bytes);
    }

    /// Takes slabs for Arrow.
    private static final class Factory implements AllocationManager.Factory {
        private final SlabPool pool;
        private final BudgetShare share;
        private final ArrowBuf empty = new ArrowBuf(ReferenceManager.NO_OP, null, 0, 0);

        Factory(SlabPool pool, BudgetShare share) {
            this.pool = pool;
            this.share = share;
        }

        @Override
        public AllocationManager create(BufferAllocator accounting, long size) {
            @Nullable Slab slab =
                    size > SlabPool.CAPACITY_MAX ? null : pool.take((int) size, share);
            if (slab == null) {
                throw new OutOfMemoryException("memory budget is full: bytes=" + size);
            }
            return new SlabAllocation(accounting, pool, slab);
        }

        @Override
        public ArrowBuf empty() {
            return empty;
        }
    }
}
