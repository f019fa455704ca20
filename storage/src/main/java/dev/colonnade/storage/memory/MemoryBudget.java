package dev.colonnade.storage.memory;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A named limit in a tree of limits, in bytes: nothing is allocated that was not reserved here.
///
/// Reserving in a child reserves in every ancestor, or nowhere. A child made by [#floor] has its
/// whole limit reserved in the parent from the start, so nobody else can take it: that is how the
/// memory to send is kept from the memory to receive. Closing a node proves that nothing was
/// leaked; a closed node refuses.
///
/// Thread-safe, and exact: one that is refused takes nothing, not for a moment, so that it cannot
/// make a smaller request of another thread fail. Slabs are the unit of reservation, so these
/// atomics are touched once per tens of kilobytes, not per request.
public final class MemoryBudget implements AutoCloseable {
    private final String name;
    private final @Nullable MemoryBudget parent;
    private final boolean prepaid;
    private final boolean isSpare;
    private final AtomicLong reserved = new AtomicLong();
    private final List<MemoryBudget> children = new CopyOnWriteArrayList<>();
    private final List<Runnable> releaseListeners = new CopyOnWriteArrayList<>();
    private volatile long limit;

    private MemoryBudget(
            String name,
            long limit,
            @Nullable MemoryBudget parent,
            boolean prepaid,
            boolean isSpare) {
        if (limit < 0) {
            throw new IllegalArgumentException(
                    "memory budget needs a limit: name=" + name + ", limit=" + limit);
        }
        this.name = name;
        this.limit = limit;
        this.parent = parent;
        this.prepaid = prepaid;
        this.isSpare = isSpare;
    }

    /// A tree's root, the limit of the whole process.
    public static MemoryBudget root(String name, long limitBytes) {
        return new MemoryBudget(name, limitBytes, null, false, false);
    }

    /// A child that may use up to `limitBytes` of what this node has left.
    public MemoryBudget child(String name, long limitBytes) {
        MemoryBudget child = new MemoryBudget(name, limitBytes, this, false, false);
        children.add(child);
        return child;
    }

    /// A child for what is given up as soon as somebody needs the room.
    MemoryBudget spare(String name, long limitBytes) {
        MemoryBudget child = new MemoryBudget(name, limitBytes, this, false, true);
        children.add(child);
        return child;
    }

    /// A child whose `limitBytes` are taken from this node now and for as long as it is open.
    ///
    /// @throws IllegalStateException when this node does not have them
    public MemoryBudget floor(String name, long limitBytes) {
        if (!tryReserve(limitBytes)) {
            throw new IllegalStateException(
                    "memory floor does not fit: name="
                            + name
                            + ", bytes="
                            + limitBytes
                            + ", available="
                            + available());
        }
        MemoryBudget child = new MemoryBudget(name, limitBytes, this, true, false);
        children.add(child);
        return child;
    }

    /// Takes `bytes` from this node and its ancestors; false, and nothing taken, when one is full.
    public boolean tryReserve(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(
                    "memory cannot be reserved: name=" + name + ", bytes=" + bytes);
        }
        long before;
        do {
            before = reserved.get();
            if (bytes > limit - before) {
                return false;
            }
        } while (!reserved.compareAndSet(before, before + bytes));
        if (parent != null && !prepaid && !parent.tryReserve(bytes)) {
            reserved.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /// Gives back bytes that were reserved, and tells whoever waits for room.
    ///
    /// @throws IllegalStateException when more is given back than was reserved; nothing changes
    public void release(long bytes) {
        unreserve(bytes);
        tellReleased();
    }

    /// Gives back without telling: for bytes that another taker could have had all the time, or
    /// that change their node. Telling then would wake a waiter into the refusal it came from.
    void unreserve(long bytes) {
        long before;
        do {
            before = reserved.get();
            if (bytes < 0 || bytes > before) {
                throw new IllegalStateException(
                        "memory budget released twice: name="
                                + name
                                + ", bytes="
                                + bytes
                                + ", reserved="
                                + before);
            }
        } while (!reserved.compareAndSet(before, before - bytes));
        if (parent != null && !prepaid) {
            parent.unreserve(bytes);
        }
    }

    private void tellReleased() {
        for (Runnable listener : releaseListeners) {
            listener.run();
        }
        if (parent != null && !prepaid) {
            parent.tellReleased();
        }
    }

    /// Whether this node and those between it and `ancestor` have room, so that only `ancestor` can
    /// be what refuses; false also where `ancestor` has no say.
    boolean fitsBelow(MemoryBudget ancestor, long bytes) {
        if (this == ancestor) {
            return true;
        }
        return bytes <= limit - reserved.get()
                && !prepaid
                && parent != null
                && parent.fitsBelow(ancestor, bytes);
    }

    /// Has `listener` run after each release in this node or below, on the releasing thread and
    /// inside of the release: it must be cheap, and must neither reserve nor wait, but have another
    /// task do so.
    public void onRelease(Runnable listener) {
        releaseListeners.add(listener);
    }

    /// What could be reserved here now, in bytes; another thread may be faster.
    public long available() {
        long here = Math.max(0, limit - reserved.get());
        return parent == null || prepaid ? here : Math.min(here, parent.available());
    }

    /// How full this node is, or an ancestor that is fuller: 0 to 1, above 1 where a limit was
    /// lowered below what is reserved. Floors count neither as room nor as use, and what is kept
    /// for reuse is not in use.
    public double usedPart() {
        long used = reserved.get();
        long room = limit;
        for (MemoryBudget child : children) {
            if (child.prepaid) {
                used -= child.limit;
                room -= child.limit;
            } else if (child.isSpare) {
                used -= child.reserved.get();
            }
        }
        double here = room <= 0 ? 1 : Math.max(0, used) / (double) room;
        return parent == null || prepaid ? here : Math.max(here, parent.usedPart());
    }

    /// Sets a new limit; what is reserved above it stays until it is released.
    public void limit(long limitBytes) {
        if (prepaid) {
            throw new IllegalStateException("memory floor keeps its limit: name=" + name);
        }
        if (limitBytes < 0) {
            throw new IllegalArgumentException(
                    "memory budget needs a limit: name=" + name + ", limit=" + limitBytes);
        }
        limit = limitBytes;
    }

    /// The limit in bytes.
    public long limit() {
        return limit;
    }

    /// The bytes reserved in this node and below.
    public long reserved() {
        return reserved.get();
    }

    /// The node's name, as the `budget` label of metrics.
    public String name() {
        return name;
    }

    /// The nodes below that are open.
    public List<MemoryBudget> children() {
        return List.copyOf(children);
    }

    /// Ends the node and those below: from now on it refuses.
    ///
    /// @throws IllegalStateException when something is still reserved: a leak
    @Override
    public void close() {
        for (MemoryBudget child : children) {
            child.close();
        }
        long left = reserved.get();
        if (left != 0) {
            throw new IllegalStateException(
                    "memory budget leaked: name=" + name + ", reserved=" + left);
        }
        long held = limit;
        limit = 0;
        if (parent != null && parent.children.remove(this) && prepaid) {
            parent.release(held);
        }
    }

    @Override
    public String toString() {
        return name + "[reserved=" + reserved.get() + ", limit=" + limit + "]";
    }
}
