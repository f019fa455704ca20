package dev.colonnade.pipeline.receiver.jsonfile;

import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.pipeline.receiver.jsonfile.OtlpJsonFileReceiverConfig.StartAt;
import dev.colonnade.storage.Signal;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The `otlp_json_file` receiver.
///
/// Files are known by what the file system knows them by, so that one that is renamed is not read
/// again. Where it is in them is not kept over a restart. A line that is no request is said and
/// passed over; a request that no store has room for is offered again until one has.
public final class OtlpJsonFileReceiver implements Receiver {
    private static final int CHUNK_BYTES = 64 << 10;

    /// How long a refused request waits at most: a file is patient, its reader must hear of the
    /// end.
    private static final long RETRY_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

    private final String id;
    private final OtlpJsonFileReceiverConfig config;
    private final EventLoop loop;
    private final Executor blocking;
    private final System.Logger logger;
    private final LineReader lines;
    private final List<PathMatcher> includes = new ArrayList<>();
    private final List<PathMatcher> excludes = new ArrayList<>();
    private final CompletableFuture<Boolean> closed = new CompletableFuture<>();
    private volatile boolean isClosing;
    private boolean isStarted;

    // Of the borrowed thread, one at a time.
    private final Map<Object, Tail> tails = new HashMap<>();
    private final Set<String> failures = new HashSet<>();
    private final byte[] chunk = new byte[CHUNK_BYTES];

