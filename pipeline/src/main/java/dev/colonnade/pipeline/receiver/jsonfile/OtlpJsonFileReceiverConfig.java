package dev.colonnade.pipeline.receiver.jsonfile;

import java.time.Duration;
import java.util.List;

/// The settings of `otlp_json_file`.
///
/// @param include globs of the files to read, at least one
/// @param exclude globs of files not to read after all
/// @param startAt where files are begun that are there at the start; later ones are read whole
/// @param pollInterval how often to look for more
public record OtlpJsonFileReceiverConfig(
        List<String> include, List<String> exclude, StartAt startAt, Duration pollInterval) {
    /// Where reading begins.
    public enum StartAt {
        BEGINNING,
        END
    }

    /// The Collector's `poll_interval`.
    public static final Duration POLL_INTERVAL_DEFAULT = Duration.ofMillis(200);

    /// Copies the lists.
    public OtlpJsonFileReceiverConfig {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }

    /// Files to be followed from their end, as the Collector does.
    public static OtlpJsonFileReceiverConfig of(String... include) {
        return new OtlpJsonFileReceiverConfig(
                List.of(include), List.of(), StartAt.END, POLL_INTERVAL_DEFAULT);
    }
}
