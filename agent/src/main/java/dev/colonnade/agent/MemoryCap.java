package dev.colonnade.agent;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.agent.config.ProcessorConfig;
import dev.colonnade.storage.memory.ContainerMemory;
import dev.colonnade.storage.memory.MemoryPlan;
import java.util.OptionalLong;

/// What `memory_limiter` processors do here: they cap the budget that memory is reserved from, so
/// that there is nothing to watch. The lowest cap of those that a pipeline names holds, for the
/// whole process.
final class MemoryCap {
    private MemoryCap() {}

    /// `plan` under the caps of `config`.
    ///
    /// @throws IllegalArgumentException when a cap leaves less than the smallest budget
    static MemoryPlan applied(MemoryPlan plan, AgentConfig config, ContainerMemory container) {
        long memory =
                container.limitBytes().orElse(container.machineBytes().orElse(plan.limitBytes()));
        MemoryPlan capped = plan;
        for (PipelineConfig pipeline : config.pipelines()) {
            for (ComponentId id : pipeline.processors()) {
                if (config.processors().get(id) instanceof ProcessorConfig.MemoryLimiter limiter) {
                    capped =
                            capped(capped, limiter.settings().capBytes(memory), limiter, container);
                }
            }
        }
        return capped;
    }

    private static MemoryPlan capped(
            MemoryPlan plan,
            long capBytes,
            ProcessorConfig.MemoryLimiter limiter,
            ContainerMemory container) {
        if (capBytes >= plan.budgetBytes()) {
            return plan;
        }
        if (capBytes < MemoryPlan.BUDGET_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "memory limiter leaves too little for telemetry: processor="
                            + limiter.id()
                            + ", limit="
                            + capBytes
                            + ", needed="
                            + MemoryPlan.BUDGET_BYTES_MIN);
        }
        return MemoryPlan.of(container, plan.reserveBytes(), OptionalLong.of(capBytes));
    }
}
