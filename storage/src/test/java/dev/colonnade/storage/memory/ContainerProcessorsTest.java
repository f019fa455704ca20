package dev.colonnade.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContainerProcessorsTest {
    @TempDir private Path files;

    @Test
    void takesTheSmallestQuotaOnTheWayUp() throws IOException {
        write("proc/self/cgroup", "0::/pods/agent\n");
        write("cgroup/cpu.max", "max 100000\n");
        write("cgroup/pods/cpu.max", "25000 100000\n");
        write("cgroup/pods/agent/cpu.max", "200000 100000\n");
        assertThat(count(8)).isEqualTo(0.25);
    }

    @Test
    void readsVersion1() throws IOException {
        write("proc/self/cgroup", "11:cpu,cpuacct:/a\n9:memory:/docker/x\n");
        write("cgroup/cpu/a/cpu.cfs_quota_us", "150000\n");
        write("cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
        assertThat(count(8)).isEqualTo(1.5);
        write("cgroup/cpu/a/cpu.cfs_quota_us", "-1\n");
        assertThat(count(8)).isEqualTo(8);
    }

    @Test
    void isTheMachinesWhereNothingIsSaidOrCannotBeRead() throws IOException {
        assertThat(count(4)).isEqualTo(4);
        write("proc/self/cgroup", "0::/\n");
        for (String odd : new String[] {"", "max", "x y\n", "0 0\n", "max 100000\n"}) {
            write("cgroup/cpu.max", odd);
            assertThat(count(4)).as(odd).isEqualTo(4);
        }
        write("cgroup/cpu.max", "1000000 100000\n");
        assertThat(count(4)).as("more than there are").isEqualTo(4);
    }

    private double count(int machine) {
        return ContainerProcessors.of(files.resolve("cgroup"), files.resolve("proc"))
                .count(machine);
    }

    private void write(String name, String text) throws IOException {
        Path file = files.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
