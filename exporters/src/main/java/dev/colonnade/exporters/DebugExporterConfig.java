package dev.colonnade.exporters;

import java.util.List;

/// The settings of `debug`: one line per batch.
///
/// @param verbosity how much is printed about each batch
public record DebugExporterConfig(Verbosity verbosity) {
    /// How much is printed.
    public enum Verbosity {
        /// One line of counts.
        BASIC
    }

    /// What holds where nothing is written.
    public static final DebugExporterConfig DEFAULT = new DebugExporterConfig(Verbosity.BASIC);

    /// What is wrong: nothing can be.
    public List<ConfigProblem> problems() {
        return List.of();
    }
}
