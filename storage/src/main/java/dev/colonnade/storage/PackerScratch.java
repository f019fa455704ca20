package dev.colonnade.storage;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import org.jspecify.annotations.Nullable;

/// Where the packer inflates compressed originals, one at a time.
final class PackerScratch {
    /// What [#inflate] answers to bytes that are not what was received.
    static final long DAMAGED = 0;

    private final SlabPool pool;
    private final BudgetShare floor;
    private final Inflation inflation;
    private @Nullable Slab slab;

    PackerScratch(SlabPool pool, BudgetShare floor, Inflation inflation) {
        this.pool = pool;
        this.floor = floor;
        this.inflation = inflation;
    }

    /// Makes room for so many bytes; false when there is none.
    boolean reserve(int bytes) {
        Slab present = slab;
        if (present != null && present.capacity() >= bytes) {
            return true;
        }
        release();
        slab = pool.take(bytes, floor);
        return slab != null;
    }

    /// Where the room is that was reserved.
    long address() {
        Slab present = slab;
        if (present == null) {
            throw new IllegalStateException("no room was reserved");
        }
        return present.address();
    }

    /// Inflates to `wireBytes`, for which there is room.
    ///
    /// @return where they are, until the next call; [#DAMAGED] when they are not that many
    long inflate(Codec codec, long address, int length, int wireBytes) {
        Slab target = slab;
        if (target == null) {
            throw new IllegalStateException("no room was reserved to inflate");
        }
        int inflated = inflation.inflate(codec, address, length, target.address(), wireBytes);
        return inflated == wireBytes ? target.address() : DAMAGED;
    }

    void release() {
        Slab present = slab;
        if (present != null) {
            slab = null;
            pool.give(present);
        }
    }
}
