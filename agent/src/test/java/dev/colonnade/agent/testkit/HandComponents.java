package dev.colonnade.agent.testkit;

import dev.colonnade.agent.config.ExporterConfig;
import dev.colonnade.agent.config.ReceiverConfig;
import dev.colonnade.agent.graph.ComponentFactory;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.Route;
import dev.colonnade.storage.Signal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Components that a test holds in its hand, in place of those that the configuration names. An
/// exporter named `down` has a backend that is down.
public final class HandComponents implements ComponentFactory {
    private final Loops loops;
    private final LongSupplier nanoClock;
    private final @Nullable String startFailure;
    private final Map<String, HandReceiver> receivers = new LinkedHashMap<>();
    private final Map<String, HandExporter> exporters = new LinkedHashMap<>();

    /// A factory; its receivers do not start when there is a `startFailure`.
    public HandComponents(Loops loops, LongSupplier nanoClock, @Nullable String startFailure) {
        this.loops = loops;
        this.nanoClock = nanoClock;
        this.startFailure = startFailure;
    }

    /// A receiver that was made.
    public HandReceiver receiver(String id) {
        return Objects.requireNonNull(receivers.get(id));
    }

    /// An exporter that was made.
    public HandExporter exporter(String id) {
        return Objects.requireNonNull(exporters.get(id));
    }

    @Override
    public Receiver receiver(ReceiverConfig config, Map<Signal, Route> routes) {
        String id = config.id().toString();
        HandReceiver made = new HandReceiver(id, loops, routes, nanoClock, startFailure);
        receivers.put(id, made);
        return made;
    }

    @Override
    public Exporter exporter(ExporterConfig config) {
        HandExporter made =
                new HandExporter(config.id().toString(), loops, !config.id().name().equals("down"));
        exporters.put(config.id().toString(), made);
        return made;
    }
}
