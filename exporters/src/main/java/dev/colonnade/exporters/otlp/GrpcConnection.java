package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.delivery.Frame;
import dev.colonnade.exporters.delivery.Outcome;
import dev.colonnade.pipeline.wire.GrpcMessage;
import dev.colonnade.pipeline.wire.GrpcStatus;
import dev.colonnade.pipeline.wire.GrpcText;
import dev.colonnade.storage.Codec;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// One HTTP/2 connection and the calls on it. Runs on its loop.
final class GrpcConnection extends Http2FrameAdapter {
    private static final AsciiString GRPC_STATUS = AsciiString.cached("grpc-status");
    private static final AsciiString GRPC_MESSAGE = AsciiString.cached("grpc-message");
    private static final AsciiString DETAILS = AsciiString.cached("grpc-status-details-bin");
    private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
    private static final String GRPC_TYPE = "application/grpc";

    /// A peer's headers and trailers beyond this end the connection.
    private static final int HEADERS_BYTES_MAX = 64 << 10;

    private final GrpcTransport transport;
    private final SocketAddress address;
    private final Channel channel;
    private final Http2ConnectionHandler handler;
    private final Http2Connection connection;
    private final Http2Connection.PropertyKey callKey;
    private final @Nullable Keepalive keepalive;
    private @Nullable ChannelHandlerContext context;
    private boolean isReady;
    private boolean isDraining;
    private boolean isClosed;
    private String ending = "connection closed";

    /// Answers received: with one, the peer is known to speak gRPC here.
    private long answers;

    private long lastReadNanos;

    /// Begins to speak HTTP/2 on a connected channel.
    GrpcConnection(
            GrpcTransport transport,
            SocketAddress address,
            Channel channel,
            @Nullable Keepalive keepalive) {
        this.transport = transport;
        this.address = address;
        this.channel = channel;
        this.keepalive = keepalive;
        handler =
                new Http2ConnectionHandlerBuilder()
                        .server(false)
                        .frameListener(this)
                        .initialSettings(
                                Http2Settings.defaultSettings()
                                        .pushEnabled(false)
                                        .maxHeaderListSize(HEADERS_BYTES_MAX))
                        .gracefulShutdownTimeoutMillis(0)
                        .build();
        connection = handler.connection();
        callKey = connection.newKey();
        connection.addListener(new StreamEnds());
        lastReadNanos = transport.nanos();
        channel.pipeline().addLast(handler, new Tail());
        context = channel.pipeline().context(handler);
        channel.flush();
    }

    SocketAddress address() {
        return address;
    }

    /// Whether a call can begin here now.
    boolean hasRoom() {
        return isReady && !isDraining && connection.local().canOpenStream();
    }

    /// Whether it takes no calls any more.
    boolean isEnding() {
        return isDraining || isClosed;
    }

    /// Sends a call's request.
    void start(GrpcCall call) {
        ChannelHandlerContext on = context();
        int streamId = connection.local().incrementAndGetNextStreamId();
        call.connection = this;
        call.streamId = streamId;
        Frame frame = call.frame();
        boolean isCompressed = frame.codec() != Codec.IDENTITY;
        ChannelFuture _ =
                handler.encoder()
                        .writeHeaders(
                                on, streamId, transport.headers(frame), 0, false, on.newPromise());
        Http2Stream stream = connection.stream(streamId);
        if (stream == null) {
            isDraining = true;
            call.finish(unavailable("no stream can be opened"));
            return;
        }
        stream.setProperty(callKey, call);
        ByteBuf prefix = on.alloc().buffer(GrpcMessage.PREFIX_BYTES);
        prefix.writeByte(isCompressed ? 1 : 0).writeInt(frame.length());
        ChannelFuture _ =
                handler.encoder().writeData(on, streamId, prefix, 0, false, on.newPromise());
        int last = frame.views() - 1;
        for (int view = 0; view <= last; view++) {
            ChannelPromise written = on.newPromise();
            if (view == last) {
                written.addListener(call);
            }
            ChannelFuture _ =
                    handler.encoder()
                            .writeData(on, streamId, frame.view(view), 0, view == last, written);
        }
        handler.flush(on);
        if (keepalive != null) {
            keepalive.watch(this);
        }
    }

