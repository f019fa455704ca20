package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.ExporterConfig;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.agent.config.PipelineId;
import dev.colonnade.agent.config.ProcessorConfig;
import dev.colonnade.agent.config.ReceiverConfig;
import dev.colonnade.pipeline.Evictor;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Processor;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.Way;
import dev.colonnade.pipeline.processor.attributes.AttributesProcessor;
import dev.colonnade.pipeline.processor.attributes.ResourceProcessor;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.ShapeConfig;
import dev.colonnade.storage.ShapePolicy;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
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
    private final Map<PipelineId, List<ShapePolicy>> policies = new LinkedHashMap<>();
    private final double processors;
    private final long hashSeed;
    private @Nullable Shaping shaping;

    /// The graph of `config`, still empty.
    ///
    /// @param processors how much of the machine the process may use, 0.25 for a quarter of one
    /// @param hashSeed for hashing values that senders choose, who cannot know it
    /// @param nanoClock the clock of all stores
    public Graph(
            AgentConfig config,
            Loops loops,
            TelemetryMemory memory,
            ComponentFactory factory,
            double processors,
            long hashSeed,
            LongSupplier nanoClock) {
        this.processors = processors;
        this.hashSeed = hashSeed;
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
        BatchPlan batches = new BatchPlan(config, flow);
        MetadataPlan metadata = new MetadataPlan(config, flow);
        StorePlan plan = new StorePlan(config, memory.root(), metadata);
        ShapePlan shapes = new ShapePlan(config, flow, batches, processors);
        shaping = shapes.shaping(memory, loops, hashSeed, nanoClock);
        for (PipelineConfig pipeline : config.pipelines()) {
            List<ComponentId> targets = flow.exporters(pipeline);
            if (targets.isEmpty()) {
                continue;
            }
            HybridStore store =
                    store(plan.store(pipeline, targets), shapes.of(pipeline), pipeline.id());
            stores.put(pipeline.id(), store);
            for (int cursor = 0; cursor < targets.size(); cursor++) {
                exporter(targets.get(cursor), batches).attach(store, cursor);
            }
        }
        addReceivers(flow, metadata);
    }

    private HybridStore store(StoreConfig store, ShapeConfig shapes, PipelineId pipeline) {
        Shaping changes = shaping;
        if (shapes.isStreaming()) {
            return HybridStore.streaming(store, memory.loops(), nanoClock);
        }
        if (changes == null || shapes.isRowOnly()) {
            return new HybridStore(store, memory.loops(), nanoClock);
        }
        List<StoreFacts> facts = new ArrayList<>();
        List<ShapePolicy> deciders = new ArrayList<>();
        for (int loop = 0; loop < loops.count(); loop++) {
            facts.add(new StoreFacts(loop, memory.root()));
            deciders.add(new ShapePolicy(shapes, facts.getLast(), nanoClock));
        }
        HybridStore made =
                new HybridStore(
                        store, memory.loops(), nanoClock, changes.reshaping(), deciders::get);
        facts.forEach(each -> each.of(made));
        policies.put(pipeline, deciders);
        return made;
    }

    /// What changes the shapes of the stores; null where all stay rows.
    public @Nullable Shaping shaping() {
        return shaping;
    }

    /// Who decides on shapes, by loop, for the pipelines whose records change theirs.
    Map<PipelineId, List<ShapePolicy>> policies() {
        return policies;
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
            for (Passage passage : route.passages()) {
                if (passage.target().id().equals(pipeline)) {
                    records += route.route().acceptedRecords();
                }
            }
        }
        return records;
    }

    /// The processors that edit, each as often as it stands on some way.
    List<EditingProcessor> editingProcessors() {
        List<EditingProcessor> all = new ArrayList<>();
        for (BoundRoute route : routes) {
            for (int way = 0; way < route.passages().size(); way++) {
                List<ComponentId> ids = editors(route.passages().get(way));
                for (int index = 0; index < ids.size(); index++) {
                    all.add(new EditingProcessor(ids.get(index), route.route(), way, index));
                }
            }
        }
        return all;
    }

    private Exporter exporter(ComponentId id, BatchPlan batches) throws StartException {
        @Nullable Exporter present = exporters.get(id);
        if (present != null) {
            return present;
        }
        ExporterConfig settings =
                Objects.requireNonNull(config.exporters().get(id), "references were checked");
        Exporter made = factory.exporter(batches.applied(settings));
        exporters.put(id, made);
        return made;
    }

    private void addReceivers(Flow flow, MetadataPlan metadata) throws StartException {
        List<HybridStore> evictable =
                stores.values().stream()
                        .filter(store ->
                                store.config().cursors().stream()
                                        .anyMatch(c -> c.onFull() == OnFull.DROP_OLDEST))
                        .toList();
        Evictor evictor = new Evictor(loops, evictable);
        for (ComponentId id : flow.receivers()) {
            Map<Signal, Route> bySignal = new EnumMap<>(Signal.class);
            for (Signal signal : Signal.values()) {
                List<Passage> passages = flow.passages(id, signal);
                if (!passages.isEmpty()) {
                    List<Way> ways =
                            passages.stream().map(passage -> way(passage, metadata)).toList();
                    Route route = Route.along(ways, signal, memory.loops(), evictor);
                    routes.add(new BoundRoute(route, passages));
                    bySignal.put(signal, route);
                }
            }
            ReceiverConfig settings = Objects.requireNonNull(config.receivers().get(id));
            receivers.add(factory.receiver(settings, bySignal));
        }
    }

    /// The store at the end, and what edits on the way: the processors of every pipeline that is
    /// passed, in order.
    private Way way(Passage passage, MetadataPlan metadata) {
        Signal signal = passage.target().id().signal();
        List<Supplier<Processor>> processors = new ArrayList<>();
        for (ComponentId id : editors(passage)) {
            switch (Objects.requireNonNull(config.processors().get(id))) {
                case ProcessorConfig.Attributes attributes ->
                        processors.add(
                                () -> new AttributesProcessor(attributes.settings(), signal));
                case ProcessorConfig.Resource resource ->
                        processors.add(() -> new ResourceProcessor(resource.settings()));
                case ProcessorConfig.Batch _, ProcessorConfig.MemoryLimiter _ ->
                        throw new IllegalStateException("edits nothing: processor=" + id);
            }
        }
        HybridStore store = Objects.requireNonNull(stores.get(passage.target().id()));
        return new Way(store, processors, metadata.read(passage));
    }

    /// The processors of a way that look into requests: not those that are settings here, see
    /// [BatchPlan] and the memory limiter's cap.
    private List<ComponentId> editors(Passage passage) {
        List<ComponentId> editors = new ArrayList<>();
        for (PipelineConfig pipeline : passage.pipelines()) {
            for (ComponentId id : pipeline.processors()) {
                switch (Objects.requireNonNull(config.processors().get(id))) {
                    case ProcessorConfig.Attributes _, ProcessorConfig.Resource _ ->
                            editors.add(id);
                    case ProcessorConfig.Batch _, ProcessorConfig.MemoryLimiter _ -> {}
                }
            }
        }
        return editors;
    }

    /// A processor's place on a way of a route.
    record EditingProcessor(ComponentId id, Route route, int way, int index) {
        long incoming() {
            return route.incomingRecords(way, index);
        }

        long outgoing() {
            return route.outgoingRecords(way, index);
        }
    }

    private record BoundRoute(Route route, List<Passage> passages) {}
}
