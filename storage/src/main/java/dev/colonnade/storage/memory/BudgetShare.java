package dev.colonnade.storage.memory;

import java.util.List;

/// The budgets that one slab is charged to, in even parts.
///
/// A payload that several pipelines hold exists once; each is charged its part of the slab, so that
/// the pipelines add up to the process.
public final class BudgetShare {
    private final MemoryBudget[] budgets;

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

    /// What the first of them has reserved, in bytes: how much the route holds, near enough.
    long reserved() {
        return budgets[0].reserved();
    }

    boolean tryReserve(int bytes) {
        for (int index = 0; index < budgets.length; index++) {
            if (!budgets[index].tryReserve(part(bytes, index))) {
                while (--index >= 0) {
                    budgets[index].release(part(bytes, index));
                }
                return false;
            }
        }
        return true;
    }

    void release(int bytes) {
        for (int index = 0; index < budgets.length; index++) {
            budgets[index].release(part(bytes, index));
        }
    }

    /// The first budgets carry the remainder, so that the parts add up to `bytes`.
    private int part(int bytes, int index) {
        return bytes / budgets.length + (index < bytes % budgets.length ? 1 : 0);
    }
}
