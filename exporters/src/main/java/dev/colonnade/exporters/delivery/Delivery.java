package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Delivery of one exporter on all loops: what the shards share, and their life.
public final class Delivery {
    /// The smallest merge that a small `send` floor leads to.
    private static final int MERGE_BYTES_MIN = 64 << 10;

    private final DeliveryConfig config;
    private final List<DeliveryLoop> loops;
    private final List<ShardMemory> memory;
    private final List<MemoryBudget> floors;
    private final Telemetry telemetry;
    private final Permits permits;
    private final BackOff backOff;
    private final FailureLog log;
    private final List<List<Lane>> lanes = new ArrayList<>();
    private final List<DeliveryShard> shards = new ArrayList<>();
    private @Nullable CompletableFuture<?> closed;

    /// @param loops the process's loops
    /// @param memory the memory of each
    /// @param floors what is kept for sending on each, in bytes of its budget
    /// @param random for the back-off; used by one thread at a time
    public Delivery(
            DeliveryConfig config,
            List<DeliveryLoop> loops,
            List<ShardMemory> memory,
            List<MemoryBudget> floors,
            Telemetry telemetry,
            RandomGenerator random,
            System.Logger logger) {
        this.config = config;
        this.loops = List.copyOf(loops);
        this.memory = List.copyOf(memory);
        this.floors = List.copyOf(floors);
        this.telemetry = telemetry;
        permits = new Permits(config.queue().requestsInFlightMax());
        backOff = new BackOff(config.retry(), random, this::pumpAll);
        log = new FailureLog(config.exporter(), logger);
        for (int loop = 0; loop < loops.size(); loop++) {
            lanes.add(new ArrayList<>());
        }
        telemetry.gauge(ExporterMetrics.UP, () -> backOff.isUp() ? 1 : 0, config.exporter());
    }

    /// Empties the cursor with that index of every shard of `store` from [#start] on.
    public void attach(HybridStore store, int cursor) {
        for (int loop = 0; loop < loops.size(); loop++) {
            lanes.get(loop)
                    .add(
                            new Lane(
                                    store.shard(loop).cursor(cursor),
                                    store.config().signal(),
                                    config.batch()));
        }
    }

    /// Begins to take and send.
    public void start(Transport.Factory transports) {
        for (int index = 0; index < loops.size(); index++) {
            ShardMetrics metrics = new ShardMetrics(telemetry, config.exporter());
            MemoryBudget floor = floors.get(index);
            FrameBuilder builder = new FrameBuilder(config, memory.get(index), floor, metrics);
            shards.add(
                    new DeliveryShard(
                            config.withSizes(mergeBytesMax(floor), windowBytes(floor)),
                            loops.get(index),
                            permits,
                            backOff,
                            log,
                            builder,
                            metrics,
                            transports.open(index),
                            lanes.get(index)));
        }
        for (int index = 0; index < shards.size(); index++) {
            loops.get(index).execute(shards.get(index)::start);
        }
    }

    /// Why nothing is sent now; null while the peer is up. For any thread.
    public @Nullable String trouble() {
        return backOff.isUp() ? null : "cannot deliver: cause=" + log.lastFailure();
    }

    /// Sends without waiting for batches to fill, from now on.
    public void flush() {
        for (int index = 0; index < shards.size(); index++) {
            loops.get(index).execute(shards.get(index)::flush);
        }
    }

    /// Gives up what is under way and gives its leases back. The stage completes when none is out
    /// and every connection is closed.
    public synchronized CompletionStage<?> close() {
        CompletableFuture<?> all = closed;
        if (all == null) {
            List<CompletableFuture<@Nullable Void>> each = new ArrayList<>();
            for (int index = 0; index < shards.size(); index++) {
                DeliveryShard shard = shards.get(index);
                CompletableFuture<@Nullable Void> one = new CompletableFuture<>();
                loops.get(index).execute(() -> shard.close(() -> one.complete(null)));
                each.add(one);
            }
            all = CompletableFuture.allOf(each.toArray(new CompletableFuture<?>[0]));
            closed = all;
        }
        return all;
    }

    /// A merged request must be encodable within the floor, beside one that is under way.
    private int mergeBytesMax(MemoryBudget floor) {
        long room = config.codec() == Codec.IDENTITY ? floor.limit() : floor.limit() / 2;
        return (int) Math.min(config.mergeBytesMax(), Math.max(MERGE_BYTES_MIN, room));
    }

    /// What is leased is neither packed nor given up, so where there is little memory a loop leases
    /// little.
    private long windowBytes(MemoryBudget floor) {
        return Math.min(config.windowBytes(), 2 * floor.limit());
    }

    private void pumpAll() {
        for (int index = 0; index < shards.size(); index++) {
            loops.get(index).execute(shards.get(index)::pump);
        }
    }
}
