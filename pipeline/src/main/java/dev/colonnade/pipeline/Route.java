package dev.colonnade.pipeline;

import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import java.util.ArrayList;
import java.util.List;

/// Where a receiver's records of one signal go: the stores of all pipelines that it feeds, directly
/// or through connectors. The payload is held once, whatever their number.
public final class Route {
    private final Signal signal;
    private final List<HybridStore> stores;
    private final List<RouteShard> shards = new ArrayList<>();

    /// A route into `stores`, at least one; a store that is reached on two ways stands twice.
    ///
    /// @param memory the loops' memory, one for each
    public Route(
            Signal signal, List<HybridStore> stores, List<ShardMemory> memory, Evictor evictor) {
        this.signal = signal;
        this.stores = List.copyOf(stores);
        List<MemoryBudget> budgets =
                stores.stream().map(store -> store.config().budget()).distinct().toList();
        for (int loop = 0; loop < memory.size(); loop++) {
            shards.add(
                    new RouteShard(this, loop, memory.get(loop), BudgetShare.of(budgets), evictor));
        }
    }

    /// What its records are.
    public Signal signal() {
        return signal;
    }

    /// The part of the loop with that index, for use on that loop.
    public RouteShard shard(int loop) {
        return shards.get(loop);
    }

    /// How many of its stores answer the sender only after delivery; their acks end the sender's
    /// wait.
    public int waitsForDelivery() {
        int waits = 0;
        for (HybridStore store : stores) {
            waits += store.config().durability() == Durability.DELIVERED ? 1 : 0;
        }
        return waits;
    }

    /// How long a refused sender should wait, in nanoseconds: what the slowest of its stores says.
    public long retryAfterNanos() {
        long longest = 0;
        for (HybridStore store : stores) {
            longest = Math.max(longest, store.retryAfterNanos());
        }
        return longest;
    }

    /// Records that its stores took so far, each counted once however many stores there are.
    public long acceptedRecords() {
        long records = 0;
        for (RouteShard shard : shards) {
            records += shard.acceptedRecords();
        }
        return records;
    }

    List<HybridStore> stores() {
        return stores;
    }
}
