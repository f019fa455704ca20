package dev.colonnade.agent.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the agent tells about itself, and where: `service.telemetry`.
///
/// @param logs its log lines
/// @param metrics where metrics are served; null where they are not
/// @param push where metrics are pushed to; null where they are not
/// @param resource attributes of the agent as a resource, beside or instead of its own
public record TelemetryConfig(
        LogConfig logs,
        @Nullable MetricsEndpoint metrics,
        @Nullable SelfExportConfig push,
        Map<String, String> resource) {
    /// Copies the map.
    public TelemetryConfig {
        resource = Map.copyOf(resource);
    }

    /// Where metrics are served, and how the Collector's are called there.
    ///
    /// @param host empty for every address
    /// @param port 0 for any
    /// @param withoutTypeSuffix whether the Collector's counters are shown without `_total`
    /// @param withoutUnits whether the Collector's names are shown without their unit
    public record MetricsEndpoint(
            String host, int port, boolean withoutTypeSuffix, boolean withoutUnits) {
        /// Where `readers` is not written; names as a Collector shows them then.
        static final MetricsEndpoint DEFAULT = new MetricsEndpoint("localhost", 8888, true, true);
    }
}
