package dev.colonnade.agent.telemetry;

import dev.colonnade.pipeline.Metric;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The ahead-of-time cache that the packaging made, and whether this process runs on it.
///
/// The virtual machine passes over a cache that it cannot use without a word, and starts as slowly
/// as it does without one.
public final class AotCache {
    private static final Metric USED =
            Metric.gauge(
                    "colonnade_aot_cache_used",
                    "boolean",
                    "1 when the process runs on the ahead-of-time cache, 0 when it had to fall"
                            + " back; absent where it was packaged without one.");

    /// Every metric of it.
    public static final List<Metric> ALL = List.of(USED);

    /// Names the cache's file; set beside the flag that has the virtual machine use it.
    private static final String PROPERTY = "colonnade.aot.cache";

    private final @Nullable String file;
    private final Path maps;

    /// The cache `file`, null for none, of a process whose memory the file `maps` shows.
    AotCache(@Nullable String file, Path maps) {
        this.file = file;
        this.maps = maps;
    }

    /// That of this process.
    public static AotCache ofProcess() {
        return new AotCache(System.getProperty(PROPERTY), Path.of("/proc/self/maps"));
    }

    /// Registers the gauge.
    public void register(Metrics metrics) {
        metrics.gauge(USED, () -> file == null ? Double.NaN : complaint().isEmpty() ? 1 : 0);
    }

    /// What to tell when there is a cache and the process does not run on it.
    public Optional<String> complaint() {
        if (file == null || isMapped(file)) {
            return Optional.empty();
        }
        return Optional.of(
                "ahead-of-time cache not used, so the start was slow: file="
                        + file
                        + "; -Xlog:aot says why, when it was built for this place and runtime");
    }

    /// The virtual machine maps what it uses.
    private boolean isMapped(String name) {
        try {
            return Files.readString(maps, StandardCharsets.ISO_8859_1).contains(name);
        } catch (IOException _) {
            return false;
        }
    }
}
