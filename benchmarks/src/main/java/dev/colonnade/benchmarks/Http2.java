package dev.colonnade.benchmarks;

import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.netty.util.AsciiString;

/// What both ends of gRPC share: header names, and an HTTP/2 connection that costs little.
public final class Http2 {
    /// `content-type`.
    public static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");

    /// The content type of gRPC.
    public static final AsciiString GRPC = AsciiString.cached("application/grpc");

    /// `grpc-status`.
    public static final AsciiString GRPC_STATUS = AsciiString.cached("grpc-status");

    /// `grpc-encoding`.
    public static final AsciiString GRPC_ENCODING = AsciiString.cached("grpc-encoding");

    /// `grpc-status-details-bin`.
    public static final AsciiString GRPC_DETAILS = AsciiString.cached("grpc-status-details-bin");

    private Http2() {}

    /// A connection handler with a uniform byte distributor (streams have no priorities here) and
    /// no header checks.
    public static Http2ConnectionHandler handler(
            boolean server, Http2FrameListener listener, Http2Settings settings) {
        DefaultHttp2Connection connection = new DefaultHttp2Connection(server);
        connection
                .remote()
                .flowController(
                        new DefaultHttp2RemoteFlowController(
                                connection, new UniformStreamByteDistributor(connection)));
        return new Http2ConnectionHandlerBuilder()
                .connection(connection)
                .frameListener(listener)
                .initialSettings(settings)
                .validateHeaders(false)
                .decoderEnforceMaxRstFramesPerWindow(0, 0)
                .gracefulShutdownTimeoutMillis(0)
                .build();
    }
}
