package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Scalar;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Collects what is wrong, so that one run tells everything, and the texts that problems stand in,
/// so that each is told with its line.
final class Problems {
    private final List<Problem> errors = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();
    private final Map<String, Source> sources = new HashMap<>();
    private final Map<Position, String> hidden = new LinkedHashMap<>();

    /// Keeps the text that positions in `name` mean.
    ///
    /// @param includedAt where another text takes it in; null for what a user named
    void source(String name, String text, @Nullable Position includedAt) {
        sources.putIfAbsent(name, new Source(text, includedAt));
    }

    /// Keeps a value out of every line that is shown.
    void hide(Node value) {
        if (value instanceof Scalar scalar && !scalar.text().isEmpty()) {
            // What was expanded does not stand in the line.
            hidden.put(scalar.at(), scalar.origin().isEmpty() ? scalar.text() : "");
        }
    }

    /// Whether a value may not be shown.
    boolean isHidden(Node value) {
        return hidden.containsKey(value.at());
    }

    /// Notes something that keeps the agent from starting.
    void error(Position at, String path, String message) {
        add(errors, new Problem(at, path, message, ""));
    }

    /// Notes something that a user should know.
    void warn(Position at, String path, String message) {
        add(warnings, new Problem(at, path, message, ""));
    }

    /// Whether anything keeps the agent from starting.
    boolean isBroken() {
        return !errors.isEmpty();
    }

    /// What keeps the agent from starting, in the order of the files.
    List<Problem> errors() {
        return shown(errors.stream().filter(error -> !Consequences.isOne(error, errors)).toList());
    }

    /// What a user should know, in the order of the files.
    List<Problem> warnings() {
        return shown(warnings);
    }

    /// An alias brings the same place twice.
    private static void add(List<Problem> to, Problem problem) {
        if (!to.contains(problem)) {
            to.add(problem);
        }
    }

    private List<Problem> shown(List<Problem> problems) {
        if (problems.isEmpty()) {
            // As at most starts: the comparator's class is made at run time.
            return List.of();
        }
        return problems.stream()
                .sorted(Comparator.comparing(Problem::at))
                .map(problem ->
                        new Problem(
                                problem.at(),
                                problem.path(),
                                problem.message(),
                                excerpt(problem.at())))
                .toList();
    }

    private String excerpt(Position at) {
        @Nullable Source source = sources.get(at.file());
        if (source == null) {
            return "";
        }
        String included =
                source.includedAt == null ? "" : "    taken in at " + source.includedAt + "\n";
        return Excerpt.of(source.text, at, hidden) + included;
    }

    private record Source(String text, @Nullable Position includedAt) {}
}
