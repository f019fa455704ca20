package dev.colonnade.agent.config;

import dev.colonnade.pipeline.processor.BatchConfig;
import dev.colonnade.pipeline.processor.MemoryLimiterConfig;
import dev.colonnade.pipeline.processor.attributes.AttributesConfig;
import dev.colonnade.pipeline.processor.attributes.ResourceConfig;

/// A processor's id, and its settings by type.
public sealed interface ProcessorConfig {
    /// Its id.
    ComponentId id();

    /// `attributes`.
    record Attributes(ComponentId id, AttributesConfig settings) implements ProcessorConfig {}

    /// `resource`.
    record Resource(ComponentId id, ResourceConfig settings) implements ProcessorConfig {}

    /// `batch`: no stage of its own, but how the pipeline's exporters merge.
    record Batch(ComponentId id, BatchConfig settings) implements ProcessorConfig {}

    /// `memory_limiter`: no stage of its own, but a cap of the process's memory budget.
    record MemoryLimiter(ComponentId id, MemoryLimiterConfig settings) implements ProcessorConfig {}
}
