package dev.colonnade.agent;

import dev.colonnade.agent.graph.ComponentFactory;
import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.storage.memory.ContainerMemory;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/// What an agent takes from outside of its configuration; tests put their own in.
///
/// @param container what limits memory
/// @param heapBytesMax the largest heap
/// @param processors what turns at once; see [LoopCount]
/// @param nanoClock a monotonic clock in nanoseconds
/// @param random for jitter, and for hashes that senders cannot know; thread-safe
/// @param components makes receivers and exporters
record Surroundings(
        ContainerMemory container,
        long heapBytesMax,
        int processors,
        LongSupplier nanoClock,
        RandomGenerator random,
        ComponentMaker components) {
    /// Those of this process.
    static Surroundings ofProcess() {
        return new Surroundings(
                ContainerMemory.ofProcess(),
                Runtime.getRuntime().maxMemory(),
                Runtime.getRuntime().availableProcessors(),
                System::nanoTime,
                new Random(System.nanoTime()),
                BuiltInComponents::new);
    }

    /// Makes the factory of components, when there is something to make them from.
    interface ComponentMaker {
        /// The factory over an agent's loops, memory and metrics.
        ComponentFactory make(
                Loops loops,
                TelemetryMemory memory,
                Telemetry telemetry,
                LongSupplier nanoClock,
                RandomGenerator random);
    }
}
