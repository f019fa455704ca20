package dev.colonnade.storage.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The control groups that this process is in, as folders: cgroup v2 and v1 (cgroups(7)).
final class ControlGroups {
    private ControlGroups() {}

    /// The process's own group and those above it, of v2 and of the v1 hierarchy with `controller`.
    static List<Path> of(Path cgroupRoot, Path procRoot, String controller) {
        List<Path> groups = new ArrayList<>();
        for (String line : lines(procRoot.resolve("self").resolve("cgroup"))) {
            String[] parts = line.split(":", 3);
            if (parts.length < 3) {
                continue;
            }
            if (parts[1].isEmpty()) {
                addUpwards(groups, cgroupRoot, parts[2]);
                addUpwards(groups, cgroupRoot.resolve("unified"), parts[2]);
            } else if (List.of(parts[1].split(",", -1)).contains(controller)) {
                addUpwards(groups, cgroupRoot.resolve(controller), parts[2]);
            }
        }
        return groups;
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

    /// The lines of a file; none where it cannot be read.
    static List<String> lines(Path file) {
        try {
            return Files.isReadable(file)
                    ? Files.readAllLines(file, StandardCharsets.UTF_8)
                    : List.of();
        } catch (IOException _) {
            return List.of();
        }
    }
}
