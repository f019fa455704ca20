package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ServiceConfig.MetricsEndpoint;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads `service` but for its pipelines.
final class ServiceBinding {
    private static final int LOOPS_MAX = 1024;

    private ServiceBinding() {}

    static ServiceConfig bind(Section service) {
        Section telemetry = service.sectionOrEmpty("telemetry");
        telemetry.unsupported("traces", "resource");
        Section shutdown = service.sectionOrEmpty("shutdown");
        Duration grace = shutdown.duration("grace", ServiceConfig.GRACE_DEFAULT);
        Duration deadline = shutdown.duration("deadline", ServiceConfig.DEADLINE_DEFAULT);
        if (grace.compareTo(deadline) > 0) {
            shutdown.error("grace must not be longer than deadline, of which it is a part");
        }
        return new ServiceConfig(
                service.integer("loops", 1, LOOPS_MAX, 0),
                logLevel(telemetry.sectionOrEmpty("logs")),
                metrics(telemetry.sectionOrEmpty("metrics")),
                grace,
                deadline);
    }

    private static System.Logger.Level logLevel(Section logs) {
        Map<String, System.Logger.Level> levels = new LinkedHashMap<>();
        levels.put("debug", System.Logger.Level.DEBUG);
        levels.put("info", System.Logger.Level.INFO);
        levels.put("warn", System.Logger.Level.WARNING);
        levels.put("error", System.Logger.Level.ERROR);
        System.Logger.@Nullable Level level = logs.choice("level", levels);
        logs.unsupported(
                "development",
                "encoding",
                "disable_caller",
                "disable_stacktrace",
                "sampling",
                "output_paths",
                "error_output_paths",
                "initial_fields",
                "processors",
                "disable_zap_resource");
        return level == null ? System.Logger.Level.INFO : level;
    }

    private static @Nullable MetricsEndpoint metrics(Section metrics) {
        Map<String, Boolean> levels = new LinkedHashMap<>();
        levels.put("none", false);
        levels.put("basic", true);
        levels.put("normal", true);
        levels.put("detailed", true);
        @Nullable Boolean served = metrics.choice("level", levels);
        metrics.unsupported("address", "views");
        boolean isWritten = metrics.has("readers");
        List<Section> readers = metrics.sections("readers");
        if (readers.size() > 1) {
            metrics.error("readers", "Colonnade supports one reader");
        }
        @Nullable MetricsEndpoint endpoint = isWritten ? null : MetricsEndpoint.DEFAULT;
        for (Section reader : readers) {
            endpoint = endpoint(reader);
        }
        return served == null || served ? endpoint : null;
    }

    private static @Nullable MetricsEndpoint endpoint(Section reader) {
        reader.unsupported("periodic");
        @Nullable Section pull = reader.section("pull");
        if (pull == null) {
            reader.error("a reader needs pull::exporter::prometheus");
            return null;
        }
        pull.unsupported("producers", "cardinality_limits");
        @Nullable Section prometheus = pull.sectionOrEmpty("exporter").section("prometheus");
        if (prometheus == null) {
            pull.error("a pull reader needs exporter::prometheus");
            return null;
        }
        prometheus.unsupported(
                "without_scope_info",
                "without_units",
                "without_type_suffix",
                "with_resource_constant_labels",
                "translation_strategy");
        return new MetricsEndpoint(
                prometheus.text("host", MetricsEndpoint.DEFAULT.host()),
                prometheus.integer("port", 0, 65_535, MetricsEndpoint.DEFAULT.port()));
    }
}
