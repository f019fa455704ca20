package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Working memory that grows piece by piece, up to a limit, and is given up all at once.
///
/// Pieces are cut from slabs of one size, the first that has room, which stay with it from one use
/// to the next; larger pieces get slabs of their own, which [#reset] gives back. Every byte is
/// charged to the share it was made with. Not thread-safe.
final class Scratch implements AutoCloseable {
    private static final int ALIGNMENT = 8;

    private final SlabPool pool;
    private final BudgetShare share;
    private final int slabBytes;
    private final int pieceBytesMax;
    private final boolean isExact;
    private long limitBytes;
    private Slab[] slabs = new Slab[8];
    private long[] cursors = new long[8];
    private int slabCount;
    private int slabsUsed;
    private Slab[] large = new Slab[4];
    private int largeCount;
    private long largeBytes;
    private long cursor;
    private long limit;

    private Scratch(
            SlabPool pool,
            BudgetShare share,
            int slabBytes,
            int pieceBytesMax,
            boolean isExact,
            long limitBytes) {
        this.pool = pool;
        this.share = share;
        this.slabBytes = slabBytes;
        this.pieceBytesMax = pieceBytesMax;
        this.isExact = isExact;
        this.limitBytes = limitBytes;
    }

    /// For many small pieces, in slabs of 256 KiB, of which a piece over 32 KiB would waste too
    /// much.
    static Scratch ofSmall(SlabPool pool, BudgetShare share, long limitBytes) {
        return ofSmall(pool, share, WorkSizes.LARGE, limitBytes);
    }

    /// For many small pieces, in slabs of the size that `sizes` say.
    static Scratch ofSmall(SlabPool pool, BudgetShare share, WorkSizes sizes, long limitBytes) {
        return new Scratch(
                pool, share, sizes.slabBytes(), sizes.pieceBytesMax(), sizes.isSmall(), limitBytes);
    }

    /// For pieces of any size in one slab of `bytes`, so that nothing is wasted but alignment.
    static Scratch ofOne(SlabPool pool, BudgetShare share, int bytes) {
        return new Scratch(pool, share, bytes, bytes, true, bytes);
    }

    /// For pieces of any size, in slabs of 1 MiB.
    static Scratch ofLarge(SlabPool pool, BudgetShare share) {
        return new Scratch(pool, share, 1 << 20, 1 << 20, false, Long.MAX_VALUE);
    }

    /// The address of `bytes` bytes, aligned to eight, valid until [#reset]. What they contain is
    /// undefined.
    ///
    /// @throws Stop when the budget or the limit has no room; nothing changed
    long allocate(int bytes) {
        int rounded = (bytes + ALIGNMENT - 1) & -ALIGNMENT;
        if (rounded > limit - cursor || rounded < 0) {
            return allocateElsewhere(bytes, rounded);
        }
        long address = cursor;
        cursor += rounded;
        return address;
    }

    /// Changes the limit for further pieces.
    void limit(long bytes) {
        limitBytes = bytes;
    }

    /// The bytes of pieces handed out, with what their slabs waste.
    long usedBytes() {
        return (long) slabsUsed * slabBytes - (limit - cursor) + largeBytes;
    }

    /// Whether `bytes` more are within the limit.
    boolean hasRoom(long bytes) {
        return usedBytes() + bytes + slabBytes <= limitBytes;
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

    private long allocateElsewhere(int bytes, int rounded) {
        if (rounded < 0 || bytes > pieceBytesMax) {
            return allocateLarge(bytes);
        }
        for (int index = 0; index < slabsUsed - 1; index++) {
            long end = slabs[index].address() + slabBytes;
            if (rounded <= end - cursors[index]) {
                long address = cursors[index];
                cursors[index] += rounded;
                return address;
            }
        }
        nextSlab();
        long address = cursor;
        cursor += rounded;
        return address;
    }

    private void nextSlab() {
        checkLimit(slabBytes, slabsUsed + 1);
        if (slabsUsed == slabCount) {
            @Nullable Slab slab = pool.take(slabBytes, share);
            if (slab == null) {
                throw Stop.NO_MEMORY;
            }
            if (slabCount == slabs.length) {
                slabs = Arrays.copyOf(slabs, slabCount * 2);
                cursors = Arrays.copyOf(cursors, slabCount * 2);
            }
            slabs[slabCount++] = slab;
        }
        if (slabsUsed > 0) {
            cursors[slabsUsed - 1] = cursor;
        }
        Slab slab = slabs[slabsUsed++];
        cursor = slab.address();
        limit = cursor + slabBytes;
    }

    private long allocateLarge(int bytes) {
        checkLimit(bytes, slabsUsed);
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

    /// Whether `bytes` more are within the limit. Where that is a promise, it is of whole slabs,
    /// and those that were kept and are not in use yet make room.
    ///
    /// @param slabs how many slabs of the common size are in use then
    /// @throws Stop when they are not
    private void checkLimit(int bytes, int slabs) {
        if (!isExact) {
            if (usedBytes() + bytes > limitBytes) {
                throw Stop.FULL;
            }
            return;
        }
        long large = largeBytes + (slabs == slabsUsed ? SlabPool.capacityFor(bytes) : 0);
        if ((long) slabs * slabBytes + large > limitBytes) {
            throw Stop.FULL;
        }
        while (slabCount > slabs && (long) slabCount * slabBytes + large > limitBytes) {
            pool.give(this.slabs[--slabCount]);
        }
    }
}
