package dev.colonnade.exporters.testkit;

import static java.util.Objects.requireNonNull;

import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.pipeline.Evictor;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.TestMemory;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGeneratorFactory;

/// An exporter on real loops, with a pipeline for each signal to empty. Closing it proves that
/// every slab, lease and budget is back.
public final class Rig implements AutoCloseable {
    /// What tests wait at most; reached only by a test that fails.
    public static final int SECONDS_MAX = 30;

    private static final long MEMORY_BYTES = 256 << 20;

    private final Loops loops;
    private final TestMemory memory;
    private final List<MemoryBudget> floors = new ArrayList<>();
    private final Map<Signal, HybridStore> stores = new EnumMap<>(Signal.class);
    private final Map<Signal, Route> routes = new EnumMap<>(Signal.class);
    private final ExecutorService blocking =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory());
    private final RecordedMetrics metrics = new RecordedMetrics();
    private final RecordedLog log = new RecordedLog();
    private final ExporterContext context;
    private final Exporter exporter;

    /// An exporter on so many loops, each with `floorBytes` to send with.
    public Rig(int loopCount, int floorBytes, Function<ExporterContext, Exporter> make)
            throws StartException {
        loops = new Loops(loopCount, new DefaultThreadFactory("loop", true));
        memory = TestMemory.of(MEMORY_BYTES, loopCount);
        for (int loop = 0; loop < loopCount; loop++) {
            floors.add(memory.root().floor("send", floorBytes));
        }
        context =
                new ExporterContext(
                        loops,
                        memory.loops(),
                        floors,
                        metrics,
                        System::nanoTime,
                        InstantSource.system(),
                        RandomGeneratorFactory.of("L64X128MixRandom").create(1),
                        blocking,
                        log,
                        "test");
        exporter = make.apply(context);
        for (Signal signal : Signal.values()) {
            CursorConfig cursor = new CursorConfig("otlp", OnFull.REFUSE, null);
            HybridStore store =
                    new HybridStore(
                            new StoreConfig(
                                    signal.label(),
                                    signal,
                                    memory.budget(signal.label()),
                                    Durability.DELIVERED,
                                    List.of(cursor)),
                            memory.loops(),
                            System::nanoTime);
            stores.put(signal, store);
            routes.put(
                    signal,
                    new Route(
                            signal, List.of(store), memory.loops(), new Evictor(loops, List.of())));
            exporter.attach(store, 0);
        }
        try {
            exporter.start();
        } catch (StartException e) {
            close();
            throw e;
        }
    }

    /// One loop with 8 MiB to send with.
    public Rig(Function<ExporterContext, Exporter> make) throws StartException {
        this(1, 8 << 20, make);
    }

    /// Holds a plain request; the answer comes when it is settled, with the reason for which some
    /// of it was dropped.
    public CompletableFuture<Optional<DropReason>> append(
            Signal signal, byte[] plain, int records) {
        return append(0, signal, Codec.IDENTITY, plain, plain.length, records);
    }

    /// Holds a request as it came, on a loop.
    public CompletableFuture<Optional<DropReason>> append(
            int loop, Signal signal, Codec codec, byte[] stored, int wireBytes, int records) {
        CompletableFuture<Optional<DropReason>> settled = new CompletableFuture<>();
        RouteShard shard = requireNonNull(routes.get(signal)).shard(loop);
        loops.loop(loop)
                .execute(() -> {
                    RowBatch batch = new RowBatch();
                    if (!shard.reserve(batch.payload(), stored.length)) {
                        settled.completeExceptionally(new IllegalStateException("full"));
                        return;
                    }
                    Batches.fill(batch.payload(), stored);
                    batch.describe(codec, wireBytes, records, 0, System.nanoTime());
                    Admission admission =
                            shard.offer(
                                    batch,
                                    dropped -> settled.complete(Optional.ofNullable(dropped)));
                    if (admission != Admission.ADMITTED) {
                        settled.completeExceptionally(new IllegalStateException(admission.name()));
                    }
                });
        return settled;
    }

    /// Runs `work` on a loop, between two of its tasks, and waits for it.
    public void onLoop(int loop, Runnable work) {
        loops.loop(loop).submit(work).syncUninterruptibly();
    }

    public HybridStore store(Signal signal) {
        return requireNonNull(stores.get(signal));
    }

    public Exporter exporter() {
        return exporter;
    }

    public RecordedMetrics metrics() {
        return metrics;
    }

    public RecordedLog log() {
        return log;
    }

    /// What `future` has become, within the time that tests wait.
    public static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
    }

    /// Stops the exporter and waits until it has.
    public void closeExporter() {
        await(exporter.close().toCompletableFuture().thenApply(_ -> true));
    }

    @Override
    public void close() {
        closeExporter();
        for (int loop = 0; loop < loops.count(); loop++) {
            int index = loop;
            onLoop(
                    index,
                    () -> {
                        for (Signal signal : Signal.values()) {
                            requireNonNull(stores.get(signal)).shard(index).abandon();
                            requireNonNull(stores.get(signal)).shard(index).close();
                            requireNonNull(routes.get(signal)).shard(index).close();
                        }
                    });
        }
        loops.close().syncUninterruptibly();
        blocking.close();
        memory.close();
    }
}
