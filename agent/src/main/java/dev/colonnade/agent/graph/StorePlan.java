package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.ExporterConfig;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.agent.config.StorageConfig;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.QueueLimit;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Derives what each pipeline's store is to be: its budget, when senders are answered, and each
/// exporter's limit and policy.
final class StorePlan {
    private final AgentConfig config;
    private final MemoryBudget root;
    private final MetadataPlan metadata;
    private final Map<ExporterSignal, QueueLimit> limits = new HashMap<>();

    StorePlan(AgentConfig config, MemoryBudget root, MetadataPlan metadata) {
        this.config = config;
        this.root = root;
        this.metadata = metadata;
    }

    /// The store of `pipeline` for `exporters`, at least one.
    StoreConfig store(PipelineConfig pipeline, List<ComponentId> exporters) {
        boolean delivered =
                Boolean.TRUE.equals(
                        either(
                                pipeline.storage().answersAfterDelivery(),
                                config.storage().answersAfterDelivery()));
        List<CursorConfig> cursors = new ArrayList<>();
        for (ComponentId id : exporters) {
            QueueConfig queue = exporter(id).queue();
            delivered |= !queue.enabled() || queue.waitForResult();
            cursors.add(
                    new CursorConfig(
                            id.toString(),
                            onFull(pipeline, id),
                            limit(id, pipeline.id().signal(), queue)));
        }
        MemoryBudget budget =
                root.child(
                        pipeline.id().toString(), pipeline.storage().memory().orElse(root.limit()));
        return new StoreConfig(
                pipeline.id().toString(),
                pipeline.id().signal(),
                budget,
                delivered ? Durability.DELIVERED : Durability.MEMORY,
                cursors,
                metadata.kept(pipeline.id()));
    }

    private OnFull onFull(PipelineConfig pipeline, ComponentId exporter) {
        for (StorageConfig storage : List.of(pipeline.storage(), config.storage())) {
            @Nullable OnFull own = either(storage.onFullOf().get(exporter), storage.onFull());
            if (own != null) {
                return own;
            }
        }
        return OnFull.REFUSE;
    }

    /// One limit for all pipelines of a signal that share the exporter, as one queue would be.
    private @Nullable QueueLimit limit(ComponentId id, Signal signal, QueueConfig queue) {
        Long size = queue.queueSize();
        if (!queue.enabled() || size == null) {
            return null;
        }
        return limits.computeIfAbsent(
                new ExporterSignal(id, signal), _ -> new QueueLimit(queue.sizer(), size));
    }

    private ExporterConfig exporter(ComponentId id) {
        return Objects.requireNonNull(config.exporters().get(id), "references were checked");
    }

    private static <T> @Nullable T either(@Nullable T first, @Nullable T second) {
        return first != null ? first : second;
    }

    private record ExporterSignal(ComponentId exporter, Signal signal) {}
}
