package dev.colonnade.exporters;

import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The settings of `otlp_http`, also called `otlphttp`.
///
/// @param endpoint the URL below which `/v1/<signal>` stands, or the unix socket on which it does;
///   empty when each signal has its own
/// @param signalEndpoints the written `logs_endpoint`, `traces_endpoint`, `metrics_endpoint`, used
///   as they are
/// @param tls how an `https://` connection is encrypted
/// @param compression how requests are compressed
/// @param compressionLevel the codec's level; 0 for the agent's own choice
/// @param headers sent with each request
/// @param timeout for one attempt; zero for none
/// @param client how connections are kept
/// @param userAgent sent instead of the agent's own name; null for that
/// @param proxy which connections go through a proxy
/// @param queue requests in flight and batches
/// @param retry what follows a failure
/// @param encoding what requests are written in
public record OtlpHttpExporterConfig(
        String endpoint,
        Map<Signal, String> signalEndpoints,
        TlsClientConfig tls,
        Codec compression,
        int compressionLevel,
        Map<String, String> headers,
        Duration timeout,
        HttpClientConfig client,
        @Nullable String userAgent,
        ProxyConfig proxy,
        QueueConfig queue,
        RetryConfig retry,
        Encoding encoding) {
    /// How long an attempt may take where nothing is written.
    public static final Duration TIMEOUT = Duration.ofSeconds(30);

    /// Copies the maps.
    public OtlpHttpExporterConfig {
        headers = Map.copyOf(headers);
        signalEndpoints = Map.copyOf(signalEndpoints);
    }

    /// What holds where only the endpoint is written.
    public static OtlpHttpExporterConfig of(String endpoint) {
        return new OtlpHttpExporterConfig(
                endpoint,
                Map.of(),
                TlsClientConfig.DEFAULT,
                Codec.GZIP,
                0,
                Map.of(),
                TIMEOUT,
                HttpClientConfig.DEFAULT,
                null,
                ProxyConfig.NONE,
                QueueConfig.DEFAULT,
                RetryConfig.DEFAULT,
                Encoding.PROTO);
    }

    /// The same with URLs for single signals.
    public OtlpHttpExporterConfig withSignalEndpoints(Map<Signal, String> other) {
        return new OtlpHttpExporterConfig(
                endpoint,
                other,
                tls,
                compression,
                compressionLevel,
                headers,
                timeout,
                client,
                userAgent,
                proxy,
                queue,
                retry,
                encoding);
    }

    /// The same with another `tls`.
    public OtlpHttpExporterConfig withTls(TlsClientConfig other) {
        return new OtlpHttpExporterConfig(
                endpoint,
                signalEndpoints,
                other,
                compression,
                compressionLevel,
                headers,
                timeout,
                client,
                userAgent,
                proxy,
                queue,
                retry,
                encoding);
    }

    /// The same with another `compression`, at the agent's own level.
    public OtlpHttpExporterConfig withCompression(Codec codec) {
        return new OtlpHttpExporterConfig(
                endpoint,
                signalEndpoints,
                tls,
                codec,
                0,
                headers,
                timeout,
                client,
                userAgent,
                proxy,
                queue,
                retry,
                encoding);
    }

    /// The same with another `compression_params.level`.
    public OtlpHttpExporterConfig withCompressionLevel(int level) {
        return new OtlpHttpExporterConfig(
                endpoint,
                signalEndpoints,
                tls,
                compression,
                level,
                headers,
                timeout,
                client,
                userAgent,
                proxy,
                queue,
                retry,
                encoding);
    }

    /// The same with other `headers`.
    public OtlpHttpExporterConfig withHeaders(Map<String, String> other) {
        return new OtlpHttpExporterConfig(
                endpoint,
                signalEndpoints,
                tls,
                compression,
                compressionLevel,
                other,
                timeout,
                client,
                userAgent,
                proxy,
                queue,
                retry,
                encoding);
    }

    /// The same with another `timeout`.
    public OtlpHttpExporterConfig withTimeout(Duration other) {
        return new OtlpHttpExporterConfig(
                endpoint,
                signalEndpoints,
                tls,
                compression,
                compressionLevel,
                headers,
                other,
                client,
                userAgent,
                proxy,
                queue,
                retry,
                encoding);
    }

    /// The same with connections kept otherwise.
    public OtlpHttpExporterConfig withClient(HttpClientConfig other) {
        return new OtlpHttpExporterConfig(
                endpoint,
                signalEndpoints,
                tls,
                compression,
                compressionLevel,
                headers,
                timeout,
                other,
                userAgent,
                proxy,
                queue,
                retry,
                encoding);
    }

    /// The same with other proxies.
    public OtlpHttpExporterConfig withProxy(ProxyConfig other) {
        return new OtlpHttpExporterConfig(
                endpoint,
                signalEndpoints,
                tls,
                compression,
                compressionLevel,
                headers,
                timeout,
                client,
                userAgent,
                other,
                queue,
                retry,
                encoding);
    }

    /// The same with another `sending_queue`.
    public OtlpHttpExporterConfig withQueue(QueueConfig other) {
        return new OtlpHttpExporterConfig(
                endpoint,
                signalEndpoints,
                tls,
                compression,
                compressionLevel,
                headers,
                timeout,
                client,
                userAgent,
                proxy,
                other,
                retry,
                encoding);
    }

    /// The same with another `retry_on_failure`.
    public OtlpHttpExporterConfig withRetry(RetryConfig other) {
        return new OtlpHttpExporterConfig(
                endpoint,
                signalEndpoints,
                tls,
                compression,
                compressionLevel,
                headers,
                timeout,
                client,
                userAgent,
                proxy,
                queue,
                other,
                encoding);
    }

    /// The same with another `encoding`.
    public OtlpHttpExporterConfig withEncoding(Encoding other) {
        return new OtlpHttpExporterConfig(
                endpoint,
                signalEndpoints,
                tls,
                compression,
                compressionLevel,
                headers,
                timeout,
                client,
                userAgent,
                proxy,
                queue,
                retry,
                other);
    }

    /// Where each signal goes that has somewhere to go.
    ///
    /// @throws IllegalArgumentException when a URL cannot be parsed; [#problems] has said so
    public Map<Signal, Endpoint> targets() {
        Map<Signal, Endpoint> targets = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            @Nullable String own = signalEndpoints.get(signal);
            if (own != null && !own.isEmpty()) {
                targets.put(signal, Endpoint.ofHttp(own, path(signal)));
            } else if (!endpoint.isEmpty()) {
                targets.put(signal, below(signal));
            }
        }
        return targets;
    }

    private Endpoint below(Signal signal) {
        Endpoint server = Endpoint.ofHttp(endpoint, "");
        if (server.socket() != null) {
            return Endpoint.ofHttp(endpoint, path(signal));
        }
        String base =
                endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
        return Endpoint.ofUrl(base + path(signal));
    }

    /// OTLP's own (OTLP/HTTP request).
    private static String path(Signal signal) {
        return "/v1/" + signal.label();
    }

    /// What is wrong, paths relative to the exporter.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        boolean hasOwn = signalEndpoints.values().stream().anyMatch(url -> !url.isEmpty());
        if (endpoint.isEmpty() && !hasOwn) {
            problems.add(new ConfigProblem("", "at least one endpoint must be specified"));
        }
        if (!endpoint.isEmpty()) {
            OtlpSettings.checkEndpoint("endpoint", () -> Endpoint.ofHttp(endpoint, ""), problems);
        }
        signalEndpoints.forEach((signal, url) -> {
            if (!url.isEmpty()) {
                OtlpSettings.checkEndpoint(
                        signal.label() + "_endpoint", () -> Endpoint.ofHttp(url, ""), problems);
            }
        });
        if (proxy.proxyUrl() != null) {
            String url = proxy.proxyUrl();
            OtlpSettings.checkEndpoint("proxy_url", () -> Endpoint.ofUrl(url), problems);
        }
        checkLevel(problems);
        OtlpSettings.checkHeaders(headers, problems);
        OtlpSettings.checkTimeout(timeout, problems);
        problems.addAll(client.problems());
        ConfigProblem.addBelow("tls", tls.problems(), problems);
        ConfigProblem.addBelow("sending_queue", queue.problems(), problems);
        ConfigProblem.addBelow("retry_on_failure", retry.problems(), problems);
        return problems;
    }

    private void checkLevel(List<ConfigProblem> problems) {
        boolean exists =
                switch (compression) {
                    case IDENTITY -> compressionLevel == 0;
                    case GZIP, DEFLATE -> compressionLevel >= 0 && compressionLevel <= 9;
                    case ZSTD -> compressionLevel >= 0 && compressionLevel <= 19;
                };
        if (!exists) {
            problems.add(
                    new ConfigProblem(
                            "compression_params.level",
                            "unsupported parameters for "
                                    + compression.label()
                                    + ": level="
                                    + compressionLevel));
        }
    }
}
