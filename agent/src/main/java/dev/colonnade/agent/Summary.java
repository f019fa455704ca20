package dev.colonnade.agent;

import java.util.List;
import java.util.Locale;

/// What became of the records, told when the agent has stopped.
///
/// @param exporters one for each exporter
/// @param isClean whether everything was given back that had been taken; when not, a log line says
///   what was not
public record Summary(List<Exporter> exporters, boolean isClean) {
    /// Exit codes of the process.
    static final int EXIT_CLEAN = 0;

    static final int EXIT_NOT_STARTED = 1;
    static final int EXIT_LOST = 2;
    static final int EXIT_OUT_OF_HEAP = 3;

    /// Copies the list.
    public Summary {
        exporters = List.copyOf(exporters);
    }

    /// One exporter's account, over all its pipelines.
    ///
    /// @param delivered records delivered
    /// @param dropped records dropped while it ran, for reasons that somebody configured
    /// @param held records that could not be settled at all; none in a clean stop
    /// @param lost records dropped because the process stopped
    public record Exporter(String id, long delivered, long dropped, long held, long lost) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "exporter %s: delivered=%d, dropped=%d, held=%d, lost=%d",
                    id,
                    delivered,
                    dropped,
                    held,
                    lost);
        }
    }

    /// Whether an acknowledged record was lost by stopping.
    public boolean hasLost() {
        return exporters.stream().anyMatch(exporter -> exporter.held + exporter.lost > 0);
    }

    /// The exit code that says so.
    public int exitCode() {
        return hasLost() ? EXIT_LOST : EXIT_CLEAN;
    }
}
