package dev.colonnade.exporters.debug;

import dev.colonnade.exporters.CursorDrain;
import dev.colonnade.exporters.DebugExporterConfig;
import dev.colonnade.exporters.DebugExporterConfig.Verbosity;
import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.storage.HybridStore;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/// `debug`: a text for each request that passes, as the Collector lays it out.
///
/// Everything is delivered, printed or not: no loop waits for a terminal.
public final class DebugExporter implements Exporter {
    /// Lines that wait for the writer at most.
    static final int LINES_MAX = 1024;

    private final String id;
    private final ExporterContext context;
    private final DebugExporterConfig config;
    private final Sampler sampler;
    private final CursorDrain drain;
    private final LineWriter writer;

    /// @param config settings without problems
    /// @param out takes one text at a time, without the end of its last line; it may block
    public DebugExporter(
            String id, DebugExporterConfig config, ExporterContext context, Consumer<String> out) {
        this.id = id;
        this.config = config;
        this.context = context;
        sampler =
                new Sampler(
                        config.samplingInitial(), config.samplingThereafter(), context.nanoClock());
        drain = new CursorDrain(id, context);
        writer = new LineWriter(LINES_MAX, context.blocking(), out);
        context.telemetry().counter(ExporterMetrics.LINES_DROPPED, writer::dropped, id);
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
                new RequestPrinter(
                        context.memory().get(loop),
                        context.sendFloors().get(loop),
                        sampler,
                        printer(),
                        writer));
    }

    private Printer printer() {
        return config.verbosity() == Verbosity.BASIC
                ? new BasicLines()
                : new TextLines(config.verbosity());
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
