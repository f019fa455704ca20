package dev.colonnade.agent;

import dev.colonnade.agent.graph.GraphMetrics;
import dev.colonnade.agent.graph.ShapeMetrics;
import dev.colonnade.agent.health.HealthMetrics;
import dev.colonnade.agent.telemetry.AotCache;
import dev.colonnade.agent.telemetry.JvmMetrics;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.pipeline.Metric;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import java.util.List;
import java.util.stream.Stream;

/// Every metric that some agent can show, by where it comes from: what `docs/metrics.md` is made
/// of, and what a page is checked against.
///
/// A metric is declared once, as a constant beside its like, in a class that lists them as `ALL`.
public final class MetricCatalogue {
    private static final List<Group> GROUPS =
            List.of(
                    new Group("Receivers", ReceiverMetrics.ALL),
                    new Group("Pipelines, storage and memory", GraphMetrics.ALL),
                    new Group("Shapes of held records", ShapeMetrics.ALL),
                    new Group("Exporters", ExporterMetrics.ALL),
                    new Group("Health", HealthMetrics.ALL),
                    new Group("Process and virtual machine", JvmMetrics.ALL),
                    new Group("Start", AotCache.ALL));

    /// Metrics that belong together.
    public record Group(String title, List<Metric> metrics) {
        /// Copies the list.
        public Group {
            metrics = List.copyOf(metrics);
        }
    }

    private MetricCatalogue() {}

    /// All groups.
    public static List<Group> groups() {
        return GROUPS;
    }

    /// All metrics.
    public static Stream<Metric> metrics() {
        return GROUPS.stream().flatMap(group -> group.metrics().stream());
    }
}
