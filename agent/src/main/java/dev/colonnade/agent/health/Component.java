package dev.colonnade.agent.health;

import dev.colonnade.agent.health.ComponentState.Reading;
import java.util.function.Supplier;

/// A component whose state is watched, and since when it is in it.
final class Component {
    private final String key;
    private final Supplier<Reading> source;
    private Reading reading;
    private long sinceNanos;

    /// @param key `receiver:otlp`, as the Collector writes it
    /// @param source its state now
    Component(String key, Supplier<Reading> source, long nowNanos) {
        this.key = key;
        this.source = source;
        reading = source.get();
        sinceNanos = nowNanos;
    }

    /// The component's kind and id.
    String key() {
        return key;
    }

    /// Looks again; the reason may change without the state's being another one.
    synchronized void tick(long nowNanos) {
        Reading now = source.get();
        if (now.state() != reading.state()) {
            sinceNanos = nowNanos;
        }
        reading = now;
    }

    /// Its state at the last look.
    synchronized Reading reading() {
        return reading;
    }

    /// Since when it is in that state.
    synchronized long sinceNanos() {
        return sinceNanos;
    }
}
