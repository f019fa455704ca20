package dev.colonnade.agent.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/// How the agent's own log lines are written.
///
/// @param level the lowest level that is written
/// @param json whether a line is a JSON object
/// @param outputPaths `stderr`, `stdout` or files, at least one
/// @param initialFields added to every line
/// @param stacktraces whether stacks stand below lines that have one
/// @param sampling how repeats are held back
public record LogConfig(
        System.Logger.Level level,
        boolean json,
        List<String> outputPaths,
        Map<String, String> initialFields,
        boolean stacktraces,
        Sampling sampling) {
    /// Standard error, as a path.
    public static final String STDERR = "stderr";

    /// Standard output, as a path.
    public static final String STDOUT = "stdout";

    /// What holds where nothing is written.
    public static final LogConfig DEFAULT =
            new LogConfig(
                    System.Logger.Level.INFO,
                    false,
                    List.of(STDERR),
                    Map.of(),
                    true,
                    Sampling.DEFAULT);

    /// Copies list and map.
    public LogConfig {
        outputPaths = List.copyOf(outputPaths);
        initialFields = Map.copyOf(initialFields);
    }

    /// How many warnings and errors of one cause are written in each period; the rest are counted.
    ///
    /// @param enabled whether any is held back
    /// @param tick the period
    /// @param initial how many are written from the period's start
    /// @param thereafter which of the further ones are written: every so many; 0 for none
    public record Sampling(boolean enabled, Duration tick, int initial, int thereafter) {
        /// One line for each cause.
        public static final Sampling DEFAULT = new Sampling(true, Duration.ofSeconds(10), 1, 0);
    }
}
