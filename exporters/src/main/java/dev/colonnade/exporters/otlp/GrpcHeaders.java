package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Endpoint;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.delivery.Frame;
import dev.colonnade.pipeline.auth.ClientAuthenticator;
import dev.colonnade.pipeline.wire.GrpcText;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An exporter's request headers: constant for each signal and codec, so made once.
final class GrpcHeaders {
    private final Http2Headers[][] headers =
            new Http2Headers[Signal.values().length][Codec.values().length];

    private final @Nullable RequestHeaders request;

    /// @param authenticator has its say in each call; null where all are alike
    GrpcHeaders(
            OtlpGrpcExporterConfig config,
            String userAgent,
            @Nullable ClientAuthenticator authenticator) {
        request =
                authenticator == null
                        ? null
                        : new RequestHeaders(
                                authenticator, Map.of("user-agent", userAgent), config.headers());
        for (Signal signal : Signal.values()) {
            for (Codec codec : Codec.values()) {
                headers[signal.ordinal()][codec.ordinal()] =
                        make(config, userAgent, signal, codec, request == null);
            }
        }
    }

    Http2Headers of(Frame frame) {
        Http2Headers common = headers[frame.signal().ordinal()][frame.codec().ordinal()];
        RequestHeaders own = request;
        if (own == null) {
            return common;
        }
        Http2Headers all = new DefaultHttp2Headers(false).setAll(common);
        own.of(frame)
                .forEach((name, value) ->
                        all.set(
                                AsciiString.of(name),
                                new AsciiString(value.getBytes(StandardCharsets.UTF_8), false)));
        return all;
    }

    private static Http2Headers make(
            OtlpGrpcExporterConfig config,
            String userAgent,
            Signal signal,
            Codec codec,
            boolean isWhole) {
        List<AsciiString> others = new ArrayList<>();
        add(others, "content-type", "application/grpc");
        add(others, "te", "trailers");
        if (isWhole) {
            add(others, "user-agent", userAgent);
        }
        if (!config.timeout().isZero()) {
            add(others, "grpc-timeout", GrpcText.formatTimeout(config.timeout().toNanos()));
        }
        if (codec != Codec.IDENTITY) {
            add(others, "grpc-encoding", codec.label());
        }
        for (Map.Entry<String, String> header : config.headers().entrySet()) {
            if (isWhole) {
                add(others, header.getKey().toLowerCase(Locale.ROOT), header.getValue());
            }
        }
        Endpoint target = config.target();
        String name = target.socket() == null ? target.hostAndPort() : target.host();
        String authority = config.authority();
        return ReadOnlyHttp2Headers.clientHeaders(
                false,
                AsciiString.of("POST"),
                AsciiString.of(path(signal)),
                AsciiString.of(target.tls() ? "https" : "http"),
                AsciiString.of(authority == null ? name : authority),
                others.toArray(new AsciiString[0]));
    }

    private static void add(List<AsciiString> headers, String name, String value) {
        headers.add(AsciiString.of(name));
        headers.add(AsciiString.of(value));
    }

    private static String path(Signal signal) {
        return switch (signal) {
            case LOGS -> "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
            case TRACES -> "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
            case METRICS -> "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
        };
    }
}
