package dev.colonnade.agent.config;

import java.util.List;

/// A pipeline: from where, to where, and how it holds.
///
/// @param receivers receivers, and connectors that feed it
/// @param processors in the order in which they work
/// @param exporters exporters, and connectors that it feeds
public record PipelineConfig(
        PipelineId id,
        Position at,
        List<ComponentId> receivers,
        List<ComponentId> processors,
        List<ComponentId> exporters,
        StorageConfig storage) {
    /// Copies the lists.
    public PipelineConfig {
        receivers = List.copyOf(receivers);
        processors = List.copyOf(processors);
        exporters = List.copyOf(exporters);
    }

    /// Where it stands, as messages say it.
    String path() {
        return "service::pipelines::" + id;
    }
}
