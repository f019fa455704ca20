package dev.colonnade.exporters;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// `sending_queue.batch`: how large requests shall be, and how long may be waited for it.
///
/// @param flushTimeout how long the oldest waiting request may wait for company
/// @param minSize how much must wait before a request is sent earlier than that
/// @param maxSize the largest request; zero means that only the exporter's own limit holds
/// @param sizer what both sizes count
public record BatchConfig(Duration flushTimeout, long minSize, long maxSize, Sizer sizer) {
    /// What the sizes of a batch count.
    public enum Sizer {
        /// Records.
        ITEMS,
        /// Bytes of plain OTLP.
        BYTES
    }

    /// What `batch: {}` means.
    public static final BatchConfig DEFAULT =
            new BatchConfig(Duration.ofMillis(200), 8192, 0, Sizer.ITEMS);

    /// What is wrong, paths relative to `batch`.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (!flushTimeout.isPositive()) {
            problems.add(new ConfigProblem("flush_timeout", "`flush_timeout` must be positive"));
        }
        if (minSize < 0) {
            problems.add(new ConfigProblem("min_size", "`min_size` must be non-negative"));
        }
        if (maxSize < 0) {
            problems.add(new ConfigProblem("max_size", "`max_size` must be non-negative"));
        } else if (maxSize > 0 && maxSize < minSize) {
            problems.add(
                    new ConfigProblem(
                            "max_size", "`max_size` must be greater than or equal to `min_size`"));
        }
        return problems;
    }
}
