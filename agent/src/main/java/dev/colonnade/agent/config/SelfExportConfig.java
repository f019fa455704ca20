package dev.colonnade.agent.config;

import java.time.Duration;

/// How the agent's own metrics are pushed to an OTLP endpoint.
///
/// @param interval from one push to the next
/// @param exporter `otlp_grpc` or `otlp_http` settings
public record SelfExportConfig(Duration interval, ExporterConfig exporter) {
    /// The name by which the exporter is known in log lines, after its type.
    static final String NAME = "service.telemetry";
}
