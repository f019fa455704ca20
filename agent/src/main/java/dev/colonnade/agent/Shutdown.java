package dev.colonnade.agent;

import dev.colonnade.agent.graph.Graph;
import dev.colonnade.agent.graph.Shaping;
import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.HybridStore;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The way down: grace, close receivers, drain, close exporters, give up what is left, and prove
/// that every byte came back.
final class Shutdown {
    private static final System.Logger LOG = System.getLogger(Shutdown.class.getName());

    /// How long a component may take to close once it was told to; a part of what lies between the
    /// default deadline and the moment when Kubernetes kills.
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(2);

    /// How often the drain is looked at: short against a network round trip that ends it.
    private static final long LOOK_MILLIS = 5;

    private final Graph graph;
    private final Loops loops;
    private final Loops admin;
    private final TelemetryMemory memory;
    private final LongSupplier nanoClock;
    private final CountDownLatch hastened = new CountDownLatch(1);
    private boolean isClean = true;
    private @Nullable Summary summary;

    Shutdown(
            Graph graph, Loops loops, Loops admin, TelemetryMemory memory, LongSupplier nanoClock) {
        this.graph = graph;
        this.loops = loops;
        this.admin = admin;
        this.memory = memory;
        this.nanoClock = nanoClock;
    }

    /// Ends grace and drain now.
    void hasten() {
        hastened.countDown();
    }

    /// Goes all the way, once.
    ///
    /// @param receiversClose told when grace is over
    /// @param stopTasks ends what runs on the loops now and then
    /// @param closeMetrics closes what serves metrics, which is of use until the very end
    synchronized Summary run(
            Duration grace,
            Runnable receiversClose,
            Duration deadline,
            Runnable stopTasks,
            Runnable closeMetrics) {
        Summary present = summary;
        if (present != null) {
            return present;
        }
        long end = nanoClock.getAsLong() + deadline.toNanos();
        awaitHaste(Math.min(grace.toNanos(), deadline.toNanos()));
        receiversClose.run();
        closeReceivers(end);
        graph.exporters().forEach(Exporter::flush);
        awaitDrained(end);
        await("exporters", closing(graph.exporters(), Exporter::close), CLOSE_NANOS);
        stopTasks.run();
        stopShaping();
        onEachLoop(loop -> graph.stores().values().forEach(store -> store.shard(loop).abandon()));
        List<Summary.Exporter> accounts = accounts();
        closeMetrics.run();
        giveBack();
        Summary last = new Summary(accounts, isClean);
        summary = last;
        return last;
    }

    private void closeReceivers(long end) {
        long left = isHastened() ? 0 : Math.max(0, end - nanoClock.getAsLong());
        long deadline = nanoClock.getAsLong() + left;
        await(
                "receivers",
                closing(graph.receivers(), receiver -> receiver.close(deadline)),
                left + CLOSE_NANOS);
    }

    private void awaitDrained(long end) {
        while (!isDrained() && nanoClock.getAsLong() < end && !isHastened()) {
            awaitHaste(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
        }
    }

    private boolean isDrained() {
        return graph.stores().values().stream().allMatch(store -> store.records() == 0);
    }

    private boolean isHastened() {
        return hastened.getCount() == 0;
    }

    private void awaitHaste(long nanos) {
        try {
            boolean _ = hastened.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            hasten();
        }
    }

    private List<Summary.Exporter> accounts() {
        Map<String, Summary.Exporter> accounts = new LinkedHashMap<>();
        for (HybridStore store : graph.stores().values()) {
            for (int cursor = 0; cursor < store.config().cursors().size(); cursor++) {
                String id = store.config().cursors().get(cursor).exporter();
                Summary.Exporter here = account(id, store, cursor);
                accounts.merge(id, here, Shutdown::sum);
            }
        }
        return new ArrayList<>(accounts.values());
    }

    private static Summary.Exporter account(String id, HybridStore store, int cursor) {
        long dropped = 0;
        for (DropReason reason : DropReason.values()) {
            dropped += reason == DropReason.SHUTDOWN ? 0 : store.dropped(cursor, reason);
        }
        return new Summary.Exporter(
                id,
                store.delivered(cursor),
                dropped,
                store.backlogRecords(cursor),
                store.dropped(cursor, DropReason.SHUTDOWN));
    }

    private static Summary.Exporter sum(Summary.Exporter one, Summary.Exporter other) {
        return new Summary.Exporter(
                one.id(),
                one.delivered() + other.delivered(),
                one.dropped() + other.dropped(),
                one.held() + other.held(),
                one.lost() + other.lost());
    }

    /// Closes stores and routes on their loops, then the loops, then memory, whose closing proves
    /// that nothing was leaked.
    private void giveBack() {
        @Nullable Shaping shaping = graph.shaping();
        onEachLoop(loop -> {
            graph.routes().forEach(route -> route.shard(loop).close());
            graph.stores().values().forEach(store -> store.shard(loop).close());
            if (shaping != null) {
                shaping.closeLoop(loop);
            }
        });
        await("loops", stage(loops.close()), CLOSE_NANOS);
        await("admin loop", stage(admin.close()), CLOSE_NANOS);
        try {
            if (shaping != null) {
                shaping.close();
            }
            memory.close();
        } catch (IllegalStateException e) {
            failed("memory", e);
        }
    }

    /// Hands back what the packer has, so that stores can be emptied.
    private void stopShaping() {
        @Nullable Shaping shaping = graph.shaping();
        if (shaping == null) {
            return;
        }
        try {
            shaping.stop();
        } catch (IllegalStateException e) {
            failed("packer", e);
        }
    }

    /// Runs `task` on every loop, and waits.
    private void onEachLoop(IntConsumer task) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int index = 0; index < loops.count(); index++) {
            int loop = index;
            all.add(CompletableFuture.runAsync(() -> task.accept(loop), loops.loop(loop)));
        }
        await("stores", all(all), CLOSE_NANOS);
    }

    private <T> CompletableFuture<?> closing(
            List<T> components, Function<T, CompletionStage<?>> close) {
        List<CompletableFuture<?>> stages = new ArrayList<>();
        for (T component : components) {
            stages.add(close.apply(component).toCompletableFuture());
        }
        return all(stages);
    }

    private static CompletableFuture<?> all(List<CompletableFuture<?>> futures) {
        return CompletableFuture.allOf(futures.toArray(new CompletableFuture<?>[0]));
    }

    private static CompletableFuture<?> stage(Future<?> future) {
        CompletableFuture<@Nullable Void> stage = new CompletableFuture<>();
        future.addListener(_ -> stage.complete(null));
        return stage;
    }

    private void await(String what, CompletableFuture<?> stage, long nanos) {
        try {
            stage.get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            failed(what, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failed(what, e);
        }
    }

    private void failed(String what, Exception e) {
        isClean = false;
        LOG.log(System.Logger.Level.ERROR, "did not close clean: what=" + what, e);
    }
}
