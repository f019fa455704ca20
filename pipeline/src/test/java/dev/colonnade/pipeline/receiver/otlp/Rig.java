package dev.colonnade.pipeline.receiver.otlp;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.Evictor;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Metric;
import dev.colonnade.pipeline.Processor;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.Way;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.testkit.RecordedTelemetry;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Cursor;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.MetadataKeys;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.QueueLimit;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.TestMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A receiver with stores behind it and nobody who empties them but the test; closing it proves
/// that nothing leaked.
final class Rig implements AutoCloseable {
    /// Something that was stored.
    @SuppressWarnings("ArrayRecordComponent")
    record Stored(Signal signal, Codec codec, byte[] bytes, int records, int wireBytes) {}

    static final class Builder {
        private int loopCount = 1;
        private long memoryBytes = 64 << 20;
        private long storeBytes = 64 << 20;
        private ConnectionRoom room = new ConnectionRoom(64 << 20);
        private Durability durability = Durability.MEMORY;
        private @Nullable QueueLimit queue;
        private MetadataKeys metadata = MetadataKeys.NONE;
        private @Nullable Processor processor;
        private Set<String> metadataRead = Set.of();
        private Set<Signal> signals = Set.of(Signal.values());
        private LongSupplier clock = System::nanoTime;
        private OtlpReceiverConfig config =
                new OtlpReceiverConfig(null, OtlpHttpConfig.at(new Endpoint("127.0.0.1", 0)));

        Builder loops(int count) {
            loopCount = count;
            return this;
        }

        Builder room(ConnectionRoom heap) {
            room = heap;
            return this;
        }

        Builder storeBytes(long bytes) {
            storeBytes = bytes;
            return this;
        }

        Builder durability(Durability level) {
            durability = level;
            return this;
        }

        Builder queue(QueueLimit limit) {
            queue = limit;
            return this;
        }

        Builder signals(Signal... served) {
            signals = Set.of(served);
            return this;
        }

        /// What the stores keep of requests.
        Builder metadata(MetadataKeys keys) {
            metadata = keys;
            return this;
        }

        /// A processor before each store, which asks for `names`.
        Builder processor(Processor edits, Set<String> names) {
            processor = edits;
            metadataRead = names;
            return this;
        }

        Builder clock(LongSupplier nanoClock) {
            clock = nanoClock;
            return this;
        }

        Builder config(OtlpReceiverConfig receiver) {
            config = receiver;
            return this;
        }

        Rig unstarted() {
            return new Rig(this);
        }

        Rig start() throws StartException {
            Rig rig = unstarted();
            try {
                rig.receiver.start();
            } catch (StartException failure) {
                rig.close();
                throw failure;
            }
            return rig;
        }
    }

    static final long WAIT_SECONDS = 20;

    final RecordedTelemetry telemetry = new RecordedTelemetry();
    final OtlpReceiver receiver;
    final Loops loops;
    private final TestMemory memory;
    private final LongSupplier clock;
    private final MemoryBudget storeBudget;
    private final Map<Signal, HybridStore> stores = new EnumMap<>(Signal.class);
    private final Map<Signal, Route> routes = new EnumMap<>(Signal.class);
    private final List<Slab> ballast = new ArrayList<>();

    private Rig(Builder builder) {
        clock = builder.clock;
        memory = TestMemory.of(builder.memoryBytes, builder.loopCount);
        storeBudget = memory.budget("stores", builder.storeBytes);
        loops = new Loops(builder.loopCount, Thread.ofPlatform().daemon().factory());
        for (Signal signal : builder.signals) {
            StoreConfig store =
                    new StoreConfig(
                            signal.label(),
                            signal,
                            storeBudget.child(signal.label(), builder.storeBytes),
                            builder.durability,
                            List.of(new CursorConfig("out", OnFull.REFUSE, builder.queue)),
                            builder.metadata);
            HybridStore held = new HybridStore(store, memory.loops(), clock);
            stores.put(signal, held);
            routes.put(
                    signal,
                    Route.along(
                            List.of(way(held, builder)),
                            signal,
                            memory.loops(),
                            new Evictor(loops, List.of())));
        }
        receiver =
                new OtlpReceiver(
                        "otlp",
                        builder.config,
                        routes,
                        loops,
                        memory.root(),
                        builder.room,
                        telemetry,
                        clock,
                        task -> Thread.ofVirtual().start(task),
                        new Random(1));
    }

    private static Way way(HybridStore store, Builder builder) {
        Processor edits = builder.processor;
        return edits == null
                ? Way.into(store)
                : new Way(store, List.of(() -> edits), builder.metadataRead);
    }

    static Builder with() {
        return new Builder();
    }

