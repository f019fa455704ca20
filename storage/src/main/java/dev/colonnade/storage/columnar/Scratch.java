package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Working memory that grows piece by piece and is given up all at once.
///
/// Pieces are cut from slabs of 256 KiB that stay with it from one use to the next; a piece over
/// [#PIECE_BYTES_MAX] gets a slab of its own, which [#reset] gives back. Every byte is charged to
/// the share it was made with. Not thread-safe.
final class Scratch implements AutoCloseable {
    private static final int SLAB_BYTES = 256 << 10;

    /// A larger piece would waste too much of the slab that it does not fit into any more.
    static final int PIECE_BYTES_MAX = 32 << 10;

    private static final int ALIGNMENT = 8;

    private final SlabPool pool;
    private final BudgetShare share;
    private Slab[] slabs = new Slab[8];
    private int slabCount;
    private int slabsUsed;
    private Slab[] large = new Slab[4];
    private int largeCount;
    private long largeBytes;
    private long cursor;
    private long limit;

    Scratch(SlabPool pool, BudgetShare share) {
        this.pool = pool;
        this.share = share;
    }

    /// The address of `bytes` bytes, aligned to eight, valid until [#reset]. What they contain is
    /// undefined.
    ///
    /// @throws Stop when the budget has no room; nothing changed
    long allocate(int bytes) {
        int rounded = (bytes + ALIGNMENT - 1) & -ALIGNMENT;
        if (rounded > limit - cursor || rounded < 0) {
            if (bytes > PIECE_BYTES_MAX) {
                return allocateLarge(bytes);
            }
            nextSlab();
        }
        long address = cursor;
        cursor += rounded;
        return address;
    }

    /// The bytes of pieces handed out, with what their slabs waste.
    long usedBytes() {
        return (long) slabsUsed * SLAB_BYTES - (limit - cursor) + largeBytes;
    }

    /// Ends all pieces; slabs of the common size are kept.
    void reset() {
        while (largeCount > 0) {
            pool.give(large[--largeCount]);
        }
        largeBytes = 0;
        slabsUsed = 0;
        cursor = 0;
        limit = 0;
    }

    /// Ends all pieces and gives every slab back; it can be used again.
    @Override
    public void close() {
        reset();
        while (slabCount > 0) {
            pool.give(slabs[--slabCount]);
        }
    }

    private void nextSlab() {
        if (slabsUsed == slabCount) {
            @Nullable Slab slab = pool.take(SLAB_BYTES, share);
            if (slab == null) {
                throw Stop.NO_MEMORY;
            }
            if (slabCount == slabs.length) {
                slabs = Arrays.copyOf(slabs, slabCount * 2);
            }
            slabs[slabCount++] = slab;
        }
        Slab slab = slabs[slabsUsed++];
        cursor = slab.address();
        limit = cursor + SLAB_BYTES;
    }

    private long allocateLarge(int bytes) {
        @Nullable Slab slab = pool.take(bytes, share);
        if (slab == null) {
            throw Stop.NO_MEMORY;
        }
        if (largeCount == large.length) {
            large = Arrays.copyOf(large, largeCount * 2);
        }
        large[largeCount++] = slab;
        largeBytes += slab.capacity();
        return slab.address();
    }
}
