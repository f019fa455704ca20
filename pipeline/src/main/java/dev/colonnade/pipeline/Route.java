package dev.colonnade.pipeline;

import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Where a receiver's records of one signal go: the stores of all pipelines that it feeds, directly
/// or through connectors. The payload is held once, whatever their number; a way on which a
/// processor changed it holds its own.
public final class Route {
    private final Signal signal;
    private final List<Way> ways;
    private final boolean edited;
    private final List<String> metadataNames;
    private final List<RouteShard> shards = new ArrayList<>();

    /// A route along `ways`, at least one; a store that is reached on two ways stands in two.
    ///
    /// @param memory the loops' memory, one for each
    public static Route along(
            List<Way> ways, Signal signal, List<ShardMemory> memory, Evictor evictor) {
        return new Route(ways, signal, memory, evictor);
    }

    /// A route into `stores`, at least one, on which requests pass as they came.
    ///
    /// @param memory the loops' memory, one for each
    public Route(
            Signal signal, List<HybridStore> stores, List<ShardMemory> memory, Evictor evictor) {
        this(stores.stream().map(Way::into).toList(), signal, memory, evictor);
    }

    private Route(List<Way> ways, Signal signal, List<ShardMemory> memory, Evictor evictor) {
        this.signal = signal;
        this.ways = List.copyOf(ways);
        edited = ways.stream().anyMatch(way -> !way.processors().isEmpty());
        Set<String> names = new TreeSet<>();
        for (Way way : ways) {
            names.addAll(way.metadataRead());
            names.addAll(way.store().config().metadata().names());
        }
        metadataNames = List.copyOf(names);
        List<MemoryBudget> budgets =
                ways.stream().map(way -> way.store().config().budget()).distinct().toList();
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
        for (Way way : ways) {
            waits += way.store().config().durability() == Durability.DELIVERED ? 1 : 0;
        }
        return waits;
    }

    /// How long a refused sender should wait, in nanoseconds: what the slowest of its stores says.
    public long retryAfterNanos() {
        long longest = 0;
        for (Way way : ways) {
            longest = Math.max(longest, way.store().retryAfterNanos());
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

    /// Records that the processor with index `processor` of the way with index `way` was given so
    /// far, those of requests that were refused after it included.
    public long incomingRecords(int way, int processor) {
        long records = 0;
        for (RouteShard shard : shards) {
            records += shard.incomingRecords(way, processor);
        }
        return records;
    }

    /// Records that the processor with index `processor` of the way with index `way` passed on so
    /// far.
    public long outgoingRecords(int way, int processor) {
        long records = 0;
        for (RouteShard shard : shards) {
            records += shard.outgoingRecords(way, processor);
        }
        return records;
    }

    /// Whether some way has a processor, which must see requests that are not compressed.
    public boolean isEdited() {
        return edited;
    }

    /// The request metadata that something on the way or behind it asks for, in lower case: all
    /// that a receiver needs to keep of a request's head.
    public List<String> metadataNames() {
        return metadataNames;
    }

    List<Way> ways() {
        return ways;
    }
}
