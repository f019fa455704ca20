package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects the bytes of a block in slabs, and fits the last ones to what was written.
final class SlabWriter {
    private final SlabPool pool;
    private final int slabBytes;
    private final List<Slab> slabs = new ArrayList<>();
    private BudgetShare charge;
    private long cursor;
    private long limit;
    private int length;
    private boolean isCounting;
    private boolean isWhole;

    /// @param slabBytes what the slabs are large but for the last, a power of two
    SlabWriter(SlabPool pool, BudgetShare charge, int slabBytes) {
        this.pool = pool;
        this.slabBytes = slabBytes;
        this.charge = charge;
    }

    /// Begins a block that is charged to `charge`.
    void begin(BudgetShare charge) {
        this.charge = charge;
        slabs.clear();
        cursor = 0;
        limit = 0;
        length = 0;
        isCounting = false;
        isWhole = false;
    }

    /// Begins to count what is appended, and nothing else.
    void beginCounting() {
        begin(charge);
        isCounting = true;
    }

    /// Begins a block that is charged to `charge` and stands in one piece of at least `bytes`,
    /// which must be enough.
    ///
    /// @throws Stop when there is no memory
    void beginWhole(BudgetShare charge, int bytes) {
        begin(charge);
        isWhole = true;
        Slab slab = take(bytes);
        cursor = slab.address();
        limit = cursor + slab.capacity();
    }

    /// Appends a copy of `bytes` bytes.
    ///
    /// @throws Stop when there is no memory; then [#abort] is due
    void append(long address, int bytes) {
        int left = isCounting ? 0 : bytes;
        while (left > 0) {
            if (cursor == limit) {
                Slab slab = take(slabBytes);
                cursor = slab.address();
                limit = cursor + slabBytes;
            }
            int part = (int) Math.min(left, limit - cursor);
            OffHeap.copy(address + bytes - left, cursor, part);
            cursor += part;
            left -= part;
        }
        length += bytes;
    }

    /// Bytes written so far.
    int length() {
        return length;
    }

    /// The block's slabs, which are the caller's from now on. What the last slab has too much is
    /// given back where there is room to: its content moves into slabs of falling powers of two, so
    /// that only the smallest of them is not full.
    Slab[] finish() {
        int rest = length % slabBytes;
        if (!isWhole && rest != 0 && rest <= slabBytes - SlabPool.CAPACITY_MIN) {
            Slab last = slabs.removeLast();
            int kept = slabs.size();
            boolean fitted = true;
            try {
                refit(last.address(), rest);
            } catch (Stop _) {
                while (slabs.size() > kept) {
                    pool.give(slabs.removeLast());
                }
                slabs.add(last);
                fitted = false;
            }
            if (fitted) {
                pool.give(last);
            }
        }
        Slab[] taken = slabs.toArray(new Slab[0]);
        slabs.clear();
        return taken;
    }

    /// Gives back what was taken.
    void abort() {
        while (!slabs.isEmpty()) {
            pool.give(slabs.removeLast());
        }
    }

    private void refit(long address, int bytes) {
        int left = bytes;
        while (left > 0) {
            int capacity =
                    left <= SlabPool.CAPACITY_MIN
                            ? SlabPool.CAPACITY_MIN
                            : Integer.highestOneBit(left + SlabPool.CAPACITY_MIN - 1);
            Slab slab = take(capacity);
            int part = Math.min(left, capacity);
            OffHeap.copy(address + bytes - left, slab.address(), part);
            left -= part;
        }
    }

    private Slab take(int capacity) {
        @Nullable Slab slab = pool.take(capacity, charge);
        if (slab == null) {
            throw Stop.NO_MEMORY;
        }
        slabs.add(slab);
        return slab;
    }
}
