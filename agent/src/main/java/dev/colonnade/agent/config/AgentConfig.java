package dev.colonnade.agent.config;

import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A whole configuration, checked: every reference is to something that is here.
///
/// @param receivers receivers, also those that no pipeline names
/// @param processors processors, also those that no pipeline names
/// @param exporters exporters, also those that no pipeline names
/// @param connectors `forward` connectors
/// @param pipelines in the order of the file
/// @param storage what holds for all pipelines
/// @param admin where `/debug` pages are served; null where they are not
/// @param health what the health check in use was told; null when none is in use
/// @param warnings what a user should know
public record AgentConfig(
        Map<ComponentId, ReceiverConfig> receivers,
        Map<ComponentId, ProcessorConfig> processors,
        Map<ComponentId, ExporterConfig> exporters,
        Set<ComponentId> connectors,
        List<PipelineConfig> pipelines,
        StorageConfig storage,
        ServiceConfig service,
        @Nullable Endpoint admin,
        @Nullable HealthConfig health,
        List<Problem> warnings) {
    /// Copies lists and sets.
    public AgentConfig {
        receivers = Map.copyOf(receivers);
        processors = Map.copyOf(processors);
        exporters = Map.copyOf(exporters);
        connectors = Set.copyOf(connectors);
        pipelines = List.copyOf(pipelines);
        warnings = List.copyOf(warnings);
    }
}
