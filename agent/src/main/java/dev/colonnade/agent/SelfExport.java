package dev.colonnade.agent;

import dev.colonnade.agent.config.SelfExportConfig;
import dev.colonnade.agent.graph.ComponentFactory;
import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.agent.telemetry.OtlpMetrics;
import dev.colonnade.pipeline.Evictor;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.LatencyHistogram;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Metric;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.StoreShard;
import dev.colonnade.storage.memory.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Pushes the agent's own metrics, by an exporter and a store of their own that no pipeline sees.
///
/// What it does is counted nowhere, so a push changes none of the figures that the next one tells:
/// also where the endpoint is this very agent, each push is one request and no more.
final class SelfExport {
    private static final System.Logger LOG = System.getLogger(SelfExport.class.getName());
    private static final String NAME = "service.telemetry";

    /// Sixteen pages of the usual size.
    private static final long BUDGET_BYTES = 1 << 20;

    /// How long closing may take; for the last push as well as for the exporter.
    private static final long CLOSE_SECONDS = 1;

    /// How often it is looked whether the last push was sent.
    private static final long LOOK_MILLIS = 5;

    private static final int LOOKS_MAX = 200;

    private final OtlpMetrics metrics;
    private final Loops loops;
    private final InstantSource clock;
    private final LongSupplier nanoClock;
    private final MemoryBudget budget;
    private final HybridStore store;
    private final Route route;
    private final Exporter exporter;
    private final RowBatch batch = new RowBatch();
    private @Nullable ScheduledFuture<?> timer;

    private SelfExport(
            SelfExportConfig config,
            OtlpMetrics metrics,
            Loops loops,
            TelemetryMemory memory,
            ComponentFactory components,
            InstantSource clock,
            LongSupplier nanoClock)
            throws StartException {
        this.metrics = metrics;
        this.loops = loops;
        this.clock = clock;
        this.nanoClock = nanoClock;
        exporter = components.exporter(config.exporter());
        budget = memory.root().child(NAME, BUDGET_BYTES);
        store =
                new HybridStore(
                        new StoreConfig(
                                NAME,
                                Signal.METRICS,
                                budget,
                                Durability.MEMORY,
                                List.of(new CursorConfig(exporter.id(), OnFull.DROP_OLDEST, null))),
                        memory.loops(),
                        nanoClock);
        route =
                new Route(
                        Signal.METRICS,
                        List.of(store),
                        memory.loops(),
                        new Evictor(loops, List.of(store)));
        exporter.attach(store, 0);
    }

    /// Begins to push.
    ///
    /// @param components makes the exporter; must count into [#NOTHING]
    /// @param admin the loop that reads the metrics
    /// @throws StartException when the exporter's settings cannot work
    static SelfExport start(
            SelfExportConfig config,
            OtlpMetrics metrics,
            Loops loops,
            Loops admin,
            TelemetryMemory memory,
            ComponentFactory components,
            InstantSource clock,
            LongSupplier nanoClock)
            throws StartException {
        SelfExport push =
                new SelfExport(config, metrics, loops, memory, components, clock, nanoClock);
        try {
            push.exporter.start();
        } catch (StartException e) {
            push.close();
            throw e;
        }
        long millis = config.interval().toMillis();
        push.timer =
                admin.loop(0)
                        .scheduleAtFixedRate(
                                push::pushInTurn, millis, millis, TimeUnit.MILLISECONDS);
        return push;
    }

    private void pushInTurn() {
        CompletableFuture<?> _ = push();
    }

    /// Reads all metrics and hands them to the exporter's loop.
    private CompletableFuture<?> push() {
        Instant now = clock.instant();
        OtlpMetrics.Request request =
                metrics.request(TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano());
        return CompletableFuture.runAsync(() -> offer(request), loops.loop(0));
    }

    private void offer(OtlpMetrics.Request request) {
        RouteShard shard = route.shard(0);
        int length = request.bytes().length;
        if (!shard.reserve(batch.payload(), length)) {
            LOG.log(System.Logger.Level.WARNING, "no memory to push own metrics: bytes=" + length);
            return;
        }
        ByteBuf source = Unpooled.wrappedBuffer(request.bytes());
        batch.payload().append(source, length);
        source.release();
        batch.describe(Codec.IDENTITY, length, request.points(), 0, nanoClock.getAsLong());
        if (shard.offer(batch, null) != StoreShard.Admission.ADMITTED) {
            shard.release(batch.payload());
        }
    }

    /// Pushes once more, gives up what cannot be sent at once, and gives every byte back.
    void close() {
        ScheduledFuture<?> present = timer;
        if (present != null) {
            present.cancel(false);
            await(push());
        }
        exporter.flush();
        if (present != null) {
            awaitSent();
        }
        await(exporter.close().toCompletableFuture());
        List<CompletableFuture<?>> closed = new ArrayList<>();
        for (int index = 0; index < loops.count(); index++) {
            int loop = index;
            closed.add(CompletableFuture.runAsync(() -> close(loop), loops.loop(loop)));
        }
        await(CompletableFuture.allOf(closed.toArray(new CompletableFuture<?>[0])));
        budget.close();
    }

    private void awaitSent() {
        CountDownLatch never = new CountDownLatch(1);
        try {
            for (int look = 0; look < LOOKS_MAX && store.records() > 0; look++) {
                boolean _ = never.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void close(int loop) {
        store.shard(loop).abandon();
        route.shard(loop).close();
        store.shard(loop).close();
    }

    private static void await(CompletableFuture<?> stage) {
        try {
            stage.get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(System.Logger.Level.WARNING, "own metrics did not close clean", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Where what the exporter counts goes.
    static final Telemetry NOTHING =
            new Telemetry() {
                @Override
                public void counter(Metric metric, LongSupplier value, String... labels) {}

                @Override
                public void gauge(Metric metric, DoubleSupplier value, String... labels) {}

                @Override
                public LatencyHistogram histogram(Metric metric, String... labels) {
                    return new LatencyHistogram();
                }
            };
}
