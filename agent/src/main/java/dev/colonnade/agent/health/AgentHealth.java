package dev.colonnade.agent.health;

import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.agent.config.PipelineId;
import dev.colonnade.agent.graph.Graph;
import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.agent.health.ComponentState.Reading;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.storage.HybridStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What the agent says of its own health.
///
/// It lives while its listeners are bound and its loops turn; what the backend does has no part in
/// that. Whether it gets on is told beside: per component, per exporter and pipeline, and for
/// memory.
public final class AgentHealth {
    private static final double NANOS_PER_SECOND = 1e9;

    /// The phases of the process.
    enum Phase {
        STARTING,
        RUNNING,
        STOPPING
    }

    private final LongSupplier nanoClock;
    private final Instant started;
    private final long startedNanos;
    private final LoopWatch loops;
    private final MemoryPressure pressure;
    private final Map<PipelineId, List<Progress>> progress = new LinkedHashMap<>();
    private final Map<String, Component> components = new LinkedHashMap<>();
    private final Map<PipelineId, List<String>> members = new LinkedHashMap<>();
    private volatile Phase phase = Phase.STARTING;

    /// The health of an agent that is about to be built.
    ///
    /// @param loopCount how many event loops there are
    /// @param refusals requests refused so far because memory was full
    /// @param nanoClock the process's monotonic clock, in nanoseconds
    /// @param started the time of day now
    public AgentHealth(
            TelemetryMemory memory,
            int loopCount,
            LongSupplier refusals,
            LongSupplier nanoClock,
            Instant started) {
        this.nanoClock = nanoClock;
        this.started = started;
        startedNanos = nanoClock.getAsLong();
        loops = new LoopWatch(loopCount, nanoClock);
        pressure = new MemoryPressure(memory.root(), refusals);
    }

    /// Watches what was built; called once, before [#running].
    public void watch(Graph graph, List<PipelineConfig> pipelines) {
        long now = nanoClock.getAsLong();
        for (Receiver receiver : graph.receivers()) {
            String key = "receiver:" + receiver.id();
            components.put(key, new Component(key, () -> reading(receiver), now));
        }
        for (Exporter exporter : graph.exporters()) {
            String key = "exporter:" + exporter.id();
            components.put(key, new Component(key, () -> reading(exporter.trouble()), now));
        }
        for (PipelineConfig pipeline : pipelines) {
            List<String> keys = new ArrayList<>();
            pipeline.receivers().forEach(id -> addKnown("receiver:", id, keys));
            pipeline.exporters().forEach(id -> addKnown("exporter:", id, keys));
            members.put(pipeline.id(), keys);
            @Nullable HybridStore store = graph.stores().get(pipeline.id());
            if (store != null) {
                progress.put(pipeline.id(), progressOf(store));
            }
        }
    }

    private void addKnown(String kind, ComponentId id, List<String> keys) {
        if (components.containsKey(kind + id)) {
            keys.add(kind + id);
        }
    }

    private List<Progress> progressOf(HybridStore store) {
        List<Progress> all = new ArrayList<>();
        for (int cursor = 0; cursor < store.config().cursors().size(); cursor++) {
            all.add(new Progress(store, cursor, nanoClock));
        }
        return all;
    }

    /// Everything is started: the listeners are bound.
    public void running() {
        phase = Phase.RUNNING;
        tick();
    }

    /// The receivers are about to close.
    public void stopping() {
        phase = Phase.STOPPING;
    }

    /// The loop with that index is alive; called on it about once a second.
    public void beat(int loop) {
        loops.beat(loop);
    }

    /// Looks at everything again; called about once a second, by one thread.
    public void tick() {
        pressure.tick();
        progress.values().forEach(each -> each.forEach(Progress::tick));
        long now = nanoClock.getAsLong();
        components.values().forEach(component -> component.tick(now));
    }