    /// Ends a call that nobody waits for. A connection on which nothing was heard since the call
    /// began may be dead: it is given up.
    void abandon(GrpcCall call) {
        Http2Stream stream = connection.stream(call.streamId);
        call.connection = null;
        if (stream != null && !isClosed) {
            stream.removeProperty(callKey);
            reset(call.streamId);
        }
        if (transport.nanos() - lastReadNanos >= transport.silenceNanosMax()) {
            close("nothing heard from the peer");
        }
    }

    /// Ends the connection; calls under way are retried.
    void close(String why) {
        ending = why;
        isDraining = true;
        ChannelFuture _ = channel.close();
    }

    /// Whether the peer has not yet said that it speaks HTTP/2.
    boolean isUnproven() {
        return !isReady;
    }

    int calls() {
        return connection.numActiveStreams();
    }

    long lastReadNanos() {
        return lastReadNanos;
    }

    void ping(long data) {
        ChannelHandlerContext on = context();
        ChannelFuture _ = handler.encoder().writePing(on, false, data, on.newPromise());
        handler.flush(on);
    }

    // What the peer sends

    @Override
    public void onSettingsRead(ChannelHandlerContext on, Http2Settings settings) {
        heard();
        if (!isReady) {
            isReady = true;
            transport.ready(this);
        } else {
            transport.serveWaiting();
        }
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext on,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean isLast) {
        onHeadersRead(on, streamId, headers, padding, isLast);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext on,
            int streamId,
            Http2Headers headers,
            int padding,
            boolean isLast) {
        heard();
        GrpcCall call = call(streamId);
        if (call == null) {
            return;
        }
        call.isAnswered = true;
        CharSequence status = headers.status();
        if (status != null) {
            call.httpStatus = parse(status);
            if (call.httpStatus >= 100 && call.httpStatus < 200) {
                return;
            }
            CharSequence type = headers.get(CONTENT_TYPE);
            call.contentType = type == null ? "" : type.toString();
            call.isGrpc = call.httpStatus == 200 && call.contentType.startsWith(GRPC_TYPE);
        }
        if (isLast) {
            end(call, outcome(call, headers));
        }
    }

    @Override
    public int onDataRead(
            ChannelHandlerContext on, int streamId, ByteBuf data, int padding, boolean isLast) {
        heard();
        int consumed = data.readableBytes() + padding;
        GrpcCall call = call(streamId);
        if (call != null) {
            call.addBody(data);
            if (isLast) {
                end(call, withoutStatus(call));
            }
        }
        return consumed;
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext on, int streamId, long errorCode) {
        heard();
        GrpcCall call = call(streamId);
        if (call == null) {
            return;
        }
        detach(streamId);
        if (errorCode == Http2Error.REFUSED_STREAM.code() && transport.move(call)) {
            return;
        }
        call.finish(unavailable("stream reset by the peer: error=" + name(errorCode)));
    }

    @Override
    public void onGoAwayRead(
            ChannelHandlerContext on, int lastStreamId, long errorCode, ByteBuf debugData) {
        heard();
        isDraining = true;
        ending = "connection ended by the peer: error=" + name(errorCode);
        if (errorCode == Http2Error.ENHANCE_YOUR_CALM.code() && keepalive != null) {
            keepalive.slowDown();
        }
        transport.draining(this);
        closeWhenIdle();
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext on, long data) {
        heard();
    }

    @Override
    public void onPingRead(ChannelHandlerContext on, long data) {
        heard();
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext on, int streamId, int increment) {
        heard();
    }

    private void heard() {
        lastReadNanos = transport.nanos();
    }

