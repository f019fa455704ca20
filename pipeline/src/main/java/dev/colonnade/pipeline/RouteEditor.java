package dev.colonnade.pipeline;

import dev.colonnade.storage.Codec;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.memory.Extent;
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
    private final RowBatch[] targets = {new RowBatch(), new RowBatch()};
    private final Processor.Grower grower = this::grow;
    private Processor.Outcome failure = Processor.Outcome.UNCHANGED;

    RouteEditor(RouteShard shard, List<Supplier<Processor>> processors) {
        this.shard = shard;
        this.processors = processors.stream().map(Supplier::get).toArray(Processor[]::new);
    }

    /// The batch as this way's processors leave it: `batch` itself where they change nothing; null
    /// where one could not, for the reason that [#failure] then tells.
    @Nullable RowBatch edit(RowBatch batch, RequestContext context) {
        RowBatch current = batch;
        for (Processor processor : processors) {
            RowBatch target = targets[current == targets[0] ? 1 : 0];
            Processor.Outcome outcome =
                    processor.process(
                            shard.route().signal(),
                            current.payload().address(),
                            current.payload().length(),
                            context,
                            target.payload(),
                            grower);
            if (outcome == Processor.Outcome.UNCHANGED) {
                continue;
            }
            if (outcome != Processor.Outcome.CHANGED) {
                failure = outcome;
                drop();
                return null;
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
