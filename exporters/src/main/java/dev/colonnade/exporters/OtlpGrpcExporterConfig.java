package dev.colonnade.exporters;

import dev.colonnade.storage.Codec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The settings of `otlp_grpc`, also called `otlp`.
///
/// @param endpoint `host:port`, `dns:///host:port`, `http://...` or `https://...`
/// @param tls whether and how the connection is encrypted
/// @param compression how requests are compressed: gzip, zstd or not at all
/// @param headers sent with each request; names in lower case
/// @param timeout for one attempt; zero for none
/// @param keepalive pings; null for none
/// @param userAgent sent instead of the agent's own name; null for that
/// @param authority sent as `:authority` instead of the endpoint; null for that
/// @param balancer which of the name's addresses are used
/// @param proxy which connections go through a proxy
/// @param queue requests in flight and batches
/// @param retry what follows a failure
public record OtlpGrpcExporterConfig(
        String endpoint,
        TlsClientConfig tls,
        Codec compression,
        Map<String, String> headers,
        Duration timeout,
        @Nullable KeepaliveConfig keepalive,
        @Nullable String userAgent,
        @Nullable String authority,
        Balancer balancer,
        ProxyConfig proxy,
        QueueConfig queue,
        RetryConfig retry) {
    /// How long an attempt may take where nothing is written.
    public static final Duration TIMEOUT = Duration.ofSeconds(5);

    /// Copies the headers.
    public OtlpGrpcExporterConfig {
        headers = Map.copyOf(headers);
    }

    /// What holds where only the endpoint is written.
    public static OtlpGrpcExporterConfig of(String endpoint) {
        return new OtlpGrpcExporterConfig(
                endpoint,
                TlsClientConfig.DEFAULT,
                Codec.GZIP,
                Map.of(),
                TIMEOUT,
                null,
                null,
                null,
                Balancer.ROUND_ROBIN,
                ProxyConfig.NONE,
                QueueConfig.DEFAULT,
                RetryConfig.DEFAULT);
    }

    /// The same with another `tls`.
    public OtlpGrpcExporterConfig withTls(TlsClientConfig other) {
        return new OtlpGrpcExporterConfig(
                endpoint,
                other,
                compression,
                headers,
                timeout,
                keepalive,
                userAgent,
                authority,
                balancer,
                proxy,
                queue,
                retry);
    }

    /// The same with another `compression`.
    public OtlpGrpcExporterConfig withCompression(Codec codec) {
        return new OtlpGrpcExporterConfig(
                endpoint, tls, codec, headers, timeout, keepalive, userAgent, authority, balancer,
                proxy, queue, retry);
    }

    /// The same with other `headers`.
    public OtlpGrpcExporterConfig withHeaders(Map<String, String> other) {
        return new OtlpGrpcExporterConfig(
                endpoint,
                tls,
                compression,
                other,
                timeout,
                keepalive,
                userAgent,
                authority,
                balancer,
                proxy,
                queue,
                retry);
    }

    /// The same with another `timeout`.
    public OtlpGrpcExporterConfig withTimeout(Duration other) {
        return new OtlpGrpcExporterConfig(
                endpoint,
                tls,
                compression,
                headers,
                other,
                keepalive,
                userAgent,
                authority,
                balancer,
                proxy,
                queue,
                retry);
    }

    /// The same with another `keepalive`.
    public OtlpGrpcExporterConfig withKeepalive(KeepaliveConfig other) {
        return new OtlpGrpcExporterConfig(
                endpoint,
                tls,
                compression,
                headers,
                timeout,
                other,
                userAgent,
                authority,
                balancer,
                proxy,
                queue,
                retry);
    }

    /// The same with other proxies.
    public OtlpGrpcExporterConfig withProxy(ProxyConfig other) {
        return new OtlpGrpcExporterConfig(
                endpoint,
                tls,
                compression,
                headers,
                timeout,
                keepalive,
                userAgent,
                authority,
                balancer,
                other,
                queue,
                retry);
    }

    /// The same with another `sending_queue`.
    public OtlpGrpcExporterConfig withQueue(QueueConfig other) {
        return new OtlpGrpcExporterConfig(
                endpoint,
                tls,
                compression,
                headers,
                timeout,
                keepalive,
                userAgent,
                authority,
                balancer,
                proxy,
                other,
                retry);
    }

    /// The same with another `retry_on_failure`.
    public OtlpGrpcExporterConfig withRetry(RetryConfig other) {
        return new OtlpGrpcExporterConfig(
                endpoint,
                tls,
                compression,
                headers,
                timeout,
                keepalive,
                userAgent,
                authority,
                balancer,
                proxy,
                queue,
                other);
    }

    /// The endpoint, parsed.
    ///
    /// @throws IllegalArgumentException when it cannot be; [#problems] has said so
    public Endpoint target() {
        return Endpoint.ofGrpc(endpoint, tls.insecure());
    }

    /// What is wrong, paths relative to the exporter.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (endpoint.isBlank()) {
            problems.add(new ConfigProblem("", "requires a non-empty \"endpoint\""));
        } else {
            OtlpSettings.checkEndpoint("endpoint", this::target, problems);
        }
        if (compression == Codec.DEFLATE) {
            problems.add(
                    new ConfigProblem("compression", "unsupported compression type \"deflate\""));
        }
        OtlpSettings.checkHeaders(headers, problems);
        OtlpSettings.checkTimeout(timeout, problems);
        ConfigProblem.addBelow("tls", tls.problems(), problems);
        ConfigProblem.addBelow("sending_queue", queue.problems(), problems);
        ConfigProblem.addBelow("retry_on_failure", retry.problems(), problems);
        return problems;
    }
}
