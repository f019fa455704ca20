package dev.colonnade.storage.memory;

import org.jspecify.annotations.Nullable;

/// Hands out contiguous extents for the bodies of one route on one loop, one after the other in an
/// open slab.
///
/// ```
///   open slab   [ body | body | body being read ....... | free            ]
///                                                       ^ top
/// ```
///
/// A small body costs its own bytes and pins no slab of its own. The open slab's capacity follows
/// what the route holds on this loop (an eighth of it, from 64 KiB to 4 MiB), so that an idle route
/// is cheap and a backlog has few slabs; a body that would fill half of it gets a slab to itself.
/// When everything in the open slab was released, its top goes back to the beginning: traffic that
/// passes through stays in the same, cache-warm memory. It does not while Netty holds a view of the
/// slab, because what is still being written to a socket must not change; and a slab that became
/// too large for what the route holds is exchanged for a smaller one then.
///
/// Used by its loop's thread only.
public final class ExtentSpace implements AutoCloseable {
    private static final int OPEN_CAPACITY_MIN = 64 << 10;
    private static final int HELD_PER_OPEN = 8;
    private static final int ALIGNMENT = 8;

    private final ShardMemory memory;
    private final BudgetShare share;
    private final Extent wider = new Extent();
    private @Nullable Slab open;
    private int top;

    /// A space whose slabs are charged to `share`.
    public ExtentSpace(ShardMemory memory, BudgetShare share) {
        this.memory = memory;
        this.share = share;
    }

    /// Reserves `capacity` bytes into `extent`, which must not be open; false when the budget has
    /// no room.
    public boolean reserve(Extent extent, int capacity) {
        if (extent.isOpen()) {
            throw new IllegalStateException("extent is open already");
        }
        if (capacity < 0) {
            throw new IllegalArgumentException("extent needs a capacity: capacity=" + capacity);
        }
        if (!openHas(capacity)) {
            int wanted = openCapacity();
            if (capacity > wanted / 2) {
                return reserveAlone(extent, capacity);
            }
            if (!openSlab(wanted, capacity)) {
                return false;
            }
        }
        Slab slab = openSlab();
        slab.references++;
        extent.open(slab, top, capacity);
        top = aligned(top + capacity);
        return true;
    }

    /// Makes `extent` hold `capacity` bytes, keeping what was written: in place where nothing
    /// stands behind it in its slab and that has room, by a copy otherwise; false, and nothing
    /// changed, when the budget has no room.
    public boolean grow(Extent extent, int capacity) {
        if (capacity <= extent.capacity) {
            return true;
        }
        Slab slab = extent.slab();
        boolean newest = isNewest(extent);
        boolean alone = slab != open && slab.references == 1;
        if ((newest || alone) && extent.offset + (long) capacity <= slab.capacity()) {
            if (newest) {
                top = aligned(extent.offset + capacity);
            }
            extent.capacity = capacity;
            return true;
        }
        if (!reserve(wider, capacity)) {
            return false;
        }
        wider.append(extent.address(), extent.length());
        release(extent);
        extent.become(wider);
        return true;
    }

    /// Gives back what `extent` did not use, where it is the newest of the open slab; elsewhere it
    /// stays as slack and is counted as such.
    public void trim(Extent extent) {
        if (isNewest(extent)) {
            top = aligned(extent.offset + extent.length());
        }
        extent.capacity = extent.length();
    }

    /// Gives up the extent: its bytes are not kept.
    public void release(Extent extent) {
        if (isNewest(extent) && !extent.slab().isViewed()) {
            top = extent.offset;
        }
        handOver(extent);
    }

    /// Ends the owner's reference after the stores took theirs by [ShardMemory#retain].
    public void handOver(Extent extent) {
        int slot = extent.slot();
        extent.clear();
        memory.release(slot);
    }

    /// Lets go of the open slab where nothing lives in it; called when the loop is idle.
    public void trimIdle() {
        Slab slab = open;
        if (slab != null && slab.references == 1) {
            close();
        }
    }

    /// Lets go of the open slab; extents and entries in it live on.
    @Override
    public void close() {
        Slab slab = open;
        if (slab != null) {
            open = null;
            memory.release(slab.slot);
        }
    }

    private boolean openHas(int capacity) {
        Slab slab = open;
        if (slab == null) {
            return false;
        }
        if (slab.references == 1 && !slab.isViewed()) {
            top = 0;
            if (slab.capacity() > OPEN_CAPACITY_MIN && slab.capacity() > openCapacity()) {
                close();
                return false;
            }
        }
        return top + (long) capacity <= slab.capacity();
    }

    private boolean reserveAlone(Extent extent, int capacity) {
        @Nullable Slab slab = memory.take(capacity, share);
        if (slab == null) {
            return false;
        }
        extent.open(slab, 0, capacity);
        return true;
    }

    /// Opens a slab of `wanted` bytes, or of less down to `needed` where the budget is nearly full.
    private boolean openSlab(int wanted, int needed) {
        int capacity = wanted;
        @Nullable Slab slab = memory.take(capacity, share);
        while (slab == null && capacity / 2 >= Math.max(needed, SlabPool.CAPACITY_MIN)) {
            capacity /= 2;
            slab = memory.take(capacity, share);
        }
        if (slab == null) {
            return false;
        }
        close();
        open = slab;
        top = 0;
        return true;
    }

    private Slab openSlab() {
        Slab slab = open;
        if (slab == null) {
            throw new IllegalStateException("no open slab");
        }
        return slab;
    }

    private int openCapacity() {
        long part = share.charged() / HELD_PER_OPEN;
        if (part <= OPEN_CAPACITY_MIN) {
            return OPEN_CAPACITY_MIN;
        }
        return (int) Math.min(SlabPool.CAPACITY_KEPT_MAX, Long.highestOneBit(part));
    }

    private boolean isNewest(Extent extent) {
        return extent.slab() == open && aligned(extent.offset + extent.capacity) == top;
    }

    private static int aligned(int offset) {
        return (offset + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