    static Rig start() throws StartException {
        return with().start();
    }

    /// Takes and acknowledges what is stored, over all loops.
    List<Stored> drain() {
        List<Stored> all = new ArrayList<>();
        for (int loop = 0; loop < loops.count(); loop++) {
            int index = loop;
            all.addAll(onLoop(index, () -> take(index, null)));
        }
        return all;
    }

    /// Takes and acknowledges what is stored on the first loop: how many entries each lease had,
    /// and of which metadata.
    List<String> leases(Signal signal, String key) {
        return onLoop(
                0,
                () -> {
                    List<String> taken = new ArrayList<>();
                    Cursor cursor = requireNonNull(stores.get(signal)).shard(0).cursor(0);
                    Lease lease = cursor.take(1L << 40, 1 << 30, true);
                    while (lease != null) {
                        taken.add(lease.entries() + " of " + lease.metadata(key));
                        lease.ack();
                        lease = cursor.take(1L << 40, 1 << 30, true);
                    }
                    return taken;
                });
    }

    /// Takes what is stored and drops it for `reason`.
    void drop(DropReason reason) {
        for (int loop = 0; loop < loops.count(); loop++) {
            int index = loop;
            onLoop(index, () -> take(index, reason));
        }
    }

    private List<Stored> take(int loop, @Nullable DropReason drop) {
        List<Stored> taken = new ArrayList<>();
        stores.forEach((signal, store) -> {
            Lease lease = store.shard(loop).cursor(0).take(1L << 40, 1 << 30, true);
            while (lease != null) {
                for (int entry = 0; entry < lease.entries(); entry++) {
                    taken.add(
                            new Stored(
                                    signal,
                                    lease.codec(entry),
                                    Batches.read(lease, entry),
                                    lease.records(entry),
                                    lease.wireBytes(entry)));
                }
                if (drop == null) {
                    lease.ack();
                } else {
                    lease.drop(drop);
                }
                lease = store.shard(loop).cursor(0).take(1L << 40, 1 << 30, true);
            }
        });
        return taken;
    }

    /// Fills the stores' memory until no slab fits any more.
    void fillMemory() {
        onLoop(
                0,
                () -> {
                    int bytes = 1 << 20;
                    while (bytes >= 16 << 10) {
                        Slab slab = memory.loop(0).take(bytes, BudgetShare.of(storeBudget));
                        if (slab == null) {
                            bytes /= 2;
                        } else {
                            ballast.add(slab);
                        }
                    }
                    return null;
                });
    }

    /// Gives back what [#fillMemory] took.
    void freeMemory() {
        onLoop(
                0,
                () -> {
                    ballast.forEach(slab -> memory.loop(0).release(slab.slot()));
                    ballast.clear();
                    return null;
                });
    }

    long records() {
        return stores.values().stream().mapToLong(HybridStore::records).sum();
    }

    /// Bytes reserved in the stores' budgets.
    long storeBytesReserved() {
        return storeBudget.reserved();
    }

    int httpPort() {
        return receiver.boundHttpPort();
    }

    int grpcPort() {
        return receiver.boundGrpcPort();
    }

    long refused(Refusal refusal) {
        return telemetry.value(ReceiverMetrics.REQUESTS_REFUSED, "otlp", refusal.label());
    }

    long metric(Metric metric, String transport) {
        return telemetry.value(metric, "otlp", transport);
    }

    long waiters() {
        return telemetry.value(ReceiverMetrics.WAITERS, "otlp");
    }

    /// Runs `task` on a loop and waits for its result.
    <T> T onLoop(int loop, Callable<T> task) {
        try {
            return loops.loop(loop).submit(task).get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    /// Turns the loops until `condition` holds.
    void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time to wait").isLessThan(end);
            for (int loop = 0; loop < loops.count(); loop++) {
                loops.loop(loop)
                        .schedule(() -> true, 1, TimeUnit.MILLISECONDS)
                        .awaitUninterruptibly();
            }
        }
    }

    /// Closes the receiver within `grace` of its clock.
    CompletableFuture<?> closeReceiver(Duration grace) {
        return receiver.close(clock.getAsLong() + grace.toNanos()).toCompletableFuture();
    }

    @Override
    public void close() {
        try {
            closeReceiver(Duration.ZERO).get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
        drain();
        if (!ballast.isEmpty()) {
            freeMemory();
        }
        for (int loop = 0; loop < loops.count(); loop++) {
            int index = loop;
            onLoop(
                    index,
                    () -> {
                        routes.values().forEach(route -> route.shard(index).close());
                        stores.values().forEach(store -> store.shard(index).close());
                        return null;
                    });
        }
        loops.close().awaitUninterruptibly();
        memory.close();
    }
}
