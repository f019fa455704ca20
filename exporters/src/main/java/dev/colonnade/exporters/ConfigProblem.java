package dev.colonnade.exporters;

import java.util.List;

/// One thing that is wrong in a component's settings.
///
/// @param path the key, relative to the component: `sending_queue.num_consumers`; empty when it is
///   about the component as a whole
/// @param message what is wrong, for the user
public record ConfigProblem(String path, String message) {
    /// Adds `problems` to `all`, their paths below `parent`.
    public static void addBelow(
            String parent, List<ConfigProblem> problems, List<ConfigProblem> all) {
        for (ConfigProblem problem : problems) {
            all.add(new ConfigProblem(parent + "." + problem.path(), problem.message()));
        }
    }

    @Override
    public String toString() {
        return path.isEmpty() ? message : path + ": " + message;
    }
}
