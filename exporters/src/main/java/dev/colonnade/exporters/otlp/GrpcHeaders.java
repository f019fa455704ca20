package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Endpoint;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.pipeline.wire.GrpcText;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// An exporter's request headers: constant for each signal and codec, so made once.
final class GrpcHeaders {
    private final Http2Headers[][] headers =
            new Http2Headers[Signal.values().length][Codec.values().length];

    GrpcHeaders(OtlpGrpcExporterConfig config, String userAgent) {
        for (Signal signal : Signal.values()) {
            for (Codec codec : Codec.values()) {
                headers[signal.ordinal()][codec.ordinal()] = make(config, userAgent, signal, codec);
            }
        }
    }

    Http2Headers of(Signal signal, Codec codec) {
        return headers[signal.ordinal()][codec.ordinal()];
    }

    private static Http2Headers make(
            OtlpGrpcExporterConfig config, String userAgent, Signal signal, Codec codec) {
        List<AsciiString> others = new ArrayList<>();
        add(others, "content-type", "application/grpc");
        add(others, "te", "trailers");
        add(others, "user-agent", userAgent);
        if (!config.timeout().isZero()) {
            add(others, "grpc-timeout", GrpcText.formatTimeout(config.timeout().toNanos()));
        }
        if (codec != Codec.IDENTITY) {
            add(others, "grpc-encoding", codec.label());
        }
        for (Map.Entry<String, String> header : config.headers().entrySet()) {
            add(others, header.getKey().toLowerCase(Locale.ROOT), header.getValue());
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
