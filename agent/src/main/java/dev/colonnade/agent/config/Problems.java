package dev.colonnade.agent.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Collects what is wrong, so that one run tells everything.
final class Problems {
    private final List<Problem> errors = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();

    /// Notes something that keeps the agent from starting.
    void error(Position at, String path, String message) {
        add(errors, new Problem(at, path, message));
    }

    /// Notes something that a user should know.
    void warn(Position at, String path, String message) {
        add(warnings, new Problem(at, path, message));
    }

    /// What keeps the agent from starting, in the order of the files.
    List<Problem> errors() {
        return sorted(errors);
    }

    /// What a user should know, in the order of the files.
    List<Problem> warnings() {
        return sorted(warnings);
    }

    /// An alias brings the same place twice.
    private static void add(List<Problem> to, Problem problem) {
        if (!to.contains(problem)) {
            to.add(problem);
        }
    }

    private static List<Problem> sorted(List<Problem> problems) {
        return problems.stream().sorted(Comparator.comparing(Problem::at)).toList();
    }
}
