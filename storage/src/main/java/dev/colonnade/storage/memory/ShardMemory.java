package dev.colonnade.storage.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The slabs of one event loop, by slot, with their reference counts.
///
/// Entries name their slab by slot, an int, so that no heap object stands between an entry and its
/// bytes. Used by its loop's thread only.
public final class ShardMemory implements AutoCloseable {
    private final SlabPool pool;
    private @Nullable Slab[] slabs = new @Nullable Slab[64];
    private int[] freeSlots = new int[64];
    private int freeCount;
    private int slots;

    /// A loop's table over the process's pool.
    public ShardMemory(SlabPool pool) {
        this.pool = pool;
    }

    /// Where its slabs come from.
    public SlabPool pool() {
        return pool;
    }

    /// A slab of at least `bytes` with one reference, the caller's; null when the budget is full.
    public @Nullable Slab take(int bytes, BudgetShare share) {
        @Nullable Slab slab = pool.take(bytes, share);
        if (slab != null) {
            slab.references = 1;
            slab.slot = freeCount > 0 ? freeSlots[--freeCount] : newSlot();
            slabs[slab.slot] = slab;
        }
        return slab;
    }

    /// The slab in `slot`.
    public Slab slab(int slot) {
        @Nullable Slab slab = slabs[slot];
        if (slab == null) {
            throw new IllegalStateException("no slab: slot=" + slot);
        }
        return slab;
    }

    /// The slabs by slot as they are now, for another thread to which this is published, and which
    /// looks at slots only that hold the same slab until it is done: an entry of the table never
    /// moves, and a larger table is another.
    public @Nullable Slab[] table() {
        return slabs;
    }

    /// Adds a reference to the slab in `slot`.
    public void retain(int slot) {
        slab(slot).references++;
    }

    /// Drops a reference to the slab in `slot`; with the last one the slab leaves the loop.
    public void release(int slot) {
        Slab slab = slab(slot);
        if (--slab.references > 0) {
            return;
        }
        slabs[slot] = null;
        slab.slot = -1;
        if (freeCount == freeSlots.length) {
            freeSlots = Arrays.copyOf(freeSlots, freeCount * 2);
        }
        freeSlots[freeCount++] = slot;
        pool.give(slab);
    }

    /// Slabs in use.
    public int live() {
        return slots - freeCount;
    }

    /// Ends the loop's use.
    ///
    /// @throws IllegalStateException when a slab is still referred to: a leak
    @Override
    public void close() {
        if (live() != 0) {
            throw SlabPool.leaked(live(), Arrays.asList(slabs));
        }
    }

    private int newSlot() {
        if (slots == slabs.length) {
            slabs = Arrays.copyOf(slabs, slots * 2);
        }
        return slots++;
    }
}
