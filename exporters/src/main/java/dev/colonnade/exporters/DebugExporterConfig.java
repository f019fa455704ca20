package dev.colonnade.exporters;

import java.util.ArrayList;
import java.util.List;

/// The settings of `debug`.
///
/// @param verbosity how much is printed about each request
/// @param samplingInitial requests of a signal that are printed in each second before sampling
///   begins
/// @param samplingThereafter of those that follow in the same second every so-manieth is printed;
///   0: none
/// @param usesInternalLogger whether it prints to the agent's log rather than to `outputPaths`
/// @param outputPaths `stdout` and `stderr`, each at most once; empty means `stdout`
public record DebugExporterConfig(
        Verbosity verbosity,
        int samplingInitial,
        int samplingThereafter,
        boolean usesInternalLogger,
        List<String> outputPaths) {
    /// How much is printed.
    public enum Verbosity {
        /// One line of counts.
        BASIC,
        /// Also a line for each record.
        NORMAL,
        /// Also everything that is in it.
        DETAILED
    }

    /// Standard output, as a path.
    public static final String STDOUT = "stdout";

    /// Standard error, as a path.
    public static final String STDERR = "stderr";

    /// What holds where nothing is written.
    public static final DebugExporterConfig DEFAULT =
            new DebugExporterConfig(Verbosity.BASIC, 2, 1, true, List.of());

    /// Copies the list.
    public DebugExporterConfig {
        outputPaths = List.copyOf(outputPaths);
    }

    /// The same with another verbosity.
    public DebugExporterConfig withVerbosity(Verbosity other) {
        return new DebugExporterConfig(
                other, samplingInitial, samplingThereafter, usesInternalLogger, outputPaths);
    }

    /// The same with other sampling.
    public DebugExporterConfig withSampling(int initial, int thereafter) {
        return new DebugExporterConfig(
                verbosity, initial, thereafter, usesInternalLogger, outputPaths);
    }

    /// What is wrong, paths relative to the exporter.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (samplingInitial < 0) {
            problems.add(new ConfigProblem("sampling_initial", "must be non-negative"));
        }
        if (samplingThereafter < 0) {
            problems.add(new ConfigProblem("sampling_thereafter", "must be non-negative"));
        }
        if (usesInternalLogger && !outputPaths.isEmpty()) {
            problems.add(
                    new ConfigProblem(
                            "output_paths",
                            "`output_paths` needs `use_internal_logger` to be false"));
        }
        for (String path : outputPaths) {
            if (!path.equals(STDOUT) && !path.equals(STDERR)) {
                problems.add(
                        new ConfigProblem(
                                "output_paths",
                                "only stdout and stderr are supported, the exporter `file` writes"
                                        + " files: "
                                        + path));
            }
        }
        if (outputPaths.stream().distinct().count() < outputPaths.size()) {
            problems.add(new ConfigProblem("output_paths", "a path stands twice"));
        }
        return problems;
    }
}
