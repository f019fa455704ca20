package dev.colonnade.storage.memory;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// The budgets that one slab is charged to, in even parts.
///
/// A payload that several pipelines hold exists once; each is charged its part of the slab, so that
/// the pipelines add up to the process. Each route and each store has a share per loop of its own,
/// which counts what was charged through it.
public final class BudgetShare {
    private final MemoryBudget[] budgets;
    private final AtomicLong charged = new AtomicLong();

    private BudgetShare(MemoryBudget[] budgets) {
        this.budgets = budgets;
    }

    /// A share of `budgets`, at least one.
    public static BudgetShare of(List<MemoryBudget> budgets) {
        if (budgets.isEmpty()) {
            throw new IllegalArgumentException("budget share needs a budget");
        }
        return new BudgetShare(budgets.toArray(new MemoryBudget[0]));
    }

    /// The whole of one budget.
    public static BudgetShare of(MemoryBudget budget) {
        return new BudgetShare(new MemoryBudget[] {budget});
    }

    /// The capacity of the slabs that are charged through this share now, in bytes.
    long charged() {
        return charged.get();
    }

    boolean tryReserve(int bytes) {
        for (int index = 0; index < budgets.length; index++) {
            if (!budgets[index].tryReserve(part(bytes, index))) {
                while (--index >= 0) {
                    budgets[index].unreserve(part(bytes, index));
                }
                return false;
            }
        }
        charged.addAndGet(bytes);
        return true;
    }

    /// Whether `root` alone stands in the way of `bytes`.
    boolean fitsBelow(MemoryBudget root, int bytes) {
        for (int index = 0; index < budgets.length; index++) {
            if (!budgets[index].fitsBelow(root, part(bytes, index))) {
                return false;
            }
        }
        return true;
    }

    void release(int bytes) {
        charged.addAndGet(-bytes);
        for (int index = 0; index < budgets.length; index++) {
            budgets[index].release(part(bytes, index));
        }
    }

    /// The first budgets carry the remainder, so that the parts add up to `bytes`.
    private int part(int bytes, int index) {
        return bytes / budgets.length + (index < bytes % budgets.length ? 1 : 0);
    }
}
