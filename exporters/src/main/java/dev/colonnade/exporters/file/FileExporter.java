package dev.colonnade.exporters.file;

import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The `file` exporter.
///
/// A file that cannot be written is no reason to fail at start: it is tried again, each cause is
/// said once, and the records wait in the store.
public final class FileExporter implements Exporter {
    private final String id;
    private final ExporterContext context;
    private final FileWriter writer;
    private final List<FileShard> shards = new ArrayList<>();
    private final List<EventLoop> loops = new ArrayList<>();
    private boolean isStarted;
    private boolean isClosed;

    /// An exporter with settings that have no [FileExporterConfig#problems].
    public FileExporter(String id, FileExporterConfig config, ExporterContext context) {
        this(id, config, context, Disk.REAL);
    }

    FileExporter(String id, FileExporterConfig config, ExporterContext context, Disk disk) {
        this.id = id;
        this.context = context;
        writer = new FileWriter(id, config, context, disk);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void attach(HybridStore store, int cursor) {
        Signal signal = store.config().signal();
        context.telemetry()
                .counter(ExporterMetrics.sent(signal), () -> store.delivered(cursor), id);
        context.telemetry()
                .counter(
                        ExporterMetrics.sendFailed(signal),
                        () -> store.dropped(cursor, DropReason.REJECTED),
                        id);
        for (int loop = 0; loop < store.shards(); loop++) {
            EventLoop runs = context.loops().loop(loop);
            shards.add(
                    new FileShard(
                            runs,
                            store.shard(loop).cursor(cursor),
                            signal,
                            context.memory().get(loop),
                            BudgetShare.of(context.sendFloors().get(loop)),
                            writer));
            loops.add(runs);
        }
    }

    @Override
    public void start() throws StartException {
        writer.start();
        isStarted = true;
        for (int index = 0; index < shards.size(); index++) {
            loops.get(index).execute(shards.get(index)::start);
        }
    }

    @Override
    public @Nullable String trouble() {
        return writer.trouble();
    }

    /// Does nothing: batches are written as they come.
    @Override
    public void flush() {}

    @Override
    public CompletionStage<?> close() {
        if (isClosed || !isStarted) {
            isClosed = true;
            return CompletableFuture.completedFuture(null);
        }
        isClosed = true;
        List<CompletableFuture<?>> ends = new ArrayList<>();
        for (int index = 0; index < shards.size(); index++) {
            ends.add(shards.get(index).closed());
            loops.get(index).execute(shards.get(index)::close);
        }
        return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
                .thenCompose(_ -> writer.close());
    }
}
