package dev.colonnade.storage.testkit;

import dev.colonnade.storage.memory.FailingPool;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.SlabPool;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// The memory of a small process: a root budget, a slab pool and the memory of each loop.
///
/// Closing it proves that nothing leaked: it throws, naming what is left, when a slab is still out,
/// when Netty still holds a view of one, or when a budget still has something reserved. Close
/// stores, routes and exporters first, and let the loops come to rest.
public final class TestMemory implements AutoCloseable {
    private final MemoryBudget root;
    private final SlabPool pool;
    private final List<ShardMemory> loops = new ArrayList<>();

    private TestMemory(long limitBytes, int loopCount, Function<MemoryBudget, SlabPool> pools) {
        root = MemoryBudget.root("process", limitBytes);
        pool = pools.apply(root);
        for (int loop = 0; loop < loopCount; loop++) {
            loops.add(new ShardMemory(pool));
        }
    }

    /// Memory of `limitBytes` for one loop, a quarter of which the pool may keep idle.
    public static TestMemory of(long limitBytes) {
        return of(limitBytes, 1);
    }

    /// Memory of `limitBytes` for `loopCount` loops, a quarter of which the pool may keep idle.
    public static TestMemory of(long limitBytes, int loopCount) {
        return of(limitBytes, loopCount, limitBytes / 4);
    }

    /// Memory whose pool may keep `idleBytesMax` bytes of free slabs.
    public static TestMemory of(long limitBytes, int loopCount, long idleBytesMax) {
        return new TestMemory(limitBytes, loopCount, root -> new SlabPool(root, idleBytesMax));
    }

    /// Memory of one loop in which a slab is refused, though there is room, whenever `mayReserve`
    /// answers false; see [FailingPool].
    public static TestMemory failing(long limitBytes, BooleanSupplier mayReserve) {
        return new TestMemory(limitBytes, 1, root -> FailingPool.of(root, mayReserve));
    }

    /// The root of the budget tree.
    public MemoryBudget root() {
        return root;
    }

    /// A new child of the root with the root's limit, such as a pipeline's.
    public MemoryBudget budget(String name) {
        return root.child(name, root.limit());
    }

    /// A new child of the root with a limit of its own.
    public MemoryBudget budget(String name, long limitBytes) {
        return root.child(name, limitBytes);
    }

    /// The pool that all loops share.
    public SlabPool pool() {
        return pool;
    }

    /// The memory of the first loop.
    public ShardMemory loop() {
        return loops.getFirst();
    }

    /// The memory of the loop with that index.
    public ShardMemory loop(int index) {
        return loops.get(index);
    }

    /// The memory of all loops, as stores and routes take it.
    public List<ShardMemory> loops() {
        return List.copyOf(loops);
    }

    /// Proves that nothing leaked.
    ///
    /// @throws IllegalStateException when something did; it names what
    @Override
    public void close() {
        for (ShardMemory loop : loops) {
            loop.close();
        }
        pool.close();
        root.close();
    }
}
