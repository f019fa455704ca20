package dev.colonnade.exporters.file;

import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.RetryConfig;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.storage.columnar.ArrowStreams;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.SlabPool;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Writes jobs one after the other, on a thread that is borrowed while there are any.
///
/// [#submit] and [#close] may be called from any thread; there are as many jobs at most as there
/// are loops and pipelines. The rest runs on the borrowed thread, one at a time.
final class FileWriter {
    // What it takes to make columns of a batch: some four times its bytes, and a part of a small
    // process's memory.
    private static final int ARROW_PART = 8;
    private static final long ARROW_BYTES_MIN = 1 << 20;
    private static final long ARROW_BYTES_MAX = 8 << 20;

    private final String exporter;
    private final FileExporterConfig config;
    private final ExporterContext context;
    private final RotatedFile file;
    private final BatchEncoder encoder;
    private final Object lock = new Object();
    private final ArrayDeque<Job> waiting = new ArrayDeque<>();
    private volatile @Nullable String trouble;
    private boolean isRunning;
    private @Nullable MemoryBudget arrowFloor;
    private @Nullable ArrowStreams arrow;

    // Of the borrowed thread.
    private final Set<String> causes = new HashSet<>();
    private @Nullable Decompressor decompressor;
    private double waitNanos;
    private long delayNanos;

    FileWriter(String exporter, FileExporterConfig config, ExporterContext context, Disk disk) {
        this.exporter = exporter;
        this.config = config;
        this.context = context;
        file =
                new RotatedFile(
                        Path.of(config.path()),
                        config.rotation(),
                        config.isJson() && !config.isCompressed(),
                        disk,
                        context.clock());
        encoder = new BatchEncoder(file, config.isJson(), config.isCompressed());
    }

    /// Takes what memory the format needs; before the first job.
    ///
    /// @throws StartException when there is none
    void start() throws StartException {
        if (!config.isArrow()) {
            return;
        }
        SlabPool pool = context.memory().getFirst().pool();
        MemoryBudget root = pool.budget();
        long bytes = Math.clamp(root.limit() / ARROW_PART, ARROW_BYTES_MIN, ARROW_BYTES_MAX);
        MemoryBudget floor;
        try {
            floor = root.floor("arrow", bytes);
        } catch (IllegalStateException full) {
            throw new StartException("no memory to make columns: " + full.getMessage());
        }
        arrowFloor = floor;
        arrow = new ArrowStreams(pool, floor);
        encoder.writeArrow(arrow);
    }

    /// Whether it writes columns, so that blocks of them need not be made rows.
    boolean writesColumns() {
        return config.isArrow();
    }

    /// Has a job written; its shard is told on its loop.
    void submit(Job job) {
        synchronized (lock) {
            waiting.add(job);
            if (isRunning) {
                return;
            }
            isRunning = true;
        }
        context.blocking().execute(this::run);
    }

    /// Makes the file last and closes it, after the last job was told.
    CompletableFuture<Void> close() {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        context.blocking()
                .execute(() -> {
                    try {
                        file.close();
                    } catch (IOException failure) {
                        failed(describe(failure));
                    }
                    Decompressor used = decompressor;
                    if (used != null) {
                        used.close();
                        decompressor = null;
                    }
                    endArrow();
                    closed.complete(null);
                });
        return closed;
    }

    private void endArrow() {
        ArrowStreams streams = arrow;
        MemoryBudget floor = arrowFloor;
        if (streams != null && floor != null) {
            streams.close();
            floor.close();
        }
    }

    private void run() {
        List<Job> written = new ArrayList<>();
        while (true) {
            Job job;
            synchronized (lock) {
                job = waiting.poll();
                if (job == null && written.isEmpty()) {
                    isRunning = false;
                    return;
                }
            }
            if (job == null) {
                settle(written);
            } else {
                write(job);
                written.add(job);
            }
        }
    }

    private void write(Job job) {
        try {
            job.shard().inflate(job, this::decompressor);
            encoder.write(job);
        } catch (IOException failure) {
            job.fail(describe(failure));
        } catch (RuntimeException failure) {
            // Nothing is known to do this; the lease must come back whatever happens.
            job.fail(failure.toString());
        }
        if (!job.refusal().isEmpty()) {
            context.logger()
                    .log(
                            System.Logger.Level.ERROR,
                            "dropped damaged requests: exporter="
                                    + exporter
                                    + ", cause="
                                    + job.refusal());
        }
    }

    /// The one that all jobs share, with its window there.
    private Decompressor decompressor(long window) {
        Decompressor present = decompressor;
        if (present == null) {
            present = new Decompressor(window, Decompressor.WINDOW_BYTES);
            decompressor = present;
        } else {
            present.window(window, Decompressor.WINDOW_BYTES);
        }
        return present;
    }

    /// Makes what was written last, where that is asked for, and tells the shards.
    private void settle(List<Job> written) {
        if (config.sync()) {
            try {
                file.force();
            } catch (IOException failure) {
                written.forEach(job -> job.fail(describe(failure)));
            }
        }
        for (Job job : written) {
            if (job.failure().isEmpty()) {
                recovered();
            } else {
                failed(job.failure());
            }
            job.shard().onWritten(job, delayNanos);
        }
        written.clear();
    }

    /// Why nothing is written now; null while writing works. For any thread.
    @Nullable String trouble() {
        return trouble;
    }

    private void failed(String cause) {
        trouble = "cannot write: path=" + config.path() + ", cause=" + cause;
        RetryConfig retry = config.retry();
        double next = waitNanos == 0 ? retry.initialInterval().toNanos() : waitNanos;
        double factor = retry.randomizationFactor();
        double spread = 1 - factor + 2 * factor * context.random().nextDouble();
        delayNanos = (long) (next * spread);
        double longest = retry.maxInterval().toNanos();
        waitNanos = Math.min(next * retry.multiplier(), longest);
        if (causes.add(cause)) {
            context.logger()
                    .log(
                            System.Logger.Level.WARNING,
                            "cannot write, will try again: exporter="
                                    + exporter
                                    + ", path="
                                    + config.path()
                                    + ", cause="
                                    + cause);
        }
    }

    private void recovered() {
        delayNanos = 0;
        waitNanos = 0;
        trouble = null;
        if (!causes.isEmpty()) {
            causes.clear();
            context.logger()
                    .log(
                            System.Logger.Level.INFO,
                            "writes again: exporter=" + exporter + ", path=" + config.path());
        }
    }

    private static String describe(IOException failure) {
        String message = failure.getMessage();
        String kind = failure.getClass().getSimpleName();
        return failure instanceof FileSystemException || message == null
                ? kind + ": " + message
                : message;
    }
}
