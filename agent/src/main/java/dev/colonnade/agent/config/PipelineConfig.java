package dev.colonnade.agent.config;

import java.util.List;

/// A pipeline: from where, to where, and how it holds.
///
/// @param receivers receivers, and connectors that feed it
/// @param exporters exporters, and connectors that it feeds
public record PipelineConfig(
        PipelineId id,
        Position at,
        List<ComponentId> receivers,
        List<ComponentId> exporters,
        StorageConfig storage) {
    /// Copies the lists.
    public PipelineConfig {
        receivers = List.copyOf(receivers);
        exporters = List.copyOf(exporters);
    }

    /// Where it stands, as messages say it.
    String path() {
        return "service::pipelines::" + id;
    }
}
