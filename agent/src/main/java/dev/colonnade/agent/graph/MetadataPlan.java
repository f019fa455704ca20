package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.agent.config.PipelineId;
import dev.colonnade.agent.config.ProcessorConfig;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.processor.BatchConfig;
import dev.colonnade.pipeline.processor.attributes.ActionConfig;
import dev.colonnade.storage.MetadataKeys;
import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which request metadata each store keeps, and which processors ask for on the way to it. All else
/// is not even read.
///
/// As with sizes ([BatchPlan]), the last `batch` of each way counts, and the smallest limit of all
/// ways.
final class MetadataPlan {
    private final AgentConfig config;
    private final Map<PipelineId, MetadataKeys> kept = new HashMap<>();

    MetadataPlan(AgentConfig config, Flow flow) throws StartException {
        this.config = config;
        for (ComponentId receiver : flow.receivers()) {
            for (Signal signal : Signal.values()) {
                for (Passage passage : flow.passages(receiver, signal)) {
                    kept.merge(passage.target().id(), ofBatch(passage), MetadataPlan::both);
                    for (ComponentId exporter : flow.exporters(passage.target())) {
                        kept.merge(passage.target().id(), ofExporter(exporter), MetadataPlan::both);
                    }
                }
            }
        }
    }

    /// What the store of `pipeline` keeps.
    MetadataKeys kept(PipelineId pipeline) {
        return kept.getOrDefault(pipeline, MetadataKeys.NONE);
    }

    /// The keys that the processors of `passage` ask for, in lower case.
    Set<String> read(Passage passage) {
        Set<String> names = new HashSet<>();
        for (PipelineConfig pipeline : passage.pipelines()) {
            for (ComponentId id : pipeline.processors()) {
                List<ActionConfig> actions =
                        switch (processor(id)) {
                            case ProcessorConfig.Attributes attributes ->
                                    attributes.settings().actions();
                            case ProcessorConfig.Resource resource ->
                                    resource.settings().attributes();
                            case ProcessorConfig.Batch _, ProcessorConfig.MemoryLimiter _ ->
                                    List.of();
                        };
                for (ActionConfig action : actions) {
                    @Nullable String name = action.metadataKey();
                    if (name != null) {
                        names.add(name);
                    }
                }
            }
        }
        return names;
    }

    private MetadataKeys ofBatch(Passage passage) {
        MetadataKeys last = MetadataKeys.NONE;
        for (PipelineConfig pipeline : passage.pipelines()) {
            for (ComponentId id : pipeline.processors()) {
                if (processor(id) instanceof ProcessorConfig.Batch batch) {
                    last = keys(batch.settings());
                }
            }
        }
        return last;
    }

    private MetadataKeys ofExporter(ComponentId id) {
        Set<String> names =
                Objects.requireNonNull(config.exporters().get(id), "references were checked")
                        .metadataKeys();
        return new MetadataKeys(List.copyOf(names), 0);
    }

    private static MetadataKeys keys(BatchConfig batch) {
        return batch.metadataKeys().isEmpty()
                ? MetadataKeys.NONE
                : new MetadataKeys(
                        batch.metadataKeys(),
                        (int) Math.min(Integer.MAX_VALUE, batch.metadataCardinalityLimit()));
    }

    private static MetadataKeys both(MetadataKeys one, MetadataKeys other) {
        List<String> names = new ArrayList<>(one.names());
        names.addAll(other.names());
        int limit = one.combinationsMax();
        if (limit == 0 || (other.combinationsMax() > 0 && other.combinationsMax() < limit)) {
            limit = other.combinationsMax();
        }
        return new MetadataKeys(names, limit);
    }

    private ProcessorConfig processor(ComponentId id) {
        return Objects.requireNonNull(config.processors().get(id), "references were checked");
    }
}
