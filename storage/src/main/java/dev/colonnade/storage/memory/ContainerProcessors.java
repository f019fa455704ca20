package dev.colonnade.storage.memory;

import java.nio.file.Path;
import java.util.List;

/// How much of the machine's processors this process may use, which is often less than one.
///
/// Reads cgroup v2 (`cpu.max`: quota and period) and v1 (`cpu.cfs_quota_us`, `cpu.cfs_period_us`),
/// from the process's own group up to the root: the smallest on that way counts. See the kernel's
/// cgroup-v2.rst, "CPU Interface Files", and sched-bwc.rst.
public final class ContainerProcessors {
    private final List<Path> groups;

    private ContainerProcessors(List<Path> groups) {
        this.groups = groups;
    }

    /// Those of this process.
    public static ContainerProcessors ofProcess() {
        return of(Path.of("/sys/fs/cgroup"), Path.of("/proc"));
    }

    /// Those that files below `cgroupRoot` and `procRoot` tell; tests make such files.
    public static ContainerProcessors of(Path cgroupRoot, Path procRoot) {
        return new ContainerProcessors(ControlGroups.of(cgroupRoot, procRoot, "cpu"));
    }

    /// How many: 0.25 for a quarter of one; `machine` where nothing limits them further.
    public double count(int machine) {
        double least = machine;
        for (Path group : groups) {
            least = Math.min(least, quota(ControlGroups.lines(group.resolve("cpu.max"))));
            List<String> quota = ControlGroups.lines(group.resolve("cpu.cfs_quota_us"));
            List<String> period = ControlGroups.lines(group.resolve("cpu.cfs_period_us"));
            if (!quota.isEmpty() && !period.isEmpty()) {
                least = Math.min(least, part(quota.getFirst(), period.getFirst()));
            }
        }
        return least;
    }

    private static double quota(List<String> lines) {
        String[] words = lines.isEmpty() ? new String[0] : lines.getFirst().trim().split(" ", -1);
        return words.length == 2 ? part(words[0], words[1]) : Double.MAX_VALUE;
    }

    /// "max" in v2 and -1 in v1 are no limit.
    private static double part(String quota, String period) {
        try {
            double part = Double.parseDouble(quota) / Double.parseDouble(period);
            return part > 0 ? part : Double.MAX_VALUE;
        } catch (NumberFormatException _) {
            return Double.MAX_VALUE;
        }
    }
}
