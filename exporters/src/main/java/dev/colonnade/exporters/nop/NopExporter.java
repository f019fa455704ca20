package dev.colonnade.exporters.nop;

import dev.colonnade.exporters.CursorDrain;
import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.storage.HybridStore;
import java.util.concurrent.CompletionStage;

/// `nop`: everything is delivered, to nobody.
public final class NopExporter implements Exporter {
    private final String id;
    private final CursorDrain drain;

    public NopExporter(String id, ExporterContext context) {
        this.id = id;
        drain = new CursorDrain(id, context);
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
        drain.start(_ -> (_, _) -> {});
    }

    @Override
    public void flush() {
        // Nothing waits.
    }

    @Override
    public CompletionStage<?> close() {
        return drain.close();
    }
}
