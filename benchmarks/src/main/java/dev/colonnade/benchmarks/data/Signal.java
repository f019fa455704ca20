package dev.colonnade.benchmarks.data;

/// One of the three OTLP signals, with the names each protocol gives its export call.
public enum Signal {
    /// Log records.
    LOGS("/v1/logs", "/opentelemetry.proto.collector.logs.v1.LogsService/Export"),
    /// Spans.
    TRACES("/v1/traces", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
    /// Metric data points.
    METRICS("/v1/metrics", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");

    private final String httpPath;
    private final String grpcPath;

    Signal(String httpPath, String grpcPath) {
        this.httpPath = httpPath;
        this.grpcPath = grpcPath;
    }

    /// The path of OTLP/HTTP.
    public String httpPath() {
        return httpPath;
    }

    /// The `:path` of OTLP/gRPC.
    public String grpcPath() {
        return grpcPath;
    }
}
