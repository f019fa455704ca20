package dev.colonnade.agent.config;

import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;

/// A configuration that cannot be used, with everything that is wrong with it.
public final class ConfigException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    ConfigException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /// What is wrong, in the order of the files.
    public List<Problem> problems() {
        return problems;
    }
}
