package dev.colonnade.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContainerMemoryTest {
    private static final long MIB = 1L << 20;

    @TempDir private Path files;

    @Test
    void readsTheLimitOfAVersion2Container() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("cgroup/memory.max", "134217728\n");
        write("cgroup/memory.current", "100000\n");
        write("cgroup/memory.stat", "anon 5\nfile 30000\nshmem 2000\nactive_file 1\n");
        assertThat(memory().limitBytes()).hasValue(128 * MIB);
        assertThat(memory().usedBytes()).hasValue(72_000);
    }

    @Test
    void takesTheSmallestLimitOnTheWayUp() throws IOException {
        write("proc/self/cgroup", "0::/pods/one/agent\n");
        write("cgroup/pods/memory.max", "900000000\n");
        write("cgroup/pods/one/memory.max", "300000000\n");
        write("cgroup/pods/one/agent/memory.max", "max\n");
        write("cgroup/pods/one/agent/memory.current", "77\n");
        write("cgroup/pods/one/memory.current", "1077\n");
        assertThat(memory().limitBytes()).hasValue(300_000_000);
        assertThat(memory().usedBytes()).hasValue(77);
    }

    @Test
    void readsTheLimitOfAVersion1Container() throws IOException {
        write("proc/self/cgroup", "11:cpu,cpuacct:/a\n9:memory:/docker/x\n0::/a\n");
        write("cgroup/memory/docker/x/memory.limit_in_bytes", "268435456\n");
        write("cgroup/memory/docker/x/memory.usage_in_bytes", "5000\n");
        write(
                "cgroup/memory/docker/x/memory.stat",
                "cache 1\nshmem 1\ntotal_cache 3000\ntotal_shmem 10\n");
        write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assertThat(memory().limitBytes()).hasValue(256 * MIB);
        assertThat(memory().usedBytes()).as("the groups below count too").hasValue(2010);
    }

    @Test
    void readsAHybridMachine() throws IOException {
        write("proc/self/cgroup", "4:memory:/svc\n1:name=systemd:/svc\n0::/svc\n");
        write("cgroup/unified/svc/cgroup.procs", "1\n");
        write("cgroup/memory/svc/memory.limit_in_bytes", "67108864\n");
        write("cgroup/memory/svc/memory.usage_in_bytes", "123\n");
        assertThat(memory().limitBytes()).hasValue(64 * MIB);
        assertThat(memory().usedBytes()).hasValue(123);
    }

    @Test
    void fallsBackToWhatIsMountedWhenTheGroupLiesOutside() throws IOException {
        write("proc/self/cgroup", "0::/../other/agent\n");
        write("cgroup/memory.max", "134217728\n");
        assertThat(memory().limitBytes()).hasValue(128 * MIB);
    }

    @Test
    void fallsBackToTheRootWhenTheGroupIsNotVisible() throws IOException {
        write("proc/self/cgroup", "0::/docker/0123456789abcdef\n");
        write("cgroup/memory.max", "134217728\n");
        assertThat(memory().limitBytes()).hasValue(128 * MIB);
    }

    @Test
    void knowsNoLimitWhereThereIsNone() throws IOException {
        write("proc/self/cgroup", "0::/\n2:memory:/\nnonsense\n");
        write("cgroup/memory.max", "max\n");
        write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assertThat(memory().limitBytes()).isEmpty();
        assertThat(memory().usedBytes()).isEmpty();
    }

    @Test
    void survivesFilesThatAreMissingEmptyOrNonsense() throws IOException {
        assertThat(memory().limitBytes()).isEmpty();
        assertThat(memory().machineBytes()).isEmpty();
        write("proc/self/cgroup", "0::/\n");
        write("cgroup/memory.max", "");
        write("cgroup/memory.current", "many\n");
        write("cgroup/memory.stat", "file many\n");
        write("proc/meminfo", "MemTotal: lots kB\n");
        assertThat(memory().limitBytes()).isEmpty();
        assertThat(memory().usedBytes()).isEmpty();
        assertThat(memory().machineBytes()).isEmpty();
    }

    @Test
    void readsTheMachine() throws IOException {
        write("proc/meminfo", "MemTotal:       24576000 kB\nMemFree: 1 kB\n");
        assertThat(memory().machineBytes()).hasValue(24_576_000L << 10);
    }

    @Test
    void readsThisProcess() {
        ContainerMemory own = ContainerMemory.ofProcess();
        assertThat(own.limitBytes().orElse(Long.MAX_VALUE)).isGreaterThan(16 * MIB);
        assertThat(own.usedBytes().orElse(1)).isNotNegative();
    }

    @Test
    void budgetIsWhatTheLimitLeaves() throws IOException {
        limit(256 * MIB);
        MemoryPlan plan = MemoryPlan.of(memory(), 96 * MIB, OptionalLong.empty());
        assertThat(plan).isEqualTo(new MemoryPlan(256 * MIB, 96 * MIB, 160 * MIB));
        MemoryPlan less = MemoryPlan.of(memory(), 96 * MIB, OptionalLong.of(50 * MIB));
        assertThat(less.budgetBytes()).isEqualTo(50 * MIB);
    }

    @Test
    void refusesTooLittleMemoryAndNamesTheMinimum() throws IOException {
        limit(100 * MIB);
        assertThatThrownBy(() -> MemoryPlan.of(memory(), 96 * MIB, OptionalLong.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("not enough memory for telemetry: budget=4194304")
                .hasMessageEndingWith("give the container at least " + 104 * MIB + " bytes");
        assertThatThrownBy(() -> MemoryPlan.of(memory(), 200 * MIB, OptionalLong.of(50 * MIB)))
                .hasMessageContaining("give the container at least " + 208 * MIB + " bytes");
        MemoryPlan least = MemoryPlan.of(memory(), 92 * MIB, OptionalLong.empty());
        assertThat(least.budgetBytes()).isEqualTo(MemoryPlan.BUDGET_BYTES_MIN);
    }

    @Test
    void refusesMoreThanTheContainerLeaves() throws IOException {
        limit(256 * MIB);
        assertThatThrownBy(() -> MemoryPlan.of(memory(), 96 * MIB, OptionalLong.of(161 * MIB)))
                .hasMessage(
                        "storage.memory is more than the container leaves: storage.memory="
                                + 161 * MIB
                                + ", limit="
                                + 256 * MIB
                                + ", runtime="
                                + 96 * MIB
                                + ", left="
                                + 160 * MIB);
        assertThat(MemoryPlan.of(memory(), 96 * MIB, OptionalLong.of(160 * MIB)).budgetBytes())
                .isEqualTo(160 * MIB);
    }

    @Test
    void takesAQuarterOfAMachineWithoutLimits() throws IOException {
        write("proc/meminfo", "MemTotal: 2097152 kB\n");
        MemoryPlan plan = MemoryPlan.of(memory(), 96 * MIB, OptionalLong.empty());
        assertThat(plan.budgetBytes()).isEqualTo(512 * MIB);
        assertThat(plan.limitBytes()).isEqualTo(608 * MIB);
        write("proc/meminfo", "MemTotal: 209715200 kB\n");
        assertThat(MemoryPlan.of(memory(), 96 * MIB, OptionalLong.empty()).budgetBytes())
                .isEqualTo(MemoryPlan.UNLIMITED_BUDGET_BYTES_MAX);
        assertThat(MemoryPlan.of(memory(), 96 * MIB, OptionalLong.of(3072 * MIB)).budgetBytes())
                .as("what was written is honoured")
                .isEqualTo(3072 * MIB);
    }

    @Test
    void refusesMoreThanTheMachineHas() throws IOException {
        write("proc/meminfo", "MemTotal: 2097152 kB\n");
        assertThatThrownBy(() -> MemoryPlan.of(memory(), 96 * MIB, OptionalLong.of(2000 * MIB)))
                .hasMessageStartingWith("storage.memory is more than the machine leaves");
    }

    @Test
    void budgetShrinksByWhatTheRuntimeOverruns() {
        MemoryPlan plan = new MemoryPlan(256 * MIB, 96 * MIB, 160 * MIB);
        assertThat(plan.correctedBudgetBytes(96 * MIB)).isEqualTo(160 * MIB);
        assertThat(plan.correctedBudgetBytes(10 * MIB)).isEqualTo(160 * MIB);
        assertThat(plan.correctedBudgetBytes(106 * MIB)).isEqualTo(150 * MIB);
        assertThat(plan.correctedBudgetBytes(500 * MIB)).isEqualTo(4 * MIB);
    }

    private void limit(long bytes) throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("cgroup/memory.max", bytes + "\n");
    }

    private ContainerMemory memory() {
        return ContainerMemory.of(files.resolve("cgroup"), files.resolve("proc"));
    }

    private void write(String path, String text) throws IOException {
        Path file = files.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
