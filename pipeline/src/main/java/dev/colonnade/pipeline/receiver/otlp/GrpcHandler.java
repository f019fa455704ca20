package dev.colonnade.pipeline.receiver.otlp;

import static io.netty.handler.codec.http2.Http2Error.ENHANCE_YOUR_CALM;
import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;

/// Netty's HTTP/2 handler, with flow control by reservation and with its flood protections fitted
/// to a server that refuses early.
///
/// Netty counts every reset that a server sends. Here resets that follow a refusal are ours, and
/// come in numbers exactly when there is overload; those that a peer's errors cause are counted as
/// Netty would ([#onStreamError]).
final class GrpcHandler extends Http2ConnectionHandler {
    private static final int ERRORS_MAX = 200;
    private static final long ERRORS_NANOS = 30_000_000_000L;

    private final GrpcConnection connection;
    private final ReceiverLoop loop;
    private long errorsSinceNanos;
    private int errors;

    private GrpcHandler(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings,
            GrpcConnection connection,
            ReceiverLoop loop) {
        super(decoder, encoder, settings);
        this.connection = connection;
        this.loop = loop;
        errorsSinceNanos = loop.nanos();
    }

    /// The handler of `connection`.
    static GrpcHandler of(
            GrpcConnection connection, ReceiverLoop loop, OtlpGrpcConfig.Streams limits) {
        GrpcHandler handler = new Builder(connection, loop, limits).build();
        connection.handler(handler);
        return handler;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        super.handlerAdded(ctx);
        connection.onAdded(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        connection.onRead();
        super.channelRead(ctx, message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        connection.onReadComplete();
        super.channelReadComplete(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        super.channelInactive(ctx);
        connection.onClosed();
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
        super.handlerRemoved0(ctx);
        connection.onClosed();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
        if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null) {
            super.exceptionCaught(ctx, cause);
        } else {
            connection.cut();
        }
    }

    @Override
    protected void onStreamError(
            ChannelHandlerContext ctx,
            boolean outbound,
            Throwable cause,
            Http2Exception.StreamException failure) {
        long now = loop.nanos();
        if (now - errorsSinceNanos >= ERRORS_NANOS) {
            errorsSinceNanos = now;
            errors = 0;
        }
        errors++;
        if (errors > ERRORS_MAX) {
            onConnectionError(
                    ctx,
                    outbound,
                    failure,
                    connectionError(ENHANCE_YOUR_CALM, "too many stream errors"));
            return;
        }
        super.onStreamError(ctx, outbound, cause, failure);
    }

    private static final class Builder
            extends AbstractHttp2ConnectionHandlerBuilder<GrpcHandler, Builder> {
        private final GrpcConnection owner;
        private final ReceiverLoop loop;
        private final int frameBytesMax;

        Builder(GrpcConnection owner, ReceiverLoop loop, OtlpGrpcConfig.Streams limits) {
            this.owner = owner;
            this.loop = loop;
            frameBytesMax = limits.frameBytesMax();
            DefaultHttp2Connection http2 = new DefaultHttp2Connection(true);
            http2.local()
                    .flowController(
                            new DefaultHttp2LocalFlowController(
                                    http2,
                                    DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO,
                                    true));
            connection(http2);
            initialSettings(
                    new Http2Settings()
                            .initialWindowSize(limits.initialWindowBytes())
                            .maxFrameSize(limits.frameBytesMax())
                            .maxConcurrentStreams(limits.concurrentMax())
                            .maxHeaderListSize(limits.headerListBytesMax()));
            encoderEnforceMaxRstFramesPerWindow(0, 0);
            gracefulShutdownTimeoutMillis(-1);
            frameListener(owner);
        }

        @Override
        protected GrpcHandler build() {
            return super.build();
        }

        @Override
        protected GrpcHandler build(
                Http2ConnectionDecoder decoder,
                Http2ConnectionEncoder encoder,
                Http2Settings settings) {
            return new GrpcHandler(
                    new FrameSplitter(decoder, owner, frameBytesMax),
                    encoder,
                    settings,
                    owner,
                    loop);
        }
    }
}
