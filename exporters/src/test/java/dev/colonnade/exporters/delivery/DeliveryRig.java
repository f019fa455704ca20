package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.testkit.RecordedLog;
import dev.colonnade.exporters.testkit.RecordedMetrics;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.StoreShard;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.TestMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/// Delivery on loops without threads, with a clock moved by hand and peers that the test answers
/// for. Closing it proves that everything came back.
final class DeliveryRig implements AutoCloseable {
    static final String ID = "fake";

    final ManualClock clock = new ManualClock();
    final List<ManualLoop> loops = new ArrayList<>();
    final List<FakeTransport> transports = new ArrayList<>();
    final RecordedMetrics metrics = new RecordedMetrics();
    final RecordedLog log = new RecordedLog();
    final TestMemory memory;
    final HybridStore store;
    final Delivery delivery;
    private final List<ExtentSpace> spaces = new ArrayList<>();
    private boolean isClosed;

    DeliveryRig(DeliveryConfig config, int loopCount, int floorBytes, RandomGenerator random) {
        memory = TestMemory.of(64 << 20, loopCount);
        List<MemoryBudget> floors = new ArrayList<>();
        MemoryBudget budget = memory.budget("logs");
        for (int loop = 0; loop < loopCount; loop++) {
            loops.add(new ManualLoop(clock));
            floors.add(memory.root().floor("send", floorBytes));
            spaces.add(new ExtentSpace(memory.loop(loop), BudgetShare.of(budget)));
        }
        store =
                new HybridStore(
                        new StoreConfig(
                                "logs",
                                Signal.LOGS,
                                budget,
                                Durability.MEMORY,
                                List.of(new CursorConfig(ID, OnFull.REFUSE, null))),
                        memory.loops(),
                        clock);
        delivery =
                new Delivery(
                        config,
                        new ArrayList<>(loops),
                        memory.loops(),
                        floors,
                        metrics,
                        random,
                        log);
        delivery.attach(store, 0);
        delivery.start(_ -> {
            FakeTransport transport = new FakeTransport();
            transports.add(transport);
            return transport;
        });
        settle();
    }

    /// One loop with a floor of a mebibyte.
    static DeliveryRig of(DeliveryConfig config) {
        return new DeliveryRig(config, 1, 1 << 20, new Random(1));
    }

    FakeTransport peer() {
        return transports.getFirst();
    }

    /// Holds a request on a loop; the exporter may send it before this returns.
    void append(int loop, byte[] plain, int records) {
        append(loop, Codec.IDENTITY, plain, plain.length, records);
    }

    void append(int loop, Codec codec, byte[] stored, int wireBytes, int records) {
        RowBatch batch = new RowBatch();
        ExtentSpace space = spaces.get(loop);
        StoreShard shard = store.shard(loop);
        if (!space.reserve(batch.payload(), stored.length)
                || shard.admit(records, wireBytes) != StoreShard.Admission.ADMITTED) {
            throw new IllegalStateException("full");
        }
        Batches.fill(batch.payload(), stored);
        batch.describe(codec, wireBytes, records, 0, clock.getAsLong());
        long _ = shard.append(batch, null);
        space.handOver(batch.payload());
        shard.publish();
        settle();
    }

    /// Lets the loops come to rest.
    void settle() {
        boolean ran = true;
        for (int round = 0; ran; round++) {
            if (round > 10_000) {
                throw new AssertionError("the loops do not come to rest");
            }
            ran = false;
            for (ManualLoop loop : loops) {
                ran |= loop.runTasks();
                ran |= loop.runAlarms();
            }
        }
    }

    /// Moves the clock, stopping at every alarm on the way.
    void pass(Duration time) {
        long left = time.toNanos();
        while (left > 0) {
            long step = left;
            for (ManualLoop loop : loops) {
                step = Math.min(step, Math.max(1, loop.nextNanos()));
            }
            clock.advanceNanos(step);
            left -= step;
            settle();
        }
    }

    /// Answers the oldest open request of a loop.
    void answer(int loop, Outcome outcome) {
        transports.get(loop).open.getFirst().answer(outcome);
        settle();
    }

    /// Requests without an answer, on all loops.
    int open() {
        return transports.stream().mapToInt(transport -> transport.open.size()).sum();
    }

    /// Requests sent, on all loops.
    int sent() {
        return transports.stream().mapToInt(transport -> transport.all.size()).sum();
    }

    long dropped(DropReason reason) {
        return store.dropped(0, reason);
    }

    void closeDelivery() {
        CompletableFuture<?> closed = delivery.close().toCompletableFuture();
        settle();
        if (!closed.isDone()) {
            throw new AssertionError("delivery does not close");
        }
        isClosed = true;
    }

    @Override
    public void close() {
        if (!isClosed) {
            closeDelivery();
        }
        for (int loop = 0; loop < loops.size(); loop++) {
            store.shard(loop).abandon();
            store.shard(loop).close();
            spaces.get(loop).close();
        }
        memory.close();
    }
}
