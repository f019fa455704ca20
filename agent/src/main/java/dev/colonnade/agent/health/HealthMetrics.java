package dev.colonnade.agent.health;

import dev.colonnade.pipeline.Metric;
import java.util.List;

/// What health shows as metrics.
public final class HealthMetrics {
    static final Metric PRESSURE =
            Metric.gauge(
                    "colonnade_memory_pressure",
                    "level",
                    "How full the telemetry's memory is: 0 normal, 1 high from 75 %, 2 critical"
                            + " from 95 % or while requests are refused for it.");

    static final Metric LOOP_SILENCE =
            Metric.gauge(
                    "colonnade_loop_silence_seconds",
                    "seconds",
                    "How long ago an event loop showed its last sign of life; above 20 the process"
                            + " is no longer healthy.",
                    "loop");

    static final Metric STALLED =
            Metric.gauge(
                    "colonnade_exporter_stalled_seconds",
                    "seconds",
                    "How long an exporter has had a backlog and settled nothing of it; 0 when it"
                            + " gets on.",
                    "pipeline",
                    "signal",
                    "exporter");

    /// Every one of them.
    public static final List<Metric> ALL = List.of(PRESSURE, LOOP_SILENCE, STALLED);

    private HealthMetrics() {}
}
