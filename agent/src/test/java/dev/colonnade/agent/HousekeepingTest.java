package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.storage.memory.ContainerMemory;
import dev.colonnade.storage.memory.MemoryPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HousekeepingTest {
    private static final long RESERVE = 100 << 20;
    private static final long BUDGET = 156 << 20;

    @TempDir Path folder;

    @Test
    void theBudgetYieldsToARuntimeThatUsesMoreThanItsReserve() throws IOException {
        MemoryPlan plan = new MemoryPlan(RESERVE + BUDGET, RESERVE, BUDGET);
        try (TelemetryMemory memory = new TelemetryMemory(BUDGET, 1)) {
            long reserved = memory.root().reserved();
            used(reserved + RESERVE + (10 << 20));
            Housekeeping.correct(memory, container(), plan);
            assertThat(memory.root().limit()).isEqualTo(BUDGET - (10 << 20));
            used(reserved + RESERVE - 1);
            Housekeeping.correct(memory, container(), plan);
            assertThat(memory.root().limit()).isEqualTo(BUDGET);
        }
    }

    private ContainerMemory container() {
        return ContainerMemory.of(folder.resolve("cgroup"), folder.resolve("proc"));
    }

    private void used(long bytes) throws IOException {
        Path group = Files.createDirectories(folder.resolve("cgroup"));
        Files.createDirectories(folder.resolve("proc/self"));
        Files.writeString(folder.resolve("proc/self/cgroup"), "0::/\n");
        Files.writeString(group.resolve("memory.max"), (RESERVE + BUDGET) + "\n");
        Files.writeString(group.resolve("memory.current"), bytes + "\n");
    }
}
