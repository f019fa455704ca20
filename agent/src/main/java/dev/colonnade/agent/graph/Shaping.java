package dev.colonnade.agent.graph;

import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.storage.Packer;
import dev.colonnade.storage.Reshaping;
import dev.colonnade.storage.Unpacker;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.Slab;
import io.netty.channel.EventLoop;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What changes the shapes of all stores: the packer with its thread, and each loop's unpacker, in
/// floors of their own.
public final class Shaping {
    private static final System.Logger LOG = System.getLogger("storage");

    /// A slice is a millisecond; then it looks whether to stop.
    private static final long STOP_MILLIS = 2000;

    private final MemoryBudget packFloor;
    private final MemoryBudget reserve;
    private final List<MemoryBudget> unpackFloors = new ArrayList<>();
    private final List<Unpacker> unpackers = new ArrayList<>();
    private final TelemetryMemory memory;
    private final Slab window;
    private final Decompressor decompressor;
    private final Packer packer;
    private final Reshaping reshaping;
    private @Nullable Thread thread;

    /// @throws IllegalStateException when the budget has no room for the floors
    Shaping(
            ReshapePlan plan,
            TelemetryMemory memory,
            Loops loops,
            int stores,
            LongSupplier nanoClock) {
        this.memory = memory;
        packFloor = memory.root().floor("pack", plan.packBytes());
        reserve = memory.root().floor("pack", plan.reserveBytes());
        for (int loop = 0; loop < loops.count(); loop++) {
            MemoryBudget floor = memory.root().floor("unpack", plan.unpackBytes());
            unpackFloors.add(floor);
            unpackers.add(
                    new Unpacker(
                            memory.loops().get(loop),
                            memory.pool(),
                            plan.format(),
                            floor,
                            plan.largeBytes(),
                            loops.loop(loop)));
        }
        @Nullable Slab scratch =
                memory.pool().take(Decompressor.WINDOW_BYTES, BudgetShare.of(packFloor));
        if (scratch == null) {
            throw new IllegalStateException("no memory to inflate in: floor=" + packFloor);
        }
        window = scratch;
        decompressor = new Decompressor(window.address(), Decompressor.WINDOW_BYTES);
        packer =
                new Packer(
                        new Packer.Parts(
                                plan.format(),
                                memory.pool(),
                                packFloor,
                                reserve,
                                decompressor::inflateInto,
                                Math.max(1, stores * loops.count()),
                                nanoClock,
                                Shaping::cpuNanos,
                                LockSupport::parkNanos,
                                defect ->
                                        LOG.log(
                                                System.Logger.Level.ERROR,
                                                "cannot pack some records, they stay rows",
                                                defect)));
        List<EventLoop> executors = new ArrayList<>();
        for (int loop = 0; loop < loops.count(); loop++) {
            executors.add(loops.loop(loop));
        }
        reshaping = new Reshaping(packer, unpackers, executors);
    }

    /// What stores take.
    Reshaping reshaping() {
        return reshaping;
    }

    /// Begins to work.
    public void start(ThreadFactory threads) {
        Thread started = threads.newThread(packer);
        thread = started;
        started.start();
    }

    /// Ends the work within a slice; what was under way stays as it was. Legal before [#start].
    public void stop() {
        packer.stop();
        Thread started = thread;
        if (started == null) {
            return;
        }
        try {
            started.join(STOP_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (started.isAlive()) {
            throw new IllegalStateException(
                    "packer does not end: waited=" + TimeUnit.MILLISECONDS.toSeconds(STOP_MILLIS));
        }
    }

    /// Frees one loop's part; on that loop, when its stores are closed.
    public void closeLoop(int loop) {
        unpackers.get(loop).close();
    }

    /// Frees the rest, after [#stop] and [#closeLoop].
    ///
    /// @throws IllegalStateException when something was leaked
    public void close() {
        packer.close();
        decompressor.close();
        memory.pool().give(window);
        unpackFloors.forEach(MemoryBudget::close);
        packFloor.close();
        reserve.close();
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
