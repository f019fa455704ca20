package dev.colonnade.benchmarks;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a slab costs: one that was kept against one that is made, cleared and freed.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class StoreBenchmarkSlab {
    /// Bytes of a slab.
    @Param({"65536", "4194304"})
    public int capacity;

    /// Bytes that the pool keeps.
    @Param({"0", "33554432"})
    public long idleBytesMax;

    private final MemoryBudget root = MemoryBudget.root("process", 64L << 20);
    private final BudgetShare share = BudgetShare.of(root.child("pipeline", root.limit()));
    private @Nullable SlabPool pool;

    /// Proves that every slab is back.
    @TearDown(Level.Trial)
    public void close() {
        pool().close();
        root.close();
    }

    /// Take one and give it back.
    @Benchmark
    public long takeAndGive() {
        Slab slab = pool().take(capacity, share);
        if (slab == null || slab.capacity() != capacity) {
            throw new IllegalStateException("no slab: capacity=" + capacity);
        }
        long address = slab.address();
        pool().give(slab);
        return address;
    }

    private SlabPool pool() {
        SlabPool made = pool;
        if (made == null) {
            made = new SlabPool(root, idleBytesMax);
            pool = made;
        }
        return made;
    }
}
