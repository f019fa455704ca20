package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import org.jspecify.annotations.Nullable;

/// One stretch of working memory that is used again and again, and exchanged for a larger one when
/// somebody needs more.
final class Room implements AutoCloseable {
    private final SlabPool pool;
    private final BudgetShare share;
    private @Nullable Slab slab;

    Room(SlabPool pool, BudgetShare share) {
        this.pool = pool;
        this.share = share;
    }

    /// The address of at least `bytes` bytes; what was there before is lost when it has to grow.
    ///
    /// @throws Stop when the budget has no room
    long of(int bytes) {
        Slab current = slab;
        if (current != null && current.capacity() >= bytes) {
            return current.address();
        }
        close();
        @Nullable Slab larger = pool.take(bytes, share);
        if (larger == null) {
            throw Stop.NO_MEMORY;
        }
        slab = larger;
        return larger.address();
    }

    /// Gives the memory back; it can be used again.
    @Override
    public void close() {
        if (slab != null) {
            pool.give(slab);
            slab = null;
        }
    }
}
