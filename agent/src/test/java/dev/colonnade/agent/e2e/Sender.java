package dev.colonnade.agent.e2e;

import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A client with one connection that sends one request after the other.
abstract class Sender implements AutoCloseable {
    /// What it was told.
    ///
    /// @param status of gRPC or of HTTP
    /// @param retryDelay null when it was not said
    record Told(boolean isAccepted, int status, @Nullable Duration retryDelay, String message) {}

    private int refusals;

    /// Sends a request and waits for the answer.
    abstract Told send(Signal signal, byte[] plain, Codec codec);

    /// Sends a request again and again, as OTLP wants it, until it is accepted.
    final void deliver(Signal signal, byte[] plain, Codec codec) {
        long end = System.nanoTime() + Waiting.MAX.toNanos();
        Told told = send(signal, plain, codec);
        while (!told.isAccepted()) {
            refusals++;
            if (told.retryDelay() == null || System.nanoTime() - end > 0) {
                throw new AssertionError("refused for good: " + told);
            }
            Waiting.obey(told.retryDelay());
            told = send(signal, plain, codec);
        }
    }

    /// How often [#deliver] was refused.
    final int refusals() {
        return refusals;
    }

    @Override
    public abstract void close();
}
