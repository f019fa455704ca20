package dev.colonnade.agent.config;

import dev.colonnade.pipeline.processor.BatchConfig;
import dev.colonnade.pipeline.processor.ConfigProblem;
import dev.colonnade.pipeline.processor.MemoryLimiterConfig;
import dev.colonnade.pipeline.processor.attributes.AttributesConfig;
import dev.colonnade.pipeline.processor.attributes.ResourceConfig;
import dev.colonnade.storage.Signal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Reads what is written of a processor, with the Collector's keys. What is wrong with `attributes`
/// depends on the signals of the pipelines that name it, so that part waits for [#checkPipelines].
final class ProcessorBinding {
    private final Map<ComponentId, Section> sections = new HashMap<>();

    /// The processor's settings, of a type that is usable.
    ProcessorConfig bind(ComponentId id, Section processor) {
        sections.put(id, processor);
        return switch (id.type()) {
            case "attributes" ->
                    new ProcessorConfig.Attributes(id, AttributesBinding.attributes(processor));
            case "resource" -> {
                ResourceConfig config = AttributesBinding.resource(processor);
                tell(config.problems(), processor);
                yield new ProcessorConfig.Resource(id, config);
            }
            case "batch" -> new ProcessorConfig.Batch(id, batch(processor));
            case "memory_limiter" -> new ProcessorConfig.MemoryLimiter(id, limiter(processor));
            default -> throw new IllegalArgumentException("no binding: processor=" + id);
        };
    }

    /// Notes what is wrong with `attributes` processors in the pipelines that name them, and with
    /// the actions of those that no pipeline names.
    void checkPipelines(
            Map<ComponentId, ProcessorConfig> processors, List<PipelineConfig> pipelines) {
        for (ProcessorConfig processor : processors.values()) {
            if (processor
                    instanceof
                    ProcessorConfig.Attributes(ComponentId id, AttributesConfig settings)) {
                Section section = Objects.requireNonNull(sections.get(id), "bound here");
                AttributesConfig actions = new AttributesConfig(null, null, settings.actions());
                tell(actions.problems(Signal.LOGS), section);
                for (PipelineConfig pipeline : pipelines) {
                    if (pipeline.processors().contains(id)) {
                        tell(settings.problems(pipeline.id().signal()), section);
                    }
                }
            }
        }
    }

    private static BatchConfig batch(Section batch) {
        BatchConfig absent = BatchConfig.DEFAULT;
        BatchConfig config =
                new BatchConfig(
                        batch.duration("timeout", absent.timeout()),
                        number(batch, "send_batch_size", absent.sendBatchSize()),
                        number(batch, "send_batch_max_size", absent.sendBatchMaxSize()),
                        batch.texts("metadata_keys"),
                        number(
                                batch,
                                "metadata_cardinality_limit",
                                absent.metadataCardinalityLimit()));
        tell(config.problems(), batch);
        return config;
    }

    private static MemoryLimiterConfig limiter(Section limiter) {
        MemoryLimiterConfig absent = MemoryLimiterConfig.DEFAULT;
        limiter.retired("ballast_size_mib", "memory is bounded without it");
        MemoryLimiterConfig.KEYS_WITHOUT_EFFECT.forEach(limiter::duration);
        MemoryLimiterConfig config =
                new MemoryLimiterConfig(
                        limiter.duration("check_interval", absent.checkInterval()),
                        number(limiter, "limit_mib", absent.limitMib()),
                        number(limiter, "spike_limit_mib", absent.spikeLimitMib()),
                        number(limiter, "limit_percentage", absent.limitPercentage()),
                        number(limiter, "spike_limit_percentage", absent.spikeLimitPercentage()));
        tell(config.problems(), limiter);
        return config;
    }

    private static long number(Section section, String key, long absent) {
        return section.number(key, Long.MIN_VALUE, Long.MAX_VALUE, absent);
    }

    private static void tell(List<ConfigProblem> problems, Section processor) {
        for (ConfigProblem problem : problems) {
            processor.errorBelow(List.of(problem.path().split("::", -1)), problem.message());
        }
    }
}
