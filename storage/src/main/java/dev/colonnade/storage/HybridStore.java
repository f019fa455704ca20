package dev.colonnade.storage;

import dev.colonnade.storage.memory.ShardMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/// A pipeline's store: where its records are held between receiver and exporters, one copy for all
/// of them.
///
/// It has a shard per event loop, with a single writer each; the sums here may be read by any
/// thread.
public final class HybridStore {
    private final StoreConfig config;
    private final List<StoreShard> shards = new ArrayList<>();
    private final DrainMeter drain;

    /// A store over the memory of each loop.
    ///
    /// @param nanoClock a monotonic clock in nanoseconds, the one that stamps the batches
    public HybridStore(StoreConfig config, List<ShardMemory> loops, LongSupplier nanoClock) {
        this.config = config;
        for (ShardMemory loop : loops) {
            shards.add(new StoreShard(config, loop, nanoClock));
        }
        drain = new DrainMeter(() -> sum(StoreShard::settledBytes), nanoClock);
    }

    /// The part of the loop with that index.
    public StoreShard shard(int loop) {
        return shards.get(loop);
    }

    /// How many loops share it.
    public int shards() {
        return shards.size();
    }

    /// What it was made from.
    public StoreConfig config() {
        return config;
    }

    /// How long a refused sender should wait, from the measured drain rate: 1 to 30 seconds, in
    /// nanoseconds.
    public long retryAfterNanos() {
        return drain.retryAfterNanos(wireBytes());
    }

    /// How fast it drains, in bytes of plain OTLP per second.
    public double drainBytesPerSecond() {
        return drain.bytesPerSecond();
    }

    /// Records ever stored.
    public long stored() {
        return sum(StoreShard::stored);
    }

    /// Records held: not yet settled by every exporter.
    public long records() {
        return sum(StoreShard::records);
    }

    /// The capacity of all memory that it holds, slack and entry table included, in bytes.
    public long bytes() {
        return config.budget().reserved();
    }

    /// The held records' size as plain OTLP, in bytes.
    public long wireBytes() {
        return sum(StoreShard::wireBytes);
    }

    /// The held payloads' size as held, without slack, in bytes.
    public long payloadBytes() {
        return sum(StoreShard::payloadBytes);
    }

    /// Records delivered by the exporter with that index.
    public long delivered(int exporter) {
        return sum(shard -> shard.cursor(exporter).delivered());
    }

    /// Records that the exporter with that index dropped for `reason`.
    public long dropped(int exporter, DropReason reason) {
        return sum(shard -> shard.cursor(exporter).dropped(reason));
    }

    /// Records refused so far because the `queue_size` of the exporter with that index was reached,
    /// of requests whose records were known.
    public long queueRefused(int exporter) {
        return sum(shard -> shard.cursor(exporter).queueRefused());
    }

    /// Records that the exporter with that index has not settled.
    public long backlogRecords(int exporter) {
        return sum(shard -> shard.cursor(exporter).backlogRecords());
    }

    /// Bytes of plain OTLP that the exporter with that index has not settled.
    public long backlogBytes(int exporter) {
        return sum(shard -> shard.cursor(exporter).backlogBytes());
    }

    private long sum(ToLongFunction<StoreShard> figure) {
        long sum = 0;
        for (StoreShard shard : shards) {
            sum += figure.applyAsLong(shard);
        }
        return sum;
    }
}
