package dev.colonnade.storage.memory;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/// What the machine and its control groups say of this process's memory.
///
/// Reads cgroup v2 (`memory.max`, `memory.current`) and v1 (`memory.limit_in_bytes`,
/// `memory.usage_in_bytes`), from the process's own group up to the root: the smallest limit on
/// that way counts. See the kernel's cgroup-v2.rst, "Memory Interface Files", and
/// cgroup-v1/memory.rst.
public final class ContainerMemory {
    /// v1 writes "no limit" as the largest number of pages; anything as large as this is none.
    private static final long UNLIMITED = 1L << 60;

    private final List<Path> groups;
    private final Path memInfo;

    private ContainerMemory(List<Path> groups, Path memInfo) {
        this.groups = groups;
        this.memInfo = memInfo;
    }

    /// The memory of this process.
    public static ContainerMemory ofProcess() {
        return of(Path.of("/sys/fs/cgroup"), Path.of("/proc"));
    }

    /// The memory as files below `cgroupRoot` and `procRoot` tell it; tests make such files.
    public static ContainerMemory of(Path cgroupRoot, Path procRoot) {
        List<Path> groups = ControlGroups.of(cgroupRoot, procRoot, "memory");
        return new ContainerMemory(groups, procRoot.resolve("meminfo"));
    }

    /// The smallest limit of the process's groups, in bytes; empty when there is none.
    public OptionalLong limitBytes() {
        long smallest = UNLIMITED;
        for (Path group : groups) {
            smallest = Math.min(smallest, number(group.resolve("memory.max")));
            smallest = Math.min(smallest, number(group.resolve("memory.limit_in_bytes")));
        }
        return smallest < UNLIMITED ? OptionalLong.of(smallest) : OptionalLong.empty();
    }

    /// What the kernel counts against the limit now and cannot take back by itself: page cache is
    /// left out, be it in use or not, as the mapped pages of programs and libraries are read again
    /// when they are needed. Empty where it does not say.
    public OptionalLong usedBytes() {
        for (Path group : groups) {
            long used = number(group.resolve("memory.current"));
            if (used >= UNLIMITED) {
                used = number(group.resolve("memory.usage_in_bytes"));
            }
            if (used < UNLIMITED) {
                return OptionalLong.of(Math.max(0, used - pageCache(group)));
            }
        }
        return OptionalLong.empty();
    }

    /// The machine's memory in bytes; empty where `/proc/meminfo` does not say.
    public OptionalLong machineBytes() {
        long kibibytes = field(memInfo, "MemTotal:");
        return kibibytes < UNLIMITED >> 10
                ? OptionalLong.of(kibibytes << 10)
                : OptionalLong.empty();
    }

    private static long pageCache(Path group) {
        Path stat = group.resolve("memory.stat");
        long cache = field(stat, "file ");
        long shared = field(stat, "shmem ");
        if (cache >= UNLIMITED) {
            // In v1 the usage counts the groups below too, as only the total does.
            cache = field(stat, "total_cache ");
            shared = field(stat, "total_shmem ");
        }
        // Files in memory, such as those of a tmpfs, count as cache and have nowhere to go.
        return cache < UNLIMITED ? cache - (shared < UNLIMITED ? shared : 0) : 0;
    }

    /// The number that follows `label` at the beginning of a line; [#UNLIMITED] where there is
    /// none.
    private static long field(Path file, String label) {
        for (String line : ControlGroups.lines(file)) {
            if (line.startsWith(label)) {
                return parsed(line.substring(label.length()).replace(" kB", ""));
            }
        }
        return UNLIMITED;
    }

    private static long number(Path file) {
        List<String> lines = ControlGroups.lines(file);
        return lines.isEmpty() ? UNLIMITED : parsed(lines.getFirst());
    }

    /// [#UNLIMITED] for "max" and for whatever is no number.
    private static long parsed(String text) {
        try {
            return Long.parseLong(text.trim());
        } catch (NumberFormatException _) {
            return UNLIMITED;
        }
    }
}
