package dev.colonnade.agent;

import dev.colonnade.agent.config.PipelineId;
import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.agent.telemetry.Page;
import dev.colonnade.agent.telemetry.PageFolder;
import dev.colonnade.agent.telemetry.PageStream;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.storage.HybridStore;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// `/debug/storage/SEGMENT.arrows`: what a held segment holds, as a stream of Arrow.
///
/// One at a time, on a thread of its own. The loop that has the segment only keeps a block for it
/// or copies rows, a megabyte at a time. It takes from the budget what nobody else has, a quarter
/// at most, and keeps it, and the block, for half a minute at most, however slowly the client
/// reads.
final class SegmentFolder implements PageFolder {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String SUFFIX = ".arrows";
    private static final int NOT_FOUND = 404;
    private static final int UNAVAILABLE = 503;
    private static final long CLOSE_MILLIS = 2_000;

    private final Map<PipelineId, HybridStore> stores;
    private final Loops loops;
    private final TelemetryMemory memory;
    private final AtomicReference<@Nullable Thread> busy = new AtomicReference<>();
    private volatile boolean isClosing;

    SegmentFolder(Map<PipelineId, HybridStore> stores, Loops loops, TelemetryMemory memory) {
        this.stores = stores;
        this.loops = loops;
        this.memory = memory;
    }

    @Override
    public String path() {
        return StoragePage.PATH + "/";
    }

    @Override
    public Duration limit() {
        return LIMIT;
    }

    @Override
    public void open(String name, PageStream stream) {
        @Nullable SegmentStream segment = find(name, stream);
        if (segment == null) {
            stream.answer(
                    Page.text(
                            NOT_FOUND,
                            "no such segment: name="
                                    + name
                                    + "; those held are listed at "
                                    + StoragePage.PATH
                                    + ", with .arrows behind their names they are here\n"));
            return;
        }
        Thread thread = Thread.ofVirtual().name("colonnade-debug-segment").unstarted(segment);
        if (isClosing || !busy.compareAndSet(null, thread)) {
            stream.answer(Page.text(UNAVAILABLE, "another segment is being written, come again\n"));
            return;
        }
        thread.start();
    }

    /// Waits until nothing is under way any more; the connections must be closed.
    void close() {
        isClosing = true;
        Thread running = busy.get();
        if (running == null) {
            return;
        }
        try {
            boolean _ = running.join(Duration.ofMillis(CLOSE_MILLIS));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// What a name means: a pipeline's id with `~` for `/`, a loop and a position; null when it
    /// means nothing.
    private @Nullable SegmentStream find(String name, PageStream stream) {
        int end = name.length() - SUFFIX.length();
        int position = name.lastIndexOf('.', end - 1);
        int loop = name.lastIndexOf('.', position - 1);
        if (!name.endsWith(SUFFIX) || loop < 0) {
            return null;
        }
        long place;
        int index;
        try {
            place = Long.parseLong(name, position + 1, end, 10);
            index = Integer.parseInt(name, loop + 1, position, 10);
        } catch (NumberFormatException _) {
            return null;
        }
        String pipeline = name.substring(0, loop);
        for (Map.Entry<PipelineId, HybridStore> store : stores.entrySet()) {
            if (StoragePage.name(store.getKey()).equals(pipeline)
                    && index >= 0
                    && index < loops.count()
                    && place >= 0) {
                return new SegmentStream(
                        name,
                        store.getValue(),
                        index,
                        place,
                        loops,
                        memory,
                        stream,
                        () -> busy.set(null));
            }
        }
        return null;
    }
}
