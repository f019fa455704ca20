package dev.colonnade.exporters;

import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/// What an exporter is given by the process that it is part of.
///
/// @param loops the event loops
/// @param memory the memory of each loop
/// @param sendFloors what is kept for sending on each loop: budgets made by [MemoryBudget#floor]
/// @param telemetry where it registers its metrics
/// @param nanoClock the monotonic clock that stamps the batches, in nanoseconds
/// @param clock the time of day
/// @param random for the back-off; used by one thread at a time, so it need not be thread-safe
/// @param blocking runs what may block, such as looking up a name: a virtual thread for each task
/// @param logger where it says what people should know
/// @param version the agent's version, for the user agent
public record ExporterContext(
        Loops loops,
        List<ShardMemory> memory,
        List<MemoryBudget> sendFloors,
        Telemetry telemetry,
        LongSupplier nanoClock,
        InstantSource clock,
        RandomGenerator random,
        Executor blocking,
        System.Logger logger,
        String version) {
    /// Copies the lists and checks that each loop has its memory.
    public ExporterContext {
        memory = List.copyOf(memory);
        sendFloors = List.copyOf(sendFloors);
        if (memory.size() != loops.count() || sendFloors.size() != loops.count()) {
            throw new IllegalArgumentException(
                    "each loop needs its memory: loops="
                            + loops.count()
                            + ", memory="
                            + memory.size()
                            + ", sendFloors="
                            + sendFloors.size());
        }
    }

    /// The user agent where none is written.
    public String userAgent() {
        return "Colonnade/" + version;
    }
}