    /// A receiver of files.
    ///
    /// @param routes where the requests of each signal go; a signal may be missing
    /// @param loop the loop on which they are offered, and `loopIndex` its index
    /// @param telemetry reads what it counts
    /// @param nanoClock the clock that stamps batches, in nanoseconds
    /// @param blocking runs what may block: a virtual thread for each task
    public OtlpJsonFileReceiver(
            String id,
            OtlpJsonFileReceiverConfig config,
            Map<Signal, Route> routes,
            EventLoop loop,
            int loopIndex,
            Telemetry telemetry,
            LongSupplier nanoClock,
            Executor blocking,
            System.Logger logger) {
        this.id = id;
        this.config = config;
        this.loop = loop;
        this.blocking = blocking;
        this.logger = logger;
        lines =
                new LineReader(
                        Map.copyOf(routes), loopIndex, nanoClock, new FileMeter(telemetry, id));
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void start() throws StartException {
        if (config.include().isEmpty()) {
            throw new StartException("no files to read: receiver=" + id + ", write `include`");
        }
        try {
            config.include().forEach(glob -> includes.add(matcher(glob)));
            config.exclude().forEach(glob -> excludes.add(matcher(glob)));
        } catch (IllegalArgumentException unreadable) {
            throw new StartException(
                    "glob cannot be read: receiver=" + id + ", cause=" + unreadable.getMessage(),
                    unreadable);
        }
        if (config.startAt() == StartAt.END) {
            files().forEach(this::skip);
        }
        isStarted = true;
        blocking.execute(this::poll);
    }

    @Override
    public CompletionStage<?> close(long deadlineNanos) {
        isClosing = true;
        if (!isStarted) {
            closed.complete(true);
        }
        return closed;
    }

    private static PathMatcher matcher(String glob) {
        return FileSystems.getDefault()
                .getPathMatcher("glob:" + Path.of(base(glob)).toAbsolutePath() + rest(glob));
    }

    /// The folders of a glob before the first that has a wildcard.
    private static String base(String glob) {
        int wildcard = 0;
        while (wildcard < glob.length() && "*?[{".indexOf(glob.charAt(wildcard)) < 0) {
            wildcard++;
        }
        if (wildcard == glob.length()) {
            return glob;
        }
        int slash = glob.lastIndexOf('/', wildcard);
        return slash < 0 ? "" : glob.substring(0, Math.max(1, slash));
    }

    private static String rest(String glob) {
        String base = base(glob);
        if (base.length() == glob.length()) {
            return "";
        }
        String rest = glob.substring(base.length());
        return rest.startsWith("/") ? rest : "/" + rest;
    }

    private void poll() {
        Set<Object> seen = new HashSet<>();
        for (Map.Entry<Path, BasicFileAttributes> file : files().entrySet()) {
            if (isClosing) {
                break;
            }
            Object key = key(file.getKey(), file.getValue());
            seen.add(key);
            long size = file.getValue().size();
            Tail tail = tails.computeIfAbsent(key, _ -> new Tail(0));
            if (tail.sizeRead != size) {
                read(file.getKey(), tail, size);
            }
        }
        tails.keySet().retainAll(seen);
        if (isClosing) {
            onLoop(() -> {
                lines.abandon();
                return true;
            });
            closed.complete(true);
        } else {
            later(config.pollInterval().toNanos(), () -> blocking.execute(this::poll));
        }
    }

    private void later(long nanos, Runnable task) {
        ScheduledFuture<?> _ = loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    /// What the file system knows a file by.
    private static Object key(Path file, BasicFileAttributes attributes) {
        return Objects.requireNonNullElse(attributes.fileKey(), file);
    }

    /// Goes to the end of a file that is there at the start.
    private void skip(Path file, BasicFileAttributes attributes) {
        Tail tail = new Tail(0);
        try (InputStream text = tail.open(file)) {
            tail.offset = text.transferTo(OutputStream.nullOutputStream());
        } catch (IOException failure) {
            say(file, failure);
        }
        tails.put(key(file, attributes), tail);
    }

    private void read(Path file, Tail tail, long size) {
        if (size < tail.sizeRead) {
            tail.offset = 0;
        }
        boolean isDone = false;
        while (!isDone && !isClosing) {
            try (InputStream text = tail.open(file)) {
                isDone = read(file, tail, text);
                tail.sizeRead = size;
            } catch (IOException failure) {
                // The end of a compressed file may be on its way still.
                say(file, failure);
                tail.sizeRead = size;
                isDone = true;
            }
            if (!isDone) {
                CompletableFuture<Boolean> waited = new CompletableFuture<>();
                later(Math.min(lines.retryNanos(), RETRY_NANOS_MAX), () -> waited.complete(true));
                waited.join();
            }
        }
    }

    /// Reads lines to the end; false when the next has to wait.
    private boolean read(Path file, Tail tail, InputStream text) throws IOException {
        onLoop(() -> {
            lines.begin(tail.offset);
            return true;
        });
        int count = text.read(chunk);
        while (count > 0 && !isClosing) {
            int length = count;
            boolean isTaken = onLoop(() -> lines.accept(chunk, length));
            tail.offset = lines.lineStart();
            if (!lines.error().isEmpty()) {
                logger.log(
                        System.Logger.Level.ERROR,
                        "passed over a line: receiver="
                                + id
                                + ", file="
                                + file
                                + ", cause="
                                + lines.error());
            }
            if (!isTaken) {
                return false;
            }
            count = text.read(chunk);
        }
        return true;
    }

    private boolean onLoop(Supplier<Boolean> work) {
        return CompletableFuture.supplyAsync(work, loop).join();
    }

    private Map<Path, BasicFileAttributes> files() {
        Map<Path, BasicFileAttributes> found = new TreeMap<>();
        for (String glob : config.include()) {
            Path base = Path.of(base(glob)).toAbsolutePath();
            if (!Files.exists(base)) {
                continue;
            }
            try {
                Files.walkFileTree(
                        base,
                        new SimpleFileVisitor<>() {
                            @Override
                            public FileVisitResult visitFile(
                                    Path file, BasicFileAttributes attributes) {
                                if (attributes.isRegularFile() && isWanted(file)) {
                                    found.put(file, attributes);
                                }
                                return FileVisitResult.CONTINUE;
                            }

                            @Override
                            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                                return FileVisitResult.CONTINUE;
                            }
                        });
            } catch (IOException failure) {
                say(base, failure);
            }
        }
        return found;
    }

    private boolean isWanted(Path file) {
        return includes.stream().anyMatch(glob -> glob.matches(file))
                && excludes.stream().noneMatch(glob -> glob.matches(file));
    }

    /// Says a failure once.
    private void say(Path file, IOException failure) {
        String cause = failure.getClass().getSimpleName() + ": " + failure.getMessage();
        if (failures.size() < 1000 && failures.add(file + cause)) {
            logger.log(
                    System.Logger.Level.WARNING,
                    "cannot read, will try again: receiver="
                            + id
                            + ", file="
                            + file
                            + ", cause="
                            + cause);
        }
    }
}
