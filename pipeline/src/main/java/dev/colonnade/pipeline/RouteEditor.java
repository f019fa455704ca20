package dev.colonnade.pipeline;

import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Counter;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.memory.Extent;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Runs the processors of one way on one loop.
///
/// Each processor that changes the request writes it into one of two batches that take turns; the
/// last one written is the way's batch until [#drop] or until its payload was handed over.
final class RouteEditor {
    private final RouteShard shard;
    private final Processor[] processors;
    private final Counter[] incoming;
    private final Counter[] outgoing;
    private final RowBatch[] targets = {new RowBatch(), new RowBatch()};
    private final Processor.Grower grower = this::grow;
    private Processor.Outcome failure = Processor.Outcome.UNCHANGED;

    RouteEditor(RouteShard shard, List<Supplier<Processor>> processors) {
        this.shard = shard;
        this.processors = processors.stream().map(Supplier::get).toArray(Processor[]::new);
        incoming = counters(processors.size());
        outgoing = counters(processors.size());
    }

    private static Counter[] counters(int count) {
        Counter[] counters = new Counter[count];
        Arrays.setAll(counters, _ -> new Counter());
        return counters;
    }

    /// Records that the processor with that index was given; for any thread.
    long incoming(int processor) {
        return incoming[processor].get();
    }

    /// Records that the processor with that index passed on; for any thread.
    long outgoing(int processor) {
        return outgoing[processor].get();
    }

    /// The batch as this way's processors leave it: `batch` itself where they change nothing; null
    /// where one could not, for the reason that [#failure] then tells.
    @Nullable RowBatch edit(RowBatch batch, RequestContext context) {
        RowBatch current = batch;
        for (int index = 0; index < processors.length; index++) {
            RowBatch target = targets[current == targets[0] ? 1 : 0];
            incoming[index].add(batch.records());
            Processor.Outcome outcome =
                    processors[index].process(
                            shard.route().signal(),
                            current.payload().address(),
                            current.payload().length(),
                            context,
                            target.payload(),
                            grower);
            if (outcome != Processor.Outcome.UNCHANGED && outcome != Processor.Outcome.CHANGED) {
                failure = outcome;
                drop();
                return null;
            }
            outgoing[index].add(batch.records());
            if (outcome == Processor.Outcome.UNCHANGED) {
                continue;
            }
            shard.trim(target.payload());
            target.describe(
                    Codec.IDENTITY,
                    target.payload().length(),
                    batch.records(),
                    batch.metadataId(),
                    batch.receivedNanos());
            if (current != batch) {
                shard.release(current.payload());
            }
            current = target;
        }
        return current;
    }

    /// Why the last [#edit] gave nothing.
    Processor.Outcome failure() {
        return failure;
    }

    /// Gives up what was edited.
    void drop() {
        for (RowBatch target : targets) {
            if (target.payload().isOpen()) {
                shard.release(target.payload());
            }
        }
    }

    private boolean grow(Extent target, int capacity) {
        return target.isOpen() ? shard.grow(target, capacity) : shard.reserve(target, capacity);
    }
}
