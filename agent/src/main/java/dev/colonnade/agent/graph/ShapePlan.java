package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.exporters.BatchConfig;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.ShapeConfig;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Derives what is wanted of each pipeline's shapes, and what the process keeps for it.
final class ShapePlan {
    private static final System.Logger LOG = System.getLogger("storage");

    private final AgentConfig config;
    private final Flow flow;
    private final BatchPlan batches;
    private final double processors;
    private boolean hasColumns;
    private long runBytesMax = ShapeConfig.RUN_BYTES_MAX_DEFAULT;

    ShapePlan(AgentConfig config, Flow flow, BatchPlan batches, double processors) {
        this.config = config;
        this.flow = flow;
        this.batches = batches;
        this.processors = processors;
    }

    /// What changes shapes; null where no pipeline wants it, or memory is too small for it.
    ///
    /// @param hashSeed what senders cannot know
    @Nullable Shaping shaping(
            TelemetryMemory memory, Loops loops, long hashSeed, LongSupplier nanoClock) {
        int stores = 0;
        int cursors = 0;
        for (PipelineConfig pipeline : config.pipelines()) {
            int exporters = flow.exporters(pipeline).size();
            if (exporters > 0 && !written(pipeline).isRowOnly()) {
                stores++;
                cursors += exporters;
            }
        }
        if (stores == 0) {
            return null;
        }
        long budget = memory.root().limit();
        @Nullable ReshapePlan plan = ReshapePlan.of(budget, loops.count(), cursors);
        if (plan == null) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "memory is too small to change the shape of records, they stay rows: budget="
                            + budget
                            + ", needed="
                            + ReshapePlan.budgetBytesMin(loops.count(), cursors)
                            + ", loops="
                            + loops.count());
            return null;
        }
        runBytesMax = plan.format().runWireBytesMax();
        hasColumns = plan.format().makes(Shape.COLUMN);
        return new Shaping(plan.hashing(hashSeed), memory, loops, stores, nanoClock);
    }

    /// What holds for one pipeline, after [#shaping].
    ShapeConfig of(PipelineConfig pipeline) {
        ShapeConfig written = written(pipeline);
        int hint = written.batchHint() > 0 ? written.batchHint() : batchRecords(pipeline);
        return written.withRuns(written.recordCount(), hint, written.dwellNanos())
                .sized(runBytesMax, hasColumns, processors);
    }

    private ShapeConfig written(PipelineConfig pipeline) {
        @Nullable ShapeConfig own = pipeline.storage().shapes();
        @Nullable ShapeConfig above = config.storage().shapes();
        if (own != null) {
            return own;
        }
        return above != null ? above : ShapeConfig.DEFAULT;
    }

    /// As many records as the exporters wait for; 0 where none does.
    private int batchRecords(PipelineConfig pipeline) {
        long records = 0;
        for (ComponentId id : flow.exporters(pipeline)) {
            @Nullable BatchConfig batch =
                    batches.applied(Objects.requireNonNull(config.exporters().get(id)))
                            .queue()
                            .batch();
            if (batch != null && batch.sizer() == BatchConfig.Sizer.ITEMS && batch.minSize() > 1) {
                records = Math.max(records, batch.minSize());
            }
        }
        return (int) Math.min(records, Integer.MAX_VALUE);
    }
}
