package dev.colonnade.agent.config;

import java.util.List;
import java.util.Map;

/// Tells problems that only follow from others: what is missing because its key is misspelt, or
/// because what stands there could not be read. One mistake is one message.
final class Consequences {
    private static final List<String> ENDPOINTS =
            List.of("endpoint", "logs_endpoint", "traces_endpoint", "metrics_endpoint");

    /// How a message begins that something is missing, and the keys that would bring it, from the
    /// section on that it is said of.
    private static final Map<String, List<String>> MISSING =
            Map.of(
                    "requires a non-empty \"endpoint\"", ENDPOINTS,
                    "at least one endpoint must be specified", ENDPOINTS,
                    "must specify at least one protocol",
                            List.of("protocols", "protocols::grpc", "protocols::http"),
                    "must have at least one receiver", List.of("receivers"),
                    "must have at least one exporter", List.of("exporters"),
                    "no receiver configuration", List.of("receivers"),
                    "no exporter configuration", List.of("exporters"));

    private Consequences() {}

    /// Whether `problem` follows from another one of `all`.
    static boolean isOne(Problem problem, List<Problem> all) {
        for (Map.Entry<String, List<String>> missing : MISSING.entrySet()) {
            if (problem.message().startsWith(missing.getKey())) {
                return missing.getValue().stream()
                        .anyMatch(key -> isBroken(problem, join(problem.path(), key), all));
            }
        }
        if (problem.message().startsWith("references ")
                && problem.message().contains("which is not configured")) {
            String kind = problem.message().split(" ", 3)[1];
            return isBroken(problem, kind + "s", all);
        }
        return false;
    }

    /// Whether another problem is that `path`, or what it stands in, cannot be read or is misspelt.
    private static boolean isBroken(Problem problem, String path, List<Problem> all) {
        int last = path.lastIndexOf("::");
        String section = last < 0 ? "" : path.substring(0, last);
        String key = last < 0 ? path : path.substring(last + 2);
        return all.stream()
                .filter(other -> !other.equals(problem))
                .anyMatch(other -> {
                    boolean isHere = !other.path().isEmpty() && other.path().equals(path);
                    boolean isAround =
                            !other.path().isEmpty() && other.path().equals(problem.path());
                    boolean isMeant =
                            parent(other.path()).equals(section)
                                    && other.message().endsWith("did you mean \"" + key + "\"?");
                    return isHere || isMeant || (isAround && isReading(other));
                });
    }

    /// Whether a value could not be had at all.
    private static boolean isReading(Problem problem) {
        String message = problem.message();
        return message.contains("cannot read")
                || message.contains("expanded")
                || message.contains("expansions")
                || message.contains("not fetched")
                || message.startsWith("expected a map");
    }

    private static String parent(String path) {
        int at = path.lastIndexOf("::");
        return at < 0 ? "" : path.substring(0, at);
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "::" + key;
    }
}
