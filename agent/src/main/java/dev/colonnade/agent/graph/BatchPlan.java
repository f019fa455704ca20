package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.ExporterConfig;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.agent.config.ProcessorConfig;
import dev.colonnade.exporters.BatchConfig;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.QueueLimit;
import dev.colonnade.storage.Signal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Turns `batch` processors into the sizes by which exporters merge, since there is no batching
/// stage.
///
/// On each way from a receiver to an exporter its last `batch` counts. Where ways with different
/// ones end at one exporter, the smallest of each figure holds, and where one of them has none,
/// nothing is waited for: nobody waits longer than a pipeline of his says, and no request is larger
/// than any of them says. A written `sending_queue.batch` goes before all that.
final class BatchPlan {
    /// What is not waited for needs no time, but the setting needs one.
    private static final Duration UNUSED_TIMEOUT = Duration.ofMillis(200);

    private final AgentConfig config;
    private final Map<ComponentId, Sizes> sizes = new HashMap<>();

    /// The sizes for every exporter that `flow` leads to.
    BatchPlan(AgentConfig config, Flow flow) throws StartException {
        this.config = config;
        for (ComponentId receiver : flow.receivers()) {
            for (Signal signal : Signal.values()) {
                for (Passage passage : flow.passages(receiver, signal)) {
                    Sizes own = sizes(passage);
                    for (ComponentId exporter : flow.exporters(passage.target())) {
                        sizes.merge(exporter, own, Sizes::smaller);
                    }
                }
            }
        }
    }

    /// `exporter` as its pipelines' `batch` processors want it.
    ExporterConfig applied(ExporterConfig exporter) {
        @Nullable Sizes own = sizes.get(exporter.id());
        if (own == null || own.isNone()) {
            return exporter;
        }
        QueueConfig queue = exporter.queue();
        Long queued = queue.queueSize();
        long recordsMin =
                queued != null && queue.sizer() == QueueLimit.Sizer.ITEMS
                        ? Math.min(own.recordsMin, queued)
                        : own.recordsMin;
        return exporter.withBatch(
                new BatchConfig(
                        own.timeout.isZero() ? UNUSED_TIMEOUT : own.timeout,
                        recordsMin,
                        own.recordsMax == Long.MAX_VALUE ? 0 : own.recordsMax,
                        BatchConfig.Sizer.ITEMS));
    }

    private Sizes sizes(Passage passage) {
        Sizes last = Sizes.NONE;
        for (PipelineConfig pipeline : passage.pipelines()) {
            for (ComponentId id : pipeline.processors()) {
                if (Objects.requireNonNull(config.processors().get(id))
                        instanceof ProcessorConfig.Batch batch) {
                    last =
                            new Sizes(
                                    batch.settings().timeout(),
                                    batch.settings().recordsMin(),
                                    batch.settings().recordsMax());
                }
            }
        }
        return last;
    }

    private record Sizes(Duration timeout, long recordsMin, long recordsMax) {
        static final Sizes NONE = new Sizes(Duration.ZERO, 1, Long.MAX_VALUE);

        Sizes smaller(Sizes other) {
            return new Sizes(
                    timeout.compareTo(other.timeout) <= 0 ? timeout : other.timeout,
                    Math.min(recordsMin, other.recordsMin),
                    Math.min(recordsMax, other.recordsMax));
        }

        boolean isNone() {
            return recordsMin == 1 && recordsMax == Long.MAX_VALUE;
        }
    }
}
