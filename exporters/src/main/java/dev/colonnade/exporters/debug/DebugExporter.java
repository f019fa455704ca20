package dev.colonnade.exporters.debug;

import dev.colonnade.exporters.CursorDrain;
import dev.colonnade.exporters.DebugExporterConfig;
import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.storage.HybridStore;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/// `debug`: one line for each request that passes, as the Collector's `basic` verbosity writes it.
public final class DebugExporter implements Exporter {
    /// Lines that wait for the writer at most.
    static final int LINES_MAX = 1024;

    private final String id;
    private final ExporterContext context;
    private final CursorDrain drain;
    private final LineWriter writer;

    /// @param out takes one line at a time, without its end; it may block
    public DebugExporter(
            String id, DebugExporterConfig config, ExporterContext context, Consumer<String> out) {
        this.id = id;
        this.context = context;
        drain = new CursorDrain(id, context);
        writer = new LineWriter(LINES_MAX, context.blocking(), out);
        switch (config.verbosity()) {
            case BASIC ->
                    context.telemetry().counter(ExporterMetrics.LINES_DROPPED, writer::dropped, id);
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void attach(HybridStore store, int cursor) {
        drain.attach(store, cursor);
    }

    @Override
    public void start() {
        drain.start(loop ->
                new BasicLines(context.memory().get(loop), context.sendFloors().get(loop), writer));
    }

    @Override
    public void flush() {
        // Nothing waits.
    }

    @Override
    public CompletionStage<?> close() {
        return drain.close().thenCompose(_ -> writer.drain());
    }
}
