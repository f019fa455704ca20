package dev.colonnade.agent.config;

import dev.colonnade.agent.config.TelemetryConfig.MetricsEndpoint;
import dev.colonnade.exporters.ConfigProblem;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.RetryConfig;
import dev.colonnade.exporters.TlsClientConfig;
import dev.colonnade.pipeline.tls.TlsTuning;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads `service.telemetry`.
final class TelemetryBinding {
    private static final int DAY_MILLIS = 86_400_000;
    private static final int INTERVAL_MILLIS = 60_000;
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final String METRICS_PATH = "/v1/metrics";

    private TelemetryBinding() {}

    static TelemetryConfig bind(Section telemetry) {
        telemetry.unsupported("traces");
        Section metrics = telemetry.sectionOrEmpty("metrics");
        boolean served =
                metrics.choice(
                        "level",
                        ordered("normal", true, "none", false, "basic", true, "detailed", true),
                        true);
        metrics.unsupported("views");
        metrics.retired(
                "address",
                "write readers: [{pull: {exporter: {prometheus: {host: ..., port: ...}}}}]");
        boolean isWritten = metrics.has("readers");
        @Nullable MetricsEndpoint endpoint = isWritten ? null : MetricsEndpoint.DEFAULT;
        @Nullable SelfExportConfig push = null;
        for (Section reader : metrics.sections("readers")) {
            @Nullable Section pull = reader.section("pull");
            @Nullable Section periodic = reader.section("periodic");
            if ((pull == null) == (periodic == null)) {
                reader.error("a reader needs either pull or periodic");
            } else if (pull != null) {
                single(reader, endpoint, "pull");
                endpoint = pull(pull);
            } else {
                single(reader, push, "periodic");
                push = periodic(periodic);
            }
        }
        return new TelemetryConfig(
                logs(telemetry.sectionOrEmpty("logs")),
                served ? endpoint : null,
                served ? push : null,
                telemetry.textMap("resource"));
    }

    private static void single(Section reader, @Nullable Object earlier, String kind) {
        if (earlier != null) {
            reader.error("Colonnade supports one " + kind + " reader");
        }
    }

    private static LogConfig logs(Section logs) {
        LogConfig absent = LogConfig.DEFAULT;
        logs.unsupported("development", "error_output_paths", "processors", "disable_zap_resource");
        boolean _ = logs.bool("disable_caller", true);
        Section sampling = logs.sectionOrEmpty("sampling");
        LogConfig.Sampling usual = LogConfig.Sampling.DEFAULT;
        List<String> paths = logs.texts("output_paths");
        return new LogConfig(
                logs.choice(
                        "level",
                        ordered(
                                "debug", System.Logger.Level.DEBUG,
                                "info", System.Logger.Level.INFO,
                                "warn", System.Logger.Level.WARNING,
                                "error", System.Logger.Level.ERROR),
                        absent.level()),
                logs.choice("encoding", ordered("console", false, "json", true), absent.json()),
                paths.isEmpty() ? absent.outputPaths() : paths,
                logs.textMap("initial_fields"),
                !logs.bool("disable_stacktrace", !absent.stacktraces()),
                new LogConfig.Sampling(
                        sampling.bool("enabled", usual.enabled()),
                        sampling.duration("tick", usual.tick()),
                        sampling.integer("initial", 1, Integer.MAX_VALUE, usual.initial()),
                        sampling.integer("thereafter", 0, Integer.MAX_VALUE, usual.thereafter())));
    }

    private static @Nullable MetricsEndpoint pull(Section pull) {
        pull.unsupported("producers", "cardinality_limits");
        @Nullable Section prometheus = pull.sectionOrEmpty("exporter").section("prometheus");
        if (prometheus == null) {
            pull.error("a pull reader needs exporter::prometheus");
            return null;
        }
        prometheus.unsupported("with_resource_constant_labels", "translation_strategy");
        if (!prometheus.bool("without_scope_info", true)) {
            prometheus.error("without_scope_info", "there is no scope to show: must be true");
        }
        return new MetricsEndpoint(
                prometheus.text("host", MetricsEndpoint.DEFAULT.host()),
                prometheus.integer("port", 0, 65_535, MetricsEndpoint.DEFAULT.port()),
                prometheus.bool("without_type_suffix", false),
                prometheus.bool("without_units", false));
    }

