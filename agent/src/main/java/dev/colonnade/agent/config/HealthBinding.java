package dev.colonnade.agent.config;

import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads `health_check` extensions. As in the Collector one listens only when `service::extensions`
/// names it.
final class HealthBinding {
    private static final String TYPE = "health_check";
    private static final Duration STALLED_AFTER_MIN = Duration.ofSeconds(1);

    private HealthBinding() {}

    /// What the extension that runs was told; null when none does.
    static @Nullable HealthConfig bind(
            Map<ComponentId, Section> extensions, Collection<ComponentId> running) {
        @Nullable HealthConfig used = null;
        for (Map.Entry<ComponentId, Section> extension : extensions.entrySet()) {
            ComponentId id = extension.getKey();
            if (!ComponentTypes.Kind.EXTENSIONS.canonical(id.type()).equals(TYPE)) {
                continue;
            }
            HealthConfig bound = bind(extension.getValue());
            if (running.contains(id)) {
                if (used != null) {
                    extension.getValue().error("Colonnade supports one health_check at a time");
                }
                used = bound;
            }
        }
        return used;
    }

    private static HealthConfig bind(Section section) {
        HealthConfig absent = HealthConfig.DEFAULT;
        section.unsupported(
                "transport",
                "tls",
                "cors",
                "auth",
                "max_request_body_size",
                "include_metadata",
                "response_headers",
                "compression_algorithms",
                "read_timeout",
                "read_header_timeout",
                "write_timeout",
                "idle_timeout",
                "keep_alives_enabled",
                "middlewares",
                "http",
                "grpc",
                "use_v2",
                "component_health");
        section.retired(
                "check_collector_pipeline",
                "write fail_on_stalled: true, which looks at what exporters get done, not at"
                        + " errors");
        Endpoint absentEndpoint = new Endpoint(absent.host(), absent.port());
        Endpoint endpoint =
                OtlpReceiverBinding.hostAndPort(
                        section,
                        section.text("endpoint", absentEndpoint.toString()),
                        absentEndpoint);
        String path = section.text("path", absent.path());
        if (!path.startsWith("/") || path.equals("/status")) {
            section.error("path", "must begin with / and not be /status");
        }
        Duration stalledAfter = section.duration("stalled_after", absent.stalledAfter());
        if (stalledAfter.compareTo(STALLED_AFTER_MIN) < 0) {
            section.error("stalled_after", "must be at least 1s");
        }
        Section body = section.sectionOrEmpty("response_body");
        return new HealthConfig(
                endpoint.host(),
                endpoint.port(),
                path,
                body.text("healthy"),
                body.text("unhealthy"),
                section.bool("fail_on_stalled", absent.failOnStalled()),
                stalledAfter);
    }
}
