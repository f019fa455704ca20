package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.PipelineConfig;
import java.util.List;

/// A way from a receiver through pipelines, each but the last leaving it by a connector.
///
/// @param pipelines at least one; the last one holds what passed
record Passage(List<PipelineConfig> pipelines) {
    Passage {
        pipelines = List.copyOf(pipelines);
    }

    /// The pipeline that holds.
    PipelineConfig target() {
        return pipelines.getLast();
    }
}