    private static @Nullable SelfExportConfig periodic(Section periodic) {
        periodic.unsupported("producers", "cardinality_limits");
        int interval = periodic.integer("interval", 1, DAY_MILLIS, INTERVAL_MILLIS);
        int timeout = periodic.integer("timeout", 1, DAY_MILLIS, TIMEOUT_MILLIS);
        Section exporter = periodic.sectionOrEmpty("exporter");
        exporter.unsupported("console");
        @Nullable Section otlp = exporter.section("otlp");
        if (otlp == null) {
            periodic.error("a periodic reader needs exporter::otlp");
            return null;
        }
        otlp.unsupported("headers_list", "default_histogram_aggregation");
        boolean _ = otlp.choice("temporality_preference", ordered("cumulative", true), true);
        Target target =
                new Target(
                        otlp.text("endpoint", ""),
                        tls(otlp),
                        otlp.choice(
                                "compression",
                                ordered("none", Codec.IDENTITY, "gzip", Codec.GZIP),
                                Codec.IDENTITY),
                        lowerCased(otlp.secretMap("headers")),
                        Duration.ofMillis(otlp.integer("timeout", 1, DAY_MILLIS, timeout)),
                        Duration.ofMillis(interval));
        boolean isHttp =
                otlp.choice("protocol", ordered("http/protobuf", true, "grpc", false), true);
        ExporterConfig config = isHttp ? http(otlp, target) : grpc(otlp, target);
        return new SelfExportConfig(Duration.ofMillis(interval), config);
    }

    private static ExporterConfig http(Section otlp, Target target) {
        OtlpHttpExporterConfig config =
                OtlpHttpExporterConfig.of("")
                        .withSignalEndpoints(Map.of(Signal.METRICS, target.withPath()))
                        .withTls(target.tls())
                        .withCompression(target.compression())
                        .withHeaders(target.headers())
                        .withTimeout(target.timeout())
                        .withRetry(target.retry());
        tell(config.problems(), otlp);
        ComponentId id = new ComponentId("otlp_http", SelfExportConfig.NAME);
        return new ExporterConfig.OtlpHttp(id, config);
    }

    private static ExporterConfig grpc(Section otlp, Target target) {
        OtlpGrpcExporterConfig config =
                OtlpGrpcExporterConfig.of(target.endpoint())
                        .withTls(target.tls())
                        .withCompression(target.compression())
                        .withHeaders(target.headers())
                        .withTimeout(target.timeout())
                        .withRetry(target.retry());
        tell(config.problems(), otlp);
        ComponentId id = new ComponentId("otlp_grpc", SelfExportConfig.NAME);
        return new ExporterConfig.OtlpGrpc(id, config);
    }

    private static void tell(List<ConfigProblem> problems, Section otlp) {
        for (ConfigProblem problem : problems) {
            String path = problem.path();
            boolean isEndpoint = path.endsWith("endpoint");
            otlp.errorBelow(
                    isEndpoint ? "endpoint" : path.startsWith("tls") ? "" : path,
                    problem.message());
        }
    }

    private static TlsClientConfig tls(Section otlp) {
        TlsClientConfig absent = TlsClientConfig.DEFAULT;
        return new TlsClientConfig(
                otlp.bool("insecure", absent.insecure()),
                absent.insecureSkipVerify(),
                absent.serverNameOverride(),
                otlp.text("certificate"),
                absent.caPem(),
                otlp.text("client_certificate"),
                absent.certPem(),
                otlp.text("client_key"),
                absent.keyPem(),
                absent.includeSystemCaCertsPool(),
                absent.minVersion(),
                absent.maxVersion(),
                TlsTuning.DEFAULT);
    }

    private static Map<String, String> lowerCased(Map<String, String> headers) {
        Map<String, String> lowerCased = new LinkedHashMap<>();
        headers.forEach((name, value) -> lowerCased.put(name.toLowerCase(Locale.ROOT), value));
        return lowerCased;
    }

    /// A map in the order of writing: `name, value, name, value ...`.
    private static <T> Map<String, T> ordered(String first, T value) {
        Map<String, T> map = new LinkedHashMap<>();
        map.put(first, value);
        return map;
    }

    private static <T> Map<String, T> ordered(String first, T one, String second, T two) {
        Map<String, T> map = ordered(first, one);
        map.put(second, two);
        return map;
    }

    private static <T> Map<String, T> ordered(
            String first,
            T one,
            String second,
            T two,
            String third,
            T three,
            String fourth,
            T four) {
        Map<String, T> map = ordered(first, one, second, two);
        map.put(third, three);
        map.put(fourth, four);
        return map;
    }

    /// Where to, and how.
    private record Target(
            String endpoint,
            TlsClientConfig tls,
            Codec compression,
            Map<String, String> headers,
            Duration timeout,
            Duration interval) {
        /// Tries until the next push is due, which tells everything anew.
        RetryConfig retry() {
            RetryConfig usual = RetryConfig.DEFAULT;
            return usual.withIntervals(
                            shorter(usual.initialInterval()), shorter(usual.maxInterval()))
                    .withMaxElapsedTime(interval);
        }

        private Duration shorter(Duration usual) {
            return usual.compareTo(interval) < 0 ? usual : interval;
        }

        /// The endpoint with OTLP's path where it has none.
        String withPath() {
            int host = endpoint.indexOf("://");
            int path = host < 0 ? -1 : endpoint.indexOf('/', host + 3);
            boolean hasPath = path >= 0 && path < endpoint.length() - 1;
            String root = path < 0 ? endpoint : endpoint.substring(0, path);
            return hasPath || endpoint.isEmpty() ? endpoint : root + METRICS_PATH;
        }
    }
}
