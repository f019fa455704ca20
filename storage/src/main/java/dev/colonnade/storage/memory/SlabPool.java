package dev.colonnade.storage.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Makes slabs within a budget and keeps a bounded number of free ones for reuse.
///
/// Capacities are powers of two from 16 KiB to 1 MiB, and 2 and 4 MiB for those who ask for exactly
/// that; any other request gets a slab of its own, rounded up to 64 KiB, that is not kept. Free
/// slabs stay charged to the pool's own budget, because they are resident all the same; they are
/// given up when somebody else needs the room.
///
/// Shared by all loops under one lock, which is taken once per slab. With the system property
/// `colonnade.leakDetection=true` each slab remembers where it was taken, and closing names it.
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

    /// The largest slab: what an int can count in steps of 64 KiB.
    public static final int CAPACITY_MAX = Integer.MAX_VALUE / LARGE_STEP * LARGE_STEP;

    private static final int LEAKS_NAMED_MAX = 8;

    private final MemoryBudget root;
    private final MemoryBudget idle;

    /// Asked before anything is reserved; false is the answer of a full budget.
    private final BooleanSupplier mayReserve;

    private final List<ArrayDeque<Slab>> free = new ArrayList<>(CLASSES);

    /// For each class, how few slabs were free at any time since [#trimIdle].
    private final int[] leastFree = new int[CLASSES];

    private final List<Slab> viewed = new ArrayList<>();
    private final @Nullable Set<Slab> tracked;
    private long hits;
    private long misses;
    private int live;

    /// A pool below `root` that keeps up to `idleBytesMax` bytes of free slabs.
    public SlabPool(MemoryBudget root, long idleBytesMax) {
        this(root, idleBytesMax, () -> true);
    }

    /// A pool that refuses whenever `mayReserve` says so, whatever room there is: for tests, which
    /// have each reservation fail in turn.
    SlabPool(MemoryBudget root, long idleBytesMax, BooleanSupplier mayReserve) {
        this.root = root;
        this.mayReserve = mayReserve;
        idle = root.spare("pool", idleBytesMax);
        for (int index = 0; index < CLASSES; index++) {
            free.add(new ArrayDeque<>());
        }
        tracked =
                Boolean.getBoolean("colonnade.leakDetection")
                        ? Collections.newSetFromMap(new IdentityHashMap<>())
                        : null;
    }

    /// A slab of at least `bytes`, charged to `share`; null when the budget or the machine has no
    /// room for it. Its content is whatever it held before. Whoever takes it gives it back by
    /// [#give], once.
    public @Nullable Slab take(int bytes, BudgetShare share) {
        if (bytes > CAPACITY_MAX) {
            return null;
        }
        int capacity = capacityFor(bytes);
        synchronized (this) {
            collectViewed();
            @Nullable Slab slab = takeFree(capacity);
            if (!reserve(capacity, share)) {
                if (slab != null) {
                    keepOrDestroy(slab);
                }
                return null;
            }
            live++;
            if (slab != null) {
                hits++;
                return handOut(slab, share);
            }
            misses++;
        }
        return make(capacity, share);
    }

    /// Takes back a slab that nobody refers to any more but, perhaps, Netty by a view: then it
    /// stays charged until the view is released.
    ///
    /// @throws IllegalStateException when it is not out: it was given back before
    public synchronized void give(Slab slab) {
        if (slab.charged == null || slab.given) {
            throw new IllegalStateException("slab given twice: capacity=" + slab.capacity());
        }
        slab.given = true;
        viewed.add(slab);
        collectViewed();
    }

    /// Has a slab that is out charged to `share` from now on, and no more to what it was charged
    /// to; false, and nothing changed, when `share` has no room.
    ///
    /// @throws IllegalStateException when it is not out
    public synchronized boolean recharge(Slab slab, BudgetShare share) {
        BudgetShare before = slab.charged;
        if (before == null || slab.given) {
            throw new IllegalStateException("slab is not out: capacity=" + slab.capacity());
        }
        if (before == share) {
            return true;
        }
        if (!reserve(slab.capacity(), share)) {
            return false;
        }
        slab.charged = share;
        before.release(slab.capacity());
        return true;
    }

    /// Takes back those slabs whose views Netty has released since they were given; taking and
    /// giving do the same, so that only a pool that nobody uses needs it.
    public synchronized void collect() {
        collectViewed();
    }

    /// Frees half of what nobody has asked for since the last call, so that what a backlog has left
    /// behind is the system's again a few calls later, while passing traffic keeps its slabs.
    public synchronized void trimIdle() {
        collectViewed();
        for (int index = 0; index < CLASSES; index++) {
            ArrayDeque<Slab> kept = free.get(index);
            for (int left = Math.ceilDiv(leastFree[index], 2); left > 0; left--) {
                Slab slab = kept.removeLast();
                slab.destroy();
                idle.unreserve(slab.capacity());
            }
            leastFree[index] = kept.size();
        }
    }

    /// The capacity that a request for `bytes`, at most [#CAPACITY_MAX], gets.
    public static int capacityFor(int bytes) {
        if (bytes > ROUNDED_MAX && !isKept(bytes)) {
            return Math.toIntExact(((long) bytes + LARGE_STEP - 1) / LARGE_STEP * LARGE_STEP);
        }
        return bytes <= CAPACITY_MIN ? CAPACITY_MIN : Integer.highestOneBit(bytes - 1) << 1;
    }

    /// The root of the budgets that slabs are charged to.
    public MemoryBudget budget() {
        return root;
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
            throw leaked(live, tracked == null ? viewed : tracked);
        }
        idle.close();
    }

    /// What to throw about `live` slabs that are still out, with what is known of some of them.
    static IllegalStateException leaked(int live, Iterable<? extends @Nullable Slab> slabs) {
        StringBuilder message = new StringBuilder("slabs leaked: live=").append(live);
        List<Throwable> stacks = new ArrayList<>();
        int named = 0;
        for (@Nullable Slab slab : slabs) {
            if (slab == null || named++ >= LEAKS_NAMED_MAX) {
                continue;
            }
            message.append(", capacity=").append(slab.capacity());
            message.append(" references=").append(slab.references);
            message.append(" viewed=").append(slab.isViewed());
            if (slab.taken != null) {
                stacks.add(slab.taken);
            }
        }
        IllegalStateException leak = new IllegalStateException(message.toString());
        stacks.forEach(leak::addSuppressed);
        return leak;
    }

    /// Reserves in `share`; gives up kept slabs for it where that can help, which it cannot where a
    /// pipeline's own limit is what refuses.
    private boolean reserve(int capacity, BudgetShare share) {
        if (!mayReserve.getAsBoolean()) {
            return false;
        }
        boolean reserved = share.tryReserve(capacity);
        while (!reserved && share.fitsBelow(root, capacity) && giveUpOne()) {
            reserved = share.tryReserve(capacity);
        }
        return reserved;
    }

    /// A new slab for what was reserved. Outside of the lock, because its memory is cleared.
    private @Nullable Slab make(int capacity, BudgetShare share) {
        @Nullable Slab slab = Slab.allocate(capacity);
        synchronized (this) {
            if (slab == null) {
                live--;
                share.release(capacity);
                return null;
            }
            return handOut(slab, share);
        }
    }

    private Slab handOut(Slab slab, BudgetShare share) {
        slab.charged = share;
        slab.given = false;
        if (tracked != null) {
            slab.taken = new Throwable("taken here");
            tracked.add(slab);
        }
        return slab;
    }

    /// Moves slabs whose views Netty has released from waiting to free.
    private void collectViewed() {
        if (viewed.isEmpty()) {
            return;
        }
        Iterator<Slab> slabs = viewed.iterator();
        while (slabs.hasNext()) {
            Slab slab = slabs.next();
            BudgetShare charged = slab.charged;
            if (slab.isViewed() || charged == null) {
                continue;
            }
            slabs.remove();
            live--;
            slab.charged = null;
            slab.taken = null;
            if (tracked != null) {
                tracked.remove(slab);
            }
            charged.release(slab.capacity());
            keepOrDestroy(slab);
        }
    }

    private void keepOrDestroy(Slab slab) {
        if (isKept(slab.capacity()) && idle.tryReserve(slab.capacity())) {
            free.get(classOf(slab.capacity())).push(slab);
        } else {
            slab.destroy();
        }
    }

    private @Nullable Slab takeFree(int capacity) {
        if (!isKept(capacity)) {
            return null;
        }
        @Nullable Slab slab = pollFree(classOf(capacity));
        if (slab != null) {
            idle.unreserve(capacity);
        }
        return slab;
    }

    /// Frees one kept slab, the largest first; false when there is none.
    private boolean giveUpOne() {
        for (int index = CLASSES - 1; index >= 0; index--) {
            @Nullable Slab slab = pollFree(index);
            if (slab != null) {
                slab.destroy();
                idle.unreserve(slab.capacity());
                return true;
            }
        }
        return false;
    }

    private @Nullable Slab pollFree(int index) {
        @Nullable Slab slab = free.get(index).poll();
        leastFree[index] = Math.min(leastFree[index], free.get(index).size());
        return slab;
    }

    private static boolean isKept(int capacity) {
        return capacity <= CAPACITY_KEPT_MAX && Integer.bitCount(capacity) == 1;
    }

    private static int classOf(int capacity) {
        return Integer.numberOfTrailingZeros(capacity)
                - Integer.numberOfTrailingZeros(CAPACITY_MIN);
    }
}
