package dev.colonnade.storage.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

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
        List<Path> groups = new ArrayList<>();
        for (String line : lines(procRoot.resolve("self").resolve("cgroup"))) {
            String[] parts = line.split(":", 3);
            if (parts.length < 3) {
                continue;
            }
            if (parts[1].isEmpty()) {
                addUpwards(groups, cgroupRoot, parts[2]);
                addUpwards(groups, cgroupRoot.resolve("unified"), parts[2]);
            } else if (List.of(parts[1].split(",", -1)).contains("memory")) {
                addUpwards(groups, cgroupRoot.resolve("memory"), parts[2]);
            }
        }
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

    /// What the kernel counts against the limit now, page cache that it can drop left out; empty
    /// where it does not say.
    public OptionalLong usedBytes() {
        for (Path group : groups) {
            long used = number(group.resolve("memory.current"));
            if (used >= UNLIMITED) {
                used = number(group.resolve("memory.usage_in_bytes"));
            }
            if (used < UNLIMITED) {
                return OptionalLong.of(Math.max(0, used - inactiveFile(group)));
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

    private static void addUpwards(List<Path> groups, Path root, String group) {
        @Nullable Path path =
                root.resolve(group.startsWith("/") ? group.substring(1) : group).normalize();
        if (!path.startsWith(root)) {
            // A group outside of the namespace's view, "/../other": what is mounted is all there
            // is.
            path = root;
        }
        while (path != null && path.startsWith(root)) {
            if (Files.isDirectory(path) && !groups.contains(path)) {
                groups.add(path);
            }
            path = path.getParent();
        }
    }

    private static long inactiveFile(Path group) {
        // In v1 the usage counts the groups below too, as only the total does.
        long inactive = field(group.resolve("memory.stat"), "total_inactive_file ");
        if (inactive >= UNLIMITED) {
            inactive = field(group.resolve("memory.stat"), "inactive_file ");
        }
        return inactive < UNLIMITED ? inactive : 0;
    }

    /// The number that follows `label` at the beginning of a line; [#UNLIMITED] where there is
    /// none.
    private static long field(Path file, String label) {
        for (String line : lines(file)) {
            if (line.startsWith(label)) {
                return parsed(line.substring(label.length()).replace(" kB", ""));
            }
        }
        return UNLIMITED;
    }

    private static long number(Path file) {
        List<String> lines = lines(file);
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

    private static List<String> lines(Path file) {
        try {
            return Files.isReadable(file)
                    ? Files.readAllLines(file, StandardCharsets.UTF_8)
                    : List.of();
        } catch (IOException _) {
            return List.of();
        }
    }
}
