package dev.colonnade.exporters;

import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.storage.Counter;
import dev.colonnade.storage.Cursor;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Empties cursors into something that takes every lease at once and never fails: what exporters
/// without a peer are made of.
public final class CursorDrain {
    /// Takes what leases hold.
    @FunctionalInterface
    public interface Taker {
        /// Looks at a lease on its loop; it is delivered when this returns.
        void take(Signal signal, Lease lease);

        /// Lets go of what it keeps; on its loop, nothing is taken any more.
        default void close() {}
    }

    private record Source(Cursor cursor, Signal signal) {}

    private final String exporter;
    private final List<Executor> loops;
    private final Telemetry telemetry;
    private final List<List<Source>> sources = new ArrayList<>();
    private final List<Taker> started = new ArrayList<>();
    private volatile boolean isClosed;

    /// @param exporter the exporter's id
    public CursorDrain(String exporter, ExporterContext context) {
        this.exporter = exporter;
        telemetry = context.telemetry();
        loops = new ArrayList<>();
        for (int loop = 0; loop < context.loops().count(); loop++) {
            loops.add(context.loops().loop(loop));
            sources.add(new ArrayList<>());
        }
    }

    /// Empties the cursor with that index of every shard of `store` from [#start] on.
    public void attach(HybridStore store, int cursor) {
        for (int loop = 0; loop < loops.size(); loop++) {
            Cursor place = store.shard(loop).cursor(cursor);
            sources.get(loop).add(new Source(place, store.config().signal()));
        }
    }

    /// Begins.
    ///
    /// @param takers makes the taker of the loop with that index
    public void start(IntFunction<Taker> takers) {
        for (int loop = 0; loop < loops.size(); loop++) {
            Taker taker = takers.apply(loop);
            started.add(taker);
            for (Source source : sources.get(loop)) {
                Counter sent = new Counter();
                telemetry.counter(ExporterMetrics.sent(source.signal()), sent::get, exporter);
                Runnable drain = () -> drain(source, taker, sent);
                loops.get(loop)
                        .execute(() -> {
                            source.cursor().onAvailable(drain);
                            drain.run();
                        });
            }
        }
    }

    /// Ends. The stage completes when every loop has heard of it.
    public CompletionStage<?> close() {
        isClosed = true;
        List<CompletableFuture<?>> each = new ArrayList<>();
        for (int loop = 0; loop < loops.size(); loop++) {
            Runnable end = loop < started.size() ? started.get(loop)::close : () -> {};
            each.add(CompletableFuture.runAsync(end, loops.get(loop)));
        }
        return CompletableFuture.allOf(each.toArray(new CompletableFuture<?>[0]));
    }

    private void drain(Source source, Taker taker, Counter sent) {
        if (isClosed) {
            return;
        }
        @Nullable Lease lease = source.cursor().take(Long.MAX_VALUE, Integer.MAX_VALUE, true);
        while (lease != null) {
            taker.take(source.signal(), lease);
            sent.add(lease.records());
            lease.ack();
            lease = source.cursor().take(Long.MAX_VALUE, Integer.MAX_VALUE, true);
        }
    }
}
