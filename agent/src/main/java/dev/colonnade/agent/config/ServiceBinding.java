package dev.colonnade.agent.config;

import java.time.Duration;

/// Reads `service` but for its pipelines.
final class ServiceBinding {
    private static final int LOOPS_MAX = 1024;

    private ServiceBinding() {}

    static ServiceConfig bind(Section service) {
        Section shutdown = service.sectionOrEmpty("shutdown");
        Duration grace = shutdown.duration("grace", ServiceConfig.GRACE_DEFAULT);
        Duration deadline = shutdown.duration("deadline", ServiceConfig.DEADLINE_DEFAULT);
        if (grace.compareTo(deadline) > 0) {
            shutdown.error("grace must not be longer than deadline, of which it is a part");
        }
        return new ServiceConfig(
                service.integer("loops", 1, LOOPS_MAX, 0),
                TelemetryBinding.bind(service.sectionOrEmpty("telemetry")),
                grace,
                deadline);
    }
}
