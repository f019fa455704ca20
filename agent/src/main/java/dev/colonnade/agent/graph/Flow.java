package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.List;

/// Follows the connectors from a receiver to the pipelines that hold what it takes.
///
/// A pipeline holds when an exporter is among its exporters; one that only feeds connectors passes
/// on. A pipeline that is reached on two ways gets everything twice, as in the Collector.
final class Flow {
    /// Ways double with every pair of connectors side by side; nobody means more than this.
    private static final int WAYS_MAX = 128;

    private final AgentConfig config;

    Flow(AgentConfig config) {
        this.config = config;
    }

    /// The exporters of a pipeline that are none of its connectors.
    List<ComponentId> exporters(PipelineConfig pipeline) {
        return pipeline.exporters().stream()
                .filter(id -> !config.connectors().contains(id))
                .toList();
    }

    /// The receivers that some pipeline names, each once.
    List<ComponentId> receivers() {
        return config.pipelines().stream()
                .flatMap(pipeline -> pipeline.receivers().stream())
                .filter(config.receivers()::containsKey)
                .distinct()
                .toList();
    }

    /// The ways to the pipelines that hold what `receiver` takes of `signal`; empty when it takes
    /// none of it.
    ///
    /// @throws StartException when there are too many ways
    List<Passage> passages(ComponentId receiver, Signal signal) throws StartException {
        List<Passage> passages = new ArrayList<>();
        follow(receiver, signal, new ArrayList<>(), passages);
        if (passages.size() > WAYS_MAX) {
            throw new StartException(
                    "too many ways through connectors: receiver="
                            + receiver
                            + ", signal="
                            + signal.label()
                            + ", ways max="
                            + WAYS_MAX);
        }
        return passages;
    }

    private void follow(
            ComponentId from, Signal signal, List<PipelineConfig> way, List<Passage> passages) {
        for (PipelineConfig pipeline : config.pipelines()) {
            boolean takes = pipeline.id().signal() == signal && pipeline.receivers().contains(from);
            if (!takes || passages.size() > WAYS_MAX) {
                continue;
            }
            way.addLast(pipeline);
            if (!exporters(pipeline).isEmpty()) {
                passages.add(new Passage(way));
            }
            for (ComponentId exporter : pipeline.exporters()) {
                if (config.connectors().contains(exporter)) {
                    follow(exporter, signal, way, passages);
                }
            }
            way.removeLast();
        }
    }
}