    /// Registers its metrics.
    public void register(Telemetry telemetry) {
        telemetry.gauge(HealthMetrics.PRESSURE, () -> pressure.level().ordinal());
        for (int index = 0; index < loops.loops(); index++) {
            int loop = index;
            telemetry.gauge(
                    HealthMetrics.LOOP_SILENCE,
                    () -> loops.silenceNanos(loop) / NANOS_PER_SECOND,
                    Integer.toString(loop));
        }
        progress.forEach((pipeline, each) -> {
            for (Progress one : each) {
                telemetry.gauge(
                        HealthMetrics.STALLED,
                        () -> one.stalledNanos() / NANOS_PER_SECOND,
                        pipeline.toString(),
                        pipeline.signal().label(),
                        one.exporter());
            }
        });
    }

    /// Why a probe should find the process dead; null while it lives.
    @Nullable String deadly() {
        return switch (phase) {
            case STARTING -> "is starting";
            case STOPPING -> "is stopping";
            case RUNNING -> deadlyWhileRunning();
        };
    }

    private @Nullable String deadlyWhileRunning() {
        int stuck = loops.stuck();
        if (stuck >= 0) {
            return "an event loop does not turn: loop="
                    + stuck
                    + ", seconds="
                    + (long) (loops.silenceNanos(stuck) / NANOS_PER_SECOND);
        }
        for (Component component : components.values()) {
            Reading reading = component.reading();
            if (!reading.state().isHealthy()) {
                return component.key() + ": " + reading.error();
            }
        }
        return null;
    }

    /// The exporter that has stalled for longest and at least `nanos`, in words; null when none
    /// has.
    @Nullable String stalled(long nanos) {
        @Nullable Progress worst = null;
        for (List<Progress> each : progress.values()) {
            for (Progress one : each) {
                boolean isWorse = worst == null || one.stalledNanos() > worst.stalledNanos();
                worst =
                        one.stalledNanos() >= nanos && one.stalledNanos() > 0 && isWorse
                                ? one
                                : worst;
            }
        }
        return worst == null
                ? null
                : "an exporter delivers nothing: exporter="
                        + worst.exporter()
                        + ", seconds="
                        + (long) (worst.stalledNanos() / NANOS_PER_SECOND)
                        + ", backlog="
                        + worst.backlogRecords();
    }

    MemoryPressure pressure() {
        return pressure;
    }

    LoopWatch loops() {
        return loops;
    }

    /// The components by key.
    Map<String, Component> components() {
        return components;
    }

    /// The components of each pipeline, by key.
    Map<PipelineId, List<String>> members() {
        return members;
    }

    /// How a pipeline's exporters get on; empty for one that only feeds connectors.
    List<Progress> progress(PipelineId pipeline) {
        return progress.getOrDefault(pipeline, List.of());
    }

    /// When the process started.
    Instant started() {
        return started;
    }

    /// How long ago that was, in nanoseconds.
    long uptimeNanos() {
        return nanoClock.getAsLong() - startedNanos;
    }

    /// The time of day at a time of the process's clock.
    Instant instant(long nanos) {
        return started.plusNanos(nanos - startedNanos);
    }

    private Reading reading(Receiver receiver) {
        @Nullable String trouble = phase == Phase.RUNNING ? receiver.trouble() : null;
        if (trouble != null) {
            return new Reading(ComponentState.PERMANENT_ERROR, trouble);
        }
        if (phase == Phase.RUNNING && pressure.level() == MemoryPressure.Level.CRITICAL) {
            return new Reading(
                    ComponentState.RECOVERABLE_ERROR,
                    "memory is full: senders are told when to come back");
        }
        return reading((String) null);
    }

    private Reading reading(@Nullable String trouble) {
        return switch (phase) {
            case STARTING -> new Reading(ComponentState.STARTING, null);
            case STOPPING -> new Reading(ComponentState.STOPPING, null);
            case RUNNING ->
                    trouble == null
                            ? Reading.OK
                            : new Reading(ComponentState.RECOVERABLE_ERROR, trouble);
        };
    }
}
