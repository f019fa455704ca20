package dev.colonnade.storage;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// A pipeline's store: where its records are held between receiver and exporters, one copy for all
/// of them.
///
/// It has a shard per event loop, with a single writer each; the sums here may be read by any
/// thread.
public final class HybridStore {
    private final StoreConfig config;
    private final List<StoreShard> shards = new ArrayList<>();
    private final DrainMeter drain;
    private final @Nullable MemoryBudget[] budgets =
            new @Nullable MemoryBudget[Shape.values().length];
    private @Nullable MemoryBudget sending;

    /// A store over the memory of each loop, whose segments stay rows.
    ///
    /// @param nanoClock a monotonic clock in nanoseconds, the one that stamps the batches
    public HybridStore(StoreConfig config, List<ShardMemory> loops, LongSupplier nanoClock) {
        this(config, loops, nanoClock, false);
    }

    private HybridStore(
            StoreConfig config,
            List<ShardMemory> loops,
            LongSupplier nanoClock,
            boolean countsKeptRows) {
        this.config = config;
        for (ShardMemory loop : loops) {
            ShapeMeter kept = countsKeptRows ? new ShapeMeter() : null;
            shards.add(new StoreShard(config, loop, nanoClock, null, kept));
        }
        drain = new DrainMeter(() -> sum(StoreShard::settledBytes), nanoClock);
    }

    /// A store whose segments stay rows because the pipeline streams: those that were full or old
    /// enough to become something else, while exporters had not settled them, are counted as going
    /// from row to row for that reason.
    public static HybridStore streaming(
            StoreConfig config, List<ShardMemory> loops, LongSupplier nanoClock) {
        return new HybridStore(config, loops, nanoClock, true);
    }

    /// A store over the memory of each loop, whose segments change their shape.
    ///
    /// @param nanoClock a monotonic clock in nanoseconds, the one that stamps the batches
    /// @param reshaping what the process has for it
    /// @param deciders one for each loop, used on that
    public HybridStore(
            StoreConfig config,
            List<ShardMemory> loops,
            LongSupplier nanoClock,
            Reshaping reshaping,
            IntFunction<ShapeDecider> deciders) {
        this.config = config;
        MemoryBudget column = below("column");
        MemoryBudget packed = below("packed");
        MemoryBudget send = below("send");
        budgets[Shape.COLUMN.ordinal()] = column;
        budgets[Shape.PACKED.ordinal()] = packed;
        sending = send;
        for (int loop = 0; loop < loops.size(); loop++) {
            ShardShaping shaping =
                    new ShardShaping(
                            reshaping.packer(),
                            reshaping.unpackers().get(loop),
                            reshaping.loops().get(loop),
                            deciders.apply(loop),
                            BudgetShare.of(column),
                            BudgetShare.of(packed),
                            send);
            shards.add(new StoreShard(config, loops.get(loop), nanoClock, shaping, null));
        }
        drain = new DrainMeter(() -> sum(StoreShard::settledBytes), nanoClock);
    }

    /// A part of the pipeline's budget with no limit but the pipeline's.
    private MemoryBudget below(String part) {
        return config.budget().child(config.budget().name() + "/" + part, Long.MAX_VALUE);
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

    /// Records held in that shape.
    public long records(Shape shape) {
        return sum(shard -> shard.holdings().records(shape));
    }

    /// The size as plain OTLP, in bytes, of the records held in that shape.
    public long wireBytes(Shape shape) {
        return sum(shard -> shard.holdings().wireBytes(shape));
    }

    /// The capacity of all memory that it holds in that shape, in bytes: of rows payloads, slack
    /// and entry tables.
    public long bytes(Shape shape) {
        if (shape != Shape.ROW) {
            return reserved(budgets[shape.ordinal()]);
        }
        long others = bytes(Shape.COLUMN) + bytes(Shape.PACKED) + unpackedBytes();
        return Math.max(0, bytes() - others);
    }

    /// The capacity of the rows that were rebuilt to be sent, where the floor did not have to
    /// serve, in bytes.
    public long unpackedBytes() {
        return reserved(sending);
    }

    /// Blocks held in that shape.
    public long blocks(Shape shape) {
        return sum(shard -> shard.holdings().blocks(shape));
    }

    /// Entries in blocks that are kept as bytes, because they could not be made into columns
    /// exactly.
    public long opaqueEntries() {
        return sum(shard -> shard.holdings().opaqueEntries());
    }

    /// A figure of what has changed in shape, over all loops; 0 where nothing ever does.
    public long shapes(ToLongFunction<ShapeMeter> figure) {
        return sum(shard -> {
            ShapeMeter meter = shard.shapes();
            return meter == null ? 0 : figure.applyAsLong(meter);
        });
    }

    /// The held row payloads' size as held, without slack, in bytes.
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

    private static long reserved(@Nullable MemoryBudget budget) {
        return budget == null ? 0 : budget.reserved();
    }

    private long sum(ToLongFunction<StoreShard> figure) {
        long sum = 0;
        for (StoreShard shard : shards) {
            sum += figure.applyAsLong(shard);
        }
        return sum;
    }
}