    private Outcome outcome(GrpcCall call, Http2Headers trailers) {
        CharSequence status = trailers.get(GRPC_STATUS);
        if (status == null) {
            return withoutStatus(call);
        }
        GrpcStatus code = GrpcStatus.parse(status);
        if (code == GrpcStatus.OK) {
            return call.success();
        }
        CharSequence message = trailers.get(GRPC_MESSAGE);
        return Answers.ofGrpc(
                code,
                message == null ? "" : GrpcText.decodeMessage(message),
                trailers.get(DETAILS));
    }

    private static Outcome withoutStatus(GrpcCall call) {
        return call.isGrpc
                ? unavailable("the answer ends without a grpc-status")
                : Answers.ofForeign(call.httpStatus, call.contentType);
    }

    private void end(GrpcCall call, Outcome outcome) {
        answers++;
        detach(call.streamId);
        Http2Stream stream = connection.stream(call.streamId);
        if (stream != null && stream.state().localSideOpen()) {
            // The peer has answered before it had read everything: the rest is not for anybody.
            reset(call.streamId);
        }
        call.finish(outcome);
    }

    private void reset(int streamId) {
        ChannelHandlerContext on = context();
        ChannelFuture _ =
                handler.resetStream(on, streamId, Http2Error.CANCEL.code(), on.newPromise());
        handler.flush(on);
    }

    private @Nullable GrpcCall call(int streamId) {
        Http2Stream stream = connection.stream(streamId);
        return stream == null ? null : stream.getProperty(callKey);
    }

    private void detach(int streamId) {
        Http2Stream stream = connection.stream(streamId);
        if (stream != null) {
            GrpcCall _ = stream.removeProperty(callKey);
        }
    }

    private void closeWhenIdle() {
        if (isDraining && connection.numActiveStreams() == 0) {
            ChannelFuture _ = channel.close();
        }
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext on = context;
        if (on == null) {
            throw new IllegalStateException("connection has not begun");
        }
        return on;
    }

    private static Outcome unavailable(String message) {
        return new Outcome.Retry(Outcome.Cause.UNAVAILABLE, message, 0);
    }

    private static String name(long errorCode) {
        Http2Error error = Http2Error.valueOf(errorCode);
        return error == null ? Long.toString(errorCode) : error.name();
    }

    private static int parse(CharSequence status) {
        int code = 0;
        for (int i = 0; i < status.length() && i < 3; i++) {
            int digit = status.charAt(i) - '0';
            code = digit < 0 || digit > 9 ? 0 : code * 10 + digit;
        }
        return code;
    }

    /// Streams that end without an answer: the connection ended, or the peer never looked at them.
    private final class StreamEnds extends Http2ConnectionAdapter {
        @Override
        public void onStreamClosed(Http2Stream stream) {
            GrpcCall call = stream.removeProperty(callKey);
            if (call != null) {
                boolean wasIgnored =
                        connection.goAwayReceived()
                                && stream.id() > connection.local().lastStreamKnownByPeer();
                // A connection that worked and ended before it answered this: perhaps it had been
                // idle for too long. One that never worked is no better when made anew.
                boolean isStale = isClosed && answers > 0 && !call.isAnswered;
                if (!((wasIgnored || isStale) && transport.move(call))) {
                    call.finish(unavailable(ending));
                }
            }
        }

        @Override
        public void onStreamRemoved(Http2Stream stream) {
            closeWhenIdle();
            transport.serveWaiting();
        }
    }

    /// Behind the HTTP/2 handler: what it lets through.
    private final class Tail extends ChannelInboundHandlerAdapter {
        @Override
        public void channelInactive(ChannelHandlerContext on) {
            isClosed = true;
            isDraining = true;
            transport.closed(GrpcConnection.this, ending);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext on, Throwable cause) {
            ending = "connection failed: " + Texts.printable(String.valueOf(cause));
            ChannelFuture _ = on.close();
        }
    }
}
