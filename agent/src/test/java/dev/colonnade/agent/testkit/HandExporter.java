package dev.colonnade.agent.testkit;

import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.storage.Cursor;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Lease;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// An exporter whose backend a test turns up and down; what it takes while down it keeps in its
/// hand.
public final class HandExporter implements Exporter {
    private final String id;
    private final Loops loops;
    private final List<Cursor> cursors = new ArrayList<>();
    private final List<Integer> loopOf = new ArrayList<>();
    private final List<List<Lease>> held = new ArrayList<>();
    private volatile boolean up;
    private volatile boolean flushed;

    /// An exporter whose backend is `up` or down.
    public HandExporter(String id, Loops loops, boolean up) {
        this.id = id;
        this.loops = loops;
        this.up = up;
    }

    /// Whether the agent has asked it to send without waiting.
    public boolean isFlushed() {
        return flushed;
    }

    /// Turns the backend up; what is in the hand is delivered, and all that comes.
    public void up() {
        up = true;
        onLoops(this::pump).join();
    }

    /// Turns the backend down.
    public void down() {
        up = false;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public @Nullable String trouble() {
        return up ? null : "turned down by the \"test\"";
    }

    @Override
    public void attach(HybridStore store, int cursor) {
        for (int loop = 0; loop < loops.count(); loop++) {
            cursors.add(store.shard(loop).cursor(cursor));
            loopOf.add(loop);
            held.add(new ArrayList<>());
        }
    }

    @Override
    public void start() {
        for (int index = 0; index < cursors.size(); index++) {
            int each = index;
            loops.loop(loopOf.get(each))
                    .execute(() -> cursors.get(each).onAvailable(() -> pump(each)));
        }
    }

    @Override
    public void flush() {
        flushed = true;
    }

    @Override
    public CompletionStage<?> close() {
        return onLoops(index -> {
            up = false;
            cursors.get(index).onAvailable(() -> {});
            held.get(index).forEach(Lease::nack);
            held.get(index).clear();
        });
    }

    private void pump(int index) {
        @Nullable Lease lease = cursors.get(index).take(1 << 20, 1 << 20, true);
        while (lease != null) {
            held.get(index).add(lease);
            lease = cursors.get(index).take(1 << 20, 1 << 20, true);
        }
        if (up) {
            held.get(index).forEach(Lease::ack);
            held.get(index).clear();
        }
    }

    private CompletableFuture<?> onLoops(IntConsumer task) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int index = 0; index < cursors.size(); index++) {
            int each = index;
            all.add(
                    CompletableFuture.runAsync(
                            () -> task.accept(each), loops.loop(loopOf.get(each))));
        }
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]));
    }
}
