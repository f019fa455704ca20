package dev.colonnade.exporters.file;

import dev.colonnade.exporters.ConfigProblem;
import dev.colonnade.exporters.RetryConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The settings of `file`.
///
/// @param path the file that is written; what it holds stays in front
/// @param rotation when and how the file is set aside; null when it grows for ever
/// @param format `json`, `proto` or `arrow`, as written
/// @param compression `zstd`, or empty for none
/// @param flushInterval the Collector's key, for files that accept it: nothing is buffered here, a
///   batch is in the file before it counts as delivered
/// @param sync whether batches count as delivered only after the disk has them (fsync)
/// @param retry how long to wait between attempts, which never end: `enabled` and
///   `max_elapsed_time` have no meaning here
public record FileExporterConfig(
        String path,
        @Nullable Rotation rotation,
        String format,
        String compression,
        Duration flushInterval,
        boolean sync,
        RetryConfig retry) {
    /// When a file is set aside, and for how long it is kept. A file is set aside before the batch
    /// that follows its reaching the size, so it may be larger by one batch.
    ///
    /// @param maxMegabytes the size, in MiB
    /// @param maxDays for how many days of 24 hours files are kept; 0 for ever
    /// @param maxBackups how many are kept; 0 for all
    /// @param localtime whether their names have local time rather than UTC
    public record Rotation(int maxMegabytes, int maxDays, int maxBackups, boolean localtime) {
        /// What holds where nothing is written below `rotation`.
        public static final Rotation DEFAULT = new Rotation(100, 0, 100, false);
    }

    /// The Collector's `flush_interval`.
    public static final Duration FLUSH_INTERVAL_DEFAULT = Duration.ofSeconds(1);

    private static final RetryConfig RETRY_DEFAULT =
            RetryConfig.DEFAULT.withIntervals(Duration.ofSeconds(1), Duration.ofSeconds(30));

    /// JSON into `path`, neither rotated nor compressed.
    public static FileExporterConfig of(String path) {
        return new FileExporterConfig(
                path, null, "json", "", FLUSH_INTERVAL_DEFAULT, false, RETRY_DEFAULT);
    }

    /// The same with another rotation.
    public FileExporterConfig withRotation(@Nullable Rotation other) {
        return new FileExporterConfig(path, other, format, compression, flushInterval, sync, retry);
    }

    /// The same in another format.
    public FileExporterConfig withFormat(String other, String codec) {
        return new FileExporterConfig(path, rotation, other, codec, flushInterval, sync, retry);
    }

    /// The same with another answer to whether the disk must have a batch.
    public FileExporterConfig withSync(boolean other) {
        return new FileExporterConfig(
                path, rotation, format, compression, flushInterval, other, retry);
    }

    /// The same with other waits.
    public FileExporterConfig withRetry(RetryConfig other) {
        return new FileExporterConfig(
                path, rotation, format, compression, flushInterval, sync, other);
    }

    boolean isJson() {
        return format.equals("json");
    }

    boolean isArrow() {
        return format.equals("arrow");
    }

    boolean isCompressed() {
        return compression.equals("zstd");
    }

    /// What is wrong, paths relative to the exporter.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (path.isEmpty()) {
            problems.add(new ConfigProblem("path", "path must be non-empty"));
        }
        if (!isJson() && !isArrow() && !format.equals("proto")) {
            problems.add(new ConfigProblem("format", "format type is not supported: " + format));
        }
        if (!compression.isEmpty() && !isCompressed()) {
            problems.add(
                    new ConfigProblem(
                            "compression", "compression is not supported: " + compression));
        }
        if (flushInterval.isNegative() || flushInterval.isZero()) {
            problems.add(
                    new ConfigProblem("flush_interval", "flush_interval must be larger than zero"));
        }
        ConfigProblem.addBelow("retry_on_failure", retry.problems(), problems);
        Rotation aside = rotation;
        if (aside != null) {
            notNegative("rotation.max_megabytes", aside.maxMegabytes, problems);
            notNegative("rotation.max_days", aside.maxDays, problems);
            notNegative("rotation.max_backups", aside.maxBackups, problems);
        }
        return problems;
    }

    private static void notNegative(String key, int value, List<ConfigProblem> problems) {
        if (value < 0) {
            problems.add(new ConfigProblem(key, "must be non-negative"));
        }
    }
}
