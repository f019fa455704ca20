package dev.colonnade.storage.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes slabs within a budget and keeps a bounded number of free ones for reuse.
///
/// Capacities are powers of two from 16 KiB to 1 MiB, and 2 and 4 MiB for those who ask for exactly
/// that; any other request gets a slab of its own, rounded up to 64 KiB, that is not kept. Free
/// slabs stay charged to the pool's own budget, because they are resident all the same; they are
/// given up when somebody else needs the room.
///
/// Shared by all loops under one lock, which is taken once per slab.
public final class SlabPool implements AutoCloseable {
    /// The smallest slab.
    public static final int CAPACITY_MIN = 16 << 10;

    /// The largest slab that is kept for reuse: at 4 MiB the tail that a body of the default limit
    /// wastes is small, and one system call buys ten thousand records of room.
    public static final int CAPACITY_KEPT_MAX = 4 << 20;

    private static final int CLASSES =
            Integer.numberOfTrailingZeros(CAPACITY_KEPT_MAX)
                    - Integer.numberOfTrailingZeros(CAPACITY_MIN)
                    + 1;
    private static final int ROUNDED_MAX = 1 << 20;
    private static final int LARGE_STEP = 64 << 10;

    private final MemoryBudget idle;
    private final List<ArrayDeque<Slab>> free = new ArrayList<>(CLASSES);
    private final List<Slab> viewed = new ArrayList<>();
    private long hits;
    private long misses;
    private int live;

    /// A pool below `root` that keeps up to `idleBytesMax` bytes of free slabs.
    public SlabPool(MemoryBudget root, long idleBytesMax) {
        idle = root.child("pool", idleBytesMax);
        for (int index = 0; index < CLASSES; index++) {
            free.add(new ArrayDeque<>());
        }
    }

    /// A slab of at least `bytes`, charged to `share`; null when the budget has no room for it. Its
    /// content is whatever it held before.
    public synchronized @Nullable Slab take(int bytes, BudgetShare share) {
        collectViewed();
        int capacity = capacityFor(bytes);
        @Nullable Slab slab = takeFree(capacity);
        boolean reserved = share.tryReserve(capacity);
        while (!reserved && giveUpOne()) {
            reserved = share.tryReserve(capacity);
        }
        if (!reserved) {
            if (slab != null) {
                slab.destroy();
            }
            return null;
        }
        if (slab == null) {
            slab = new Slab(capacity);
            misses++;
        } else {
            hits++;
        }
        live++;
        slab.charged = share;
        return slab;
    }

    /// Takes back a slab that nobody refers to any more.
    public synchronized void give(Slab slab) {
        viewed.add(slab);
        collectViewed();
    }

    /// The capacity that a request for `bytes` gets.
    public static int capacityFor(int bytes) {
        if (bytes > ROUNDED_MAX && !isKept(bytes)) {
            return Math.toIntExact(((long) bytes + LARGE_STEP - 1) / LARGE_STEP * LARGE_STEP);
        }
        return bytes <= CAPACITY_MIN ? CAPACITY_MIN : Integer.highestOneBit(bytes - 1) << 1;
    }

    /// How often a kept slab was handed out.
    public synchronized long hits() {
        return hits;
    }

    /// How often a slab had to be made.
    public synchronized long misses() {
        return misses;
    }

    /// Slabs handed out and not back yet.
    public synchronized int live() {
        return live;
    }

    /// Frees what is kept.
    ///
    /// @throws IllegalStateException when a slab is still out: a leak
    @Override
    public synchronized void close() {
        collectViewed();
        boolean gaveUp = true;
        while (gaveUp) {
            gaveUp = giveUpOne();
        }
        if (live != 0) {
            throw new IllegalStateException("slabs leaked: live=" + live);
        }
        idle.close();
    }

    /// Moves slabs whose views Netty has released from waiting to free.
    private void collectViewed() {
        if (viewed.isEmpty()) {
            return;
        }
        Iterator<Slab> slabs = viewed.iterator();
        while (slabs.hasNext()) {
            Slab slab = slabs.next();
            if (slab.isViewed()) {
                continue;
            }
            slabs.remove();
            live--;
            BudgetShare charged = slab.charged;
            slab.charged = null;
            if (charged == null) {
                throw new IllegalStateException("slab given twice: capacity=" + slab.capacity());
            }
            charged.release(slab.capacity());
            if (isKept(slab.capacity()) && idle.tryReserve(slab.capacity())) {
                free.get(classOf(slab.capacity())).push(slab);
            } else {
                slab.destroy();
            }
        }
    }

    private @Nullable Slab takeFree(int capacity) {
        if (!isKept(capacity)) {
            return null;
        }
        @Nullable Slab slab = free.get(classOf(capacity)).poll();
        if (slab != null) {
            idle.release(capacity);
        }
        return slab;
    }

    /// Frees one kept slab, the largest first; false when there is none.
    private boolean giveUpOne() {
        for (int index = CLASSES - 1; index >= 0; index--) {
            @Nullable Slab slab = free.get(index).poll();
            if (slab != null) {
                slab.destroy();
                idle.release(slab.capacity());
                return true;
            }
        }
        return false;
    }

    private static boolean isKept(int capacity) {
        return capacity <= CAPACITY_KEPT_MAX && Integer.bitCount(capacity) == 1;
    }

    private static int classOf(int capacity) {
        return Integer.numberOfTrailingZeros(capacity)
                - Integer.numberOfTrailingZeros(CAPACITY_MIN);
    }
}
