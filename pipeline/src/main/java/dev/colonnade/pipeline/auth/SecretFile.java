package dev.colonnade.pipeline.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The lines of a small file that may be replaced while it is in use. What was read last holds
/// until it was read again, and while it cannot be read. For any thread.
final class SecretFile {
    /// Files are looked at as often at most.
    private static final long PERIOD_NANOS = 1_000_000_000L;

    private static final int BYTES_MAX = 1 << 20;

    private final Path path;
    private final Executor blocking;
    private final LongSupplier nanoClock;
    private final AtomicReference<@Nullable CompletableFuture<List<String>>> reading =
            new AtomicReference<>();
    private volatile List<String> lines;
    private volatile long readNanos;

    /// Reads the file for the first time.
    ///
    /// @param blocking runs what may block
    /// @throws IOException when it cannot be read, or is not what a secret is like
    SecretFile(Path path, Executor blocking, LongSupplier nanoClock) throws IOException {
        this.path = path;
        this.blocking = blocking;
        this.nanoClock = nanoClock;
        lines = read(path);
        readNanos = nanoClock.getAsLong();
    }

    /// What it says, as far as it is known; looks for news behind the caller's back.
    List<String> lines() {
        if (isStale()) {
            CompletionStage<List<String>> _ = refresh();
        }
        return lines;
    }

    /// Whether it was read so long ago that it is worth reading again.
    boolean isStale() {
        return nanoClock.getAsLong() - readNanos >= PERIOD_NANOS;
    }

    /// Reads it again; completes on another thread.
    CompletionStage<List<String>> refresh() {
        CompletableFuture<List<String>> mine = new CompletableFuture<>();
        @Nullable CompletableFuture<List<String>> other = reading.compareAndExchange(null, mine);
        if (other != null) {
            return other;
        }
        try {
            blocking.execute(() -> {
                try {
                    lines = read(path);
                } catch (IOException _) {
                    // What was read before holds.
                }
                readNanos = nanoClock.getAsLong();
                reading.set(null);
                mine.complete(lines);
            });
        } catch (RejectedExecutionException _) {
            reading.set(null);
            mine.complete(lines);
        }
        return mine;
    }

    /// The lines of a file that have something in them.
    static List<String> read(Path path) throws IOException {
        if (Files.size(path) > BYTES_MAX) {
            throw new IOException("file is too large: path=" + path + ", max=" + BYTES_MAX);
        }
        List<String> read =
                Files.readString(path)
                        .lines()
                        .map(String::strip)
                        .filter(s -> !s.isEmpty())
                        .toList();
        if (read.isEmpty()) {
            throw new IOException("file is empty: path=" + path);
        }
        return read;
    }
}
