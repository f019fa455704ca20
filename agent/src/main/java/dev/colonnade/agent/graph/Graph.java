package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.ExporterConfig;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.agent.config.PipelineId;
import dev.colonnade.pipeline.Evictor;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Everything between sockets, built and not started.
///
/// Only what a pipeline names is made. Each exporter is one instance for all its pipelines.
public final class Graph {
    private final AgentConfig config;
    private final Loops loops;
    private final TelemetryMemory memory;
    private final ComponentFactory factory;
    private final LongSupplier nanoClock;
    private final Map<PipelineId, HybridStore> stores = new LinkedHashMap<>();
    private final Map<ComponentId, Exporter> exporters = new LinkedHashMap<>();
    private final List<Receiver> receivers = new ArrayList<>();
    private final List<BoundRoute> routes = new ArrayList<>();

    /// The graph of `config`, still empty.
    ///
    /// @param nanoClock the clock of all stores
    public Graph(
            AgentConfig config,
            Loops loops,
            TelemetryMemory memory,
            ComponentFactory factory,
            LongSupplier nanoClock) {
        this.config = config;
        this.loops = loops;
        this.memory = memory;
        this.factory = factory;
        this.nanoClock = nanoClock;
    }

    /// Makes everything, exporters and their stores first.
    ///
    /// @throws StartException when a component's settings cannot work; what was made until then is
    ///   here to be closed
    public void build() throws StartException {
        Flow flow = new Flow(config);
        StorePlan plan = new StorePlan(config, memory.root());
        for (PipelineConfig pipeline : config.pipelines()) {
            List<ComponentId> targets = flow.exporters(pipeline);
            if (targets.isEmpty()) {
                continue;
            }
            HybridStore store =
                    new HybridStore(plan.store(pipeline, targets), memory.loops(), nanoClock);
            stores.put(pipeline.id(), store);
            for (int cursor = 0; cursor < targets.size(); cursor++) {
                exporter(targets.get(cursor)).attach(store, cursor);
            }
        }
        addReceivers(flow);
    }

    /// The stores of the pipelines that have one.
    public Map<PipelineId, HybridStore> stores() {
        return stores;
    }

    /// The exporters, in the order of the pipelines.
    public List<Exporter> exporters() {
        return List.copyOf(exporters.values());
    }

    /// The receivers, in the order of the pipelines.
    public List<Receiver> receivers() {
        return receivers;
    }

    /// The routes from receivers to stores.
    public List<Route> routes() {
        return routes.stream().map(BoundRoute::route).toList();
    }

    /// Records accepted for a pipeline: what every route brought to it, as often as it leads there.
    long acceptedRecords(PipelineId pipeline) {
        long records = 0;
        for (BoundRoute route : routes) {
            for (PipelineId target : route.targets()) {
                if (target.equals(pipeline)) {
                    records += route.route().acceptedRecords();
                }
            }
        }
        return records;
    }

    private Exporter exporter(ComponentId id) throws StartException {
        @Nullable Exporter present = exporters.get(id);
        if (present != null) {
            return present;
        }
        ExporterConfig settings =
                Objects.requireNonNull(config.exporters().get(id), "references were checked");
        Exporter made = factory.exporter(settings);
        exporters.put(id, made);
        return made;
    }

    private void addReceivers(Flow flow) throws StartException {
        List<HybridStore> evictable =
                stores.values().stream()
                        .filter(store ->
                                store.config().cursors().stream()
                                        .anyMatch(c -> c.onFull() == OnFull.DROP_OLDEST))
                        .toList();
        Evictor evictor = new Evictor(loops, evictable);
        List<ComponentId> named =
                config.pipelines().stream()
                        .flatMap(pipeline -> pipeline.receivers().stream())
                        .filter(config.receivers()::containsKey)
                        .distinct()
                        .toList();
        for (ComponentId id : named) {
            Map<Signal, Route> bySignal = new EnumMap<>(Signal.class);
            for (Signal signal : Signal.values()) {
                List<PipelineId> targets = flow.targets(id, signal);
                if (!targets.isEmpty()) {
                    Route route = new Route(signal, storesOf(targets), memory.loops(), evictor);
                    routes.add(new BoundRoute(route, targets));
                    bySignal.put(signal, route);
                }
            }
            receivers.add(
                    factory.receiver(
                            id, Objects.requireNonNull(config.receivers().get(id)), bySignal));
        }
    }

    private List<HybridStore> storesOf(List<PipelineId> targets) {
        return targets.stream().map(id -> Objects.requireNonNull(stores.get(id))).toList();
    }

    private record BoundRoute(Route route, List<PipelineId> targets) {}
}
