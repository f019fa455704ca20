package dev.colonnade.agent.config;

import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Checks that pipelines and connectors make a graph: connectors have two ends, nothing goes round
/// in a circle, every record arrives somewhere.
final class GraphCheck {
    private final List<PipelineConfig> pipelines;
    private final Map<ComponentId, Position> connectors;
    private final Problems problems;

    /// A check of `pipelines` with their connectors, which are `forward` and keep the signal.
    GraphCheck(
            List<PipelineConfig> pipelines,
            Map<ComponentId, Position> connectors,
            Problems problems) {
        this.pipelines = pipelines;
        this.connectors = connectors;
        this.problems = problems;
    }

    /// Notes every problem of the graph.
    void run() {
        connectors.forEach(this::checkEnds);
        checkCycles();
    }

    private void checkEnds(ComponentId connector, Position at) {
        Set<Signal> out = EnumSet.noneOf(Signal.class);
        Set<Signal> in = EnumSet.noneOf(Signal.class);
        for (PipelineConfig pipeline : pipelines) {
            if (pipeline.exporters().contains(connector)) {
                out.add(pipeline.id().signal());
            }
            if (pipeline.receivers().contains(connector)) {
                in.add(pipeline.id().signal());
            }
        }
        for (Signal signal : Signal.values()) {
            if (out.contains(signal) && !in.contains(signal)) {
                problems.error(at, "connectors::" + connector, oneSided(connector, signal, true));
            } else if (in.contains(signal) && !out.contains(signal)) {
                problems.error(at, "connectors::" + connector, oneSided(connector, signal, false));
            }
        }
    }

    private String oneSided(ComponentId connector, Signal signal, boolean asExporter) {
        String where =
                pipelines.stream()
                        .filter(pipeline -> pipeline.id().signal() == signal)
                        .filter(pipeline ->
                                (asExporter ? pipeline.exporters() : pipeline.receivers())
                                        .contains(connector))
                        .map(pipeline -> pipeline.id().toString())
                        .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "connector \"%s\" used as %s in [%s] pipeline but not used in any supported %s"
                        + " pipeline",
                connector,
                asExporter ? "exporter" : "receiver",
                where,
                asExporter ? "receiver" : "exporter");
    }

    private void checkCycles() {
        Map<PipelineId, List<Hop>> hops = new HashMap<>();
        for (PipelineConfig from : pipelines) {
            List<Hop> next = new ArrayList<>();
            for (ComponentId connector : from.exporters()) {
                for (PipelineConfig to : pipelines) {
                    if (connectors.containsKey(connector)
                            && to.id().signal() == from.id().signal()
                            && to.receivers().contains(connector)) {
                        next.add(new Hop(connector, to));
                    }
                }
            }
            hops.put(from.id(), next);
        }
        Set<PipelineId> done = new LinkedHashSet<>();
        for (PipelineConfig pipeline : pipelines) {
            walk(pipeline, hops, new ArrayList<>(), done);
        }
    }

    /// Goes on from `pipeline` depth first; `way` is how it was reached.
    private void walk(
            PipelineConfig pipeline,
            Map<PipelineId, List<Hop>> hops,
            List<Hop> way,
            Set<PipelineId> done) {
        if (done.contains(pipeline.id())) {
            return;
        }
        for (Hop hop : hops.getOrDefault(pipeline.id(), List.of())) {
            int closes = indexOf(way, hop.to());
            List<Hop> further = new ArrayList<>(way);
            further.add(hop);
            boolean isStart = way.isEmpty() && hop.to().id().equals(pipeline.id());
            if (isStart || closes >= 0) {
                tellCycle(further.subList(isStart ? 0 : closes + 1, further.size()));
            } else {
                walk(hop.to(), hops, further, done);
            }
        }
        done.add(pipeline.id());
    }

    private static int indexOf(List<Hop> way, PipelineConfig pipeline) {
        for (int index = 0; index < way.size(); index++) {
            if (way.get(index).to().id().equals(pipeline.id())) {
                return index;
            }
        }
        return -1;
    }

    private void tellCycle(List<Hop> cycle) {
        String way =
                cycle.stream()
                        .map(hop ->
                                String.format(
                                        Locale.ROOT,
                                        "connector \"%s\" (%2$s to %2$s) -> pipeline \"%3$s\"",
                                        hop.connector(),
                                        hop.to().id().signal().label(),
                                        hop.to().id()))
                        .collect(Collectors.joining(" -> "));
        PipelineConfig first = cycle.getFirst().to();
        problems.error(
                first.at(),
                first.path(),
                "cycle detected: "
                        + way
                        + " -> connector \""
                        + cycle.getFirst().connector()
                        + "\"");
    }

    private record Hop(ComponentId connector, PipelineConfig to) {}
}
