package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.agent.config.PipelineId;
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

    /// The pipelines that hold what `receiver` takes of `signal`; empty when it takes none of it.
    ///
    /// @throws StartException when there are too many ways
    List<PipelineId> targets(ComponentId receiver, Signal signal) throws StartException {
        List<PipelineId> targets = new ArrayList<>();
        follow(receiver, signal, targets);
        if (targets.size() > WAYS_MAX) {
            throw new StartException(
                    "too many ways through connectors: receiver="
                            + receiver
                            + ", signal="
                            + signal.label()
                            + ", ways max="
                            + WAYS_MAX);
        }
        return targets;
    }

    private void follow(ComponentId from, Signal signal, List<PipelineId> targets) {
        for (PipelineConfig pipeline : config.pipelines()) {
            boolean takes = pipeline.id().signal() == signal && pipeline.receivers().contains(from);
            if (!takes || targets.size() > WAYS_MAX) {
                continue;
            }
            if (!exporters(pipeline).isEmpty()) {
                targets.add(pipeline.id());
            }
            for (ComponentId exporter : pipeline.exporters()) {
                if (config.connectors().contains(exporter)) {
                    follow(exporter, signal, targets);
                }
            }
        }
    }
}
