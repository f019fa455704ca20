package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.storage.Signal;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/// The gRPC methods of OTLP by their paths (opentelemetry-proto, collector services).
final class GrpcMethods {
    private static final AsciiString LOGS =
            AsciiString.cached("/opentelemetry.proto.collector.logs.v1.LogsService/Export");
    private static final AsciiString TRACES =
            AsciiString.cached("/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    private static final AsciiString METRICS =
            AsciiString.cached("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");

    private GrpcMethods() {}

    /// Where the requests of a method go; null when it is none of these, or nothing takes it.
    static @Nullable RouteShard route(CharSequence path, ReceiverLoop loop) {
        if (LOGS.contentEquals(path)) {
            return loop.route(Signal.LOGS);
        }
        if (TRACES.contentEquals(path)) {
            return loop.route(Signal.TRACES);
        }
        return METRICS.contentEquals(path) ? loop.route(Signal.METRICS) : null;
    }
}
