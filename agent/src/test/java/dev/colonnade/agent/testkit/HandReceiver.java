package dev.colonnade.agent.testkit;

import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.testkit.Batches;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A receiver that a test feeds by hand.
public final class HandReceiver implements Receiver {
    private final String id;
    private final Loops loops;
    private final Map<Signal, Route> routes;
    private final LongSupplier nanoClock;
    private final @Nullable String startFailure;

    /// A receiver into `routes`; it does not start when it has a `startFailure`.
    public HandReceiver(
            String id,
            Loops loops,
            Map<Signal, Route> routes,
            LongSupplier nanoClock,
            @Nullable String startFailure) {
        this.id = id;
        this.loops = loops;
        this.routes = routes;
        this.nanoClock = nanoClock;
        this.startFailure = startFailure;
    }

    /// The signals that a pipeline takes from it.
    public Map<Signal, Route> routes() {
        return routes;
    }

    /// Offers one request of `records` records and `bytes` bytes on a loop, and waits.
    public Admission offer(Signal signal, int loop, int records, int bytes) {
        return CompletableFuture.supplyAsync(
                        () -> offerHere(signal, loop, records, bytes), loops.loop(loop))
                .join();
    }

    private Admission offerHere(Signal signal, int loop, int records, int bytes) {
        RouteShard route = Objects.requireNonNull(routes.get(signal)).shard(loop);
        RowBatch batch = new RowBatch();
        if (!route.reserve(batch.payload(), bytes)) {
            return Admission.MEMORY_FULL;
        }
        Batches.describePlain(batch, new byte[bytes], records, nanoClock.getAsLong());
        Admission admission = route.offer(batch, null);
        if (admission != Admission.ADMITTED) {
            route.release(batch.payload());
        }
        return admission;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void start() throws StartException {
        if (startFailure != null) {
            throw new StartException(startFailure);
        }
    }

    @Override
    public CompletionStage<?> close(long deadlineNanos) {
        return CompletableFuture.completedStage(null);
    }

    @Override
    public String toString() {
        return "by hand";
    }
}
