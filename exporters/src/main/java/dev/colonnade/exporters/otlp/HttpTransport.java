package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.delivery.Frame;
import dev.colonnade.exporters.delivery.Outcome;
import dev.colonnade.exporters.delivery.Transport;
import dev.colonnade.storage.Signal;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// OTLP over HTTP/1.1 on one loop.
final class HttpTransport implements Transport {
    /// Where a signal's requests go.
    ///
    /// @param pool the connections to its server
    record Target(HttpPool pool, HttpRequestHeads heads) {}

    private final Map<Signal, Target> targets;
    private final Collection<HttpPool> pools;
    private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();

    HttpTransport(Map<Signal, Target> targets) {
        this.targets = Map.copyOf(targets);
        pools = Set.copyOf(targets.values().stream().map(Target::pool).toList());
    }

    @Override
    public Call send(Frame frame, Answer answer) {
        Target target = targets.get(frame.signal());
        if (target == null) {
            answer.done(
                    new Outcome.Retry(
                            Outcome.Cause.CONFIGURATION,
                            "no endpoint is written for " + frame.signal().label(),
                            0));
            return () -> {};
        }
        HttpCall call = new HttpCall(target.pool(), target.heads(), frame, answer);
        target.pool().send(call);
        return call;
    }

    @Override
    public CompletionStage<?> close() {
        for (HttpPool pool : pools) {
            pool.close();
        }
        completeWhenClosed();
        return closed;
    }

    /// A connection has ended after [#close].
    void completeWhenClosed() {
        if (pools.stream().allMatch(HttpPool::isClosed)) {
            closed.complete(null);
        }
    }
}
