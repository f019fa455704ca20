package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.wire.ContentType;
import dev.colonnade.pipeline.wire.GrpcMessage;
import dev.colonnade.pipeline.wire.GrpcText;
import dev.colonnade.pipeline.wire.RpcStatus;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.memory.OffHeap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One HTTP/2 connection of gRPC calls: opens their streams, gives windows, writes answers.
///
/// The connection's own window is always given back at once; what holds a sender back is the window
/// of its stream. A call that is refused before it was read is reset after its answer, and what is
/// still in flight of it is dropped unseen.
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the stream or connection
final class GrpcConnection extends Http2EventAdapter implements Connection, FrameSplitter.Answered {
    /// The connection's window: about what is in flight on a fast path, as measured.
    private static final int CONNECTION_WINDOW_BYTES = 1 << 20;

    /// A window is opened a little further than needed, so that some padding does no harm: without
    /// it a padded message would stop just before its end.
    private static final int WINDOW_SLACK_BYTES = 1024;

    /// Netty opens a window when what was read of it passes this share; for a stream whose window
    /// was measured for it that has to be at once.
    private static final float WINDOW_RATIO_AT_ONCE = 0.99999f;

    private static final int RESETS_KEPT = 256;
    private static final int STREAMS_KEPT_MAX = 32;
    private static final AsciiString POST = AsciiString.cached("POST");
    private static final AsciiString TE = AsciiString.cached("te");
    private static final AsciiString TRAILERS = AsciiString.cached("trailers");
    private static final AsciiString GRPC_ENCODING = AsciiString.cached("grpc-encoding");
    private static final AsciiString GRPC_TIMEOUT = AsciiString.cached("grpc-timeout");
    private static final Codec[] CODECS = Codec.values();

    private final ReceiverLoop loop;
    private final OtlpGrpcConfig config;
    private final GrpcAnswers answers;
    private final Meter meter;
    private final @Nullable Gate gate;
    private final GrpcKeepAlive keepAlive;
    private final ArrayDeque<GrpcStream> free = new ArrayDeque<>();
    private final int[] resets = new int[RESETS_KEPT];
    private int resetCount;
    private Http2Connection.@Nullable PropertyKey callKey;
    private @Nullable GrpcHandler handler;
    private @Nullable ChannelHandlerContext context;
    private boolean inRead;
    private boolean isOpened;
    private boolean isRetired;
    private boolean isClosed;
    private int rosterIndex = -1;

    /// @param gate where credentials are looked at; null where anybody may send
    GrpcConnection(
            ReceiverLoop loop,
            OtlpGrpcConfig config,
            GrpcAnswers answers,
            Meter meter,
            @Nullable Gate gate) {
        this.loop = loop;
        this.config = config;
        this.answers = answers;
        this.meter = meter;
        this.gate = gate;
        keepAlive = new GrpcKeepAlive(config.keepAlive(), loop.nanos());
    }

    void handler(GrpcHandler made) {
        handler = made;
        callKey = made.connection().newKey();
        made.connection().addListener(this);
    }

    void onAdded(ChannelHandlerContext ctx) {
        context = ctx;
        meter.connected();
        if (!loop.add(this)) {
            ctx.close();
        }
    }

    void onRead() {
        inRead = true;
        keepAlive.onRead(loop.nanos());
    }

    /// Netty flushes now.
    void onReadComplete() {
        inRead = false;
    }

    void onClosed() {
        if (!isClosed) {
            isClosed = true;
            meter.disconnected();
            loop.remove(this);
        }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
            throws Http2Exception {
        if (!isOpened) {
            isOpened = true;
            flowController()
                    .incrementWindowSize(
                            http2().connectionStream(),
                            CONNECTION_WINDOW_BYTES
                                    - flowController()
                                            .initialWindowSize(http2().connectionStream()));
        }
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
        if (!keepAlive.onPing(loop.nanos(), http2().numActiveStreams() > 0)) {
            throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "too_many_pings");
        }
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream) {
        onHeadersRead(ctx, streamId, headers, padding, endOfStream);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int padding,
            boolean endOfStream) {
        Http2Stream stream = http2().stream(streamId);
        if (stream == null) {
            return;
        }
        @Nullable GrpcStream call = stream.getProperty(callKey());
        if (call == null) {
            call = open(stream, headers, endOfStream);
        }
        if (endOfStream) {
            call.onEnd();
        }
    }

    @Override
    public int onDataRead(
            ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
            throws Http2Exception {
        Http2Stream stream = http2().stream(streamId);
        @Nullable GrpcStream call = stream == null ? null : stream.getProperty(callKey());
        if (call == null) {
            return data.readableBytes() + padding;
        }
        if (padding > 0 && !call.isAnswered()) {
            flowController().windowUpdateRatio(stream, WINDOW_RATIO_AT_ONCE);
        }
        call.onData(data, endOfStream);
        if (endOfStream) {
            call.onEnd();
        }
        return padding;
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
        @Nullable GrpcStream call = stream.removeProperty(callKey());
        if (call != null) {
            call.onClosed();
            if (free.size() < STREAMS_KEPT_MAX) {
                free.push(call);
            }
        }
    }

    @Override
    public boolean isReset(int streamId) {
        if (resetCount == 0) {
            return false;
        }
        Http2Stream stream = http2().stream(streamId);
        if (stream != null && !stream.isResetSent()) {
            return false;
        }
        for (int id : resets) {
            if (id == streamId) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean onReset(int streamId) {
        Http2Stream stream = http2().stream(streamId);
        if (stream == null || stream.isResetSent()) {
            return isReset(streamId);
        }
        @Nullable GrpcStream call = stream.getProperty(callKey());
        if (call == null || !call.isAnswered()) {
            return false;
        }
        handler().closeStream(stream, context().newSucceededFuture());
        return true;
    }

    @Override
    public void sweep(long now) {
        try {
            http2().forEachActiveStream(stream -> {
                @Nullable GrpcStream call = stream.getProperty(callKey());
                if (call != null) {
                    call.sweep(now);
                }
                return true;
            });
        } catch (Http2Exception failure) {
            handler().onError(context(), false, failure);
        }
        flushUnlessReading();
        switch (keepAlive.sweep(now, http2().numActiveStreams() > 0)) {
            case PING -> {
                handler().encoder().writePing(context(), false, now, context().newPromise());
                handler().flush(context());
            }
            case CLOSE -> cut();
            case RETIRE -> retire();
            case NONE -> {}
        }
    }

    @Override
    public void drain() {
        if (!isRetired) {
            isRetired = true;
            context().channel().close();
        }
    }

    @Override
    public void cut() {
        try {
            http2().forEachActiveStream(stream -> {
                onStreamClosed(stream);
                return true;
            });
        } catch (Http2Exception failure) {
            handler().onError(context(), false, failure);
        }
        onClosed();
        context().close();
    }

    @Override
    public int rosterIndex() {
        return rosterIndex;
    }

    @Override
    public void rosterIndex(int index) {
        rosterIndex = index;
    }

    /// Shows `message` the next bytes of its stream; see [GrpcMessage#accept].
    int accept(GrpcMessage message, ByteBuf data) {
        int length = data.readableBytes();
        if (data.hasMemoryAddress()) {
            return message.accept(data.memoryAddress() + data.readerIndex(), length);
        }
        long scratch = loop.scratch();
        int count = Math.min(length, GrpcMessage.PREFIX_BYTES);
        for (int index = 0; index < count; index++) {
            OffHeap.putByte(scratch + index, data.getByte(data.readerIndex() + index));
        }
        return message.accept(scratch, length);
    }

    /// Opens the window of `stream` for `bytes` more than it began with.
    void grantWindow(Http2Stream stream, int bytes) {
        try {
            DefaultHttp2LocalFlowController flow = flowController();
            flow.windowUpdateRatio(stream, WINDOW_RATIO_AT_ONCE);
            flow.incrementWindowSize(stream, bytes + WINDOW_SLACK_BYTES);
        } catch (Http2Exception failure) {
            handler().onError(context(), false, failure);
        }
    }

    void answerAccepted(GrpcStream call) {
        ChannelHandlerContext ctx = context();
        Http2ConnectionEncoder encoder = handler().encoder();
        int id = call.stream().id();
        keepAlive.onAnswer(loop.nanos());
        encoder.writeHeaders(ctx, id, answers.acceptedHeaders(), 0, false, ctx.newPromise());
        encoder.writeData(
                ctx, id, GrpcAnswers.emptyMessage(ctx.alloc()), 0, false, ctx.newPromise());
        encoder.writeHeaders(ctx, id, GrpcAnswers.ACCEPTED_TRAILERS, 0, true, ctx.newPromise());
        flushUnlessReading();
    }

    void answerRefused(GrpcStream call, RpcStatus status) {
        keepAlive.onAnswer(loop.nanos());
        answerEarly(call, answers.refused(status));
    }

    void flushUnlessReading() {
        if (!inRead) {
            handler().flush(context());
        }
    }

    private void answerEarly(GrpcStream call, Http2Headers headers) {
        ChannelHandlerContext ctx = context();
        Http2ConnectionEncoder encoder = handler().encoder();
        int id = call.stream().id();
        boolean isStopped = !call.hasEnded() && !call.endsWithinWindow();
        encoder.writeHeaders(ctx, id, headers, 0, true, ctx.newPromise());
        if (isStopped) {
            resets[resetCount++ % RESETS_KEPT] = id;
            encoder.writeRstStream(ctx, id, Http2Error.NO_ERROR.code(), ctx.newPromise());
        }
        flushUnlessReading();
    }

    /// Begins a call, or refuses it for what its headers say.
    private GrpcStream open(Http2Stream stream, Http2Headers headers, boolean endOfStream) {
        @Nullable GrpcStream reused = free.poll();
        GrpcStream call = reused == null ? new GrpcStream(this, loop, config, meter) : reused;
        stream.setProperty(callKey(), call);
        CharSequence path = headers.path();
        @Nullable RouteShard route = path == null ? null : GrpcMethods.route(path, loop);
        long patience = patience(headers.get(GRPC_TIMEOUT));
        @Nullable Codec codec = codec(headers.get(GRPC_ENCODING));
        call.begin(stream, route, codec == null ? Codec.IDENTITY : codec, patience, endOfStream);
        if (!POST.contentEquals(orEmpty(headers.method()))) {
            refuseOther(call, 405);
        } else if (ContentType.of(headers.get(HttpHeaderNames.CONTENT_TYPE)) != ContentType.GRPC) {
            refuseOther(call, 415);
        } else if (route == null) {
            call.refuse(Refusal.UNKNOWN, "unknown method: path=" + path);
        } else if (!TRAILERS.contentEqualsIgnoreCase(orEmpty(headers.get(TE)))) {
            call.refuse(
                    Refusal.MALFORMED,
                    "header is missing: te=trailers; a proxy in between may not support gRPC");
        } else if (codec == null) {
            call.refuse(
                    Refusal.UNSUPPORTED,
                    "unsupported grpc-encoding: " + headers.get(GRPC_ENCODING));
        } else if (patience < 0) {
            call.refuse(Refusal.MALFORMED, "malformed grpc-timeout: " + headers.get(GRPC_TIMEOUT));
        } else if (!call.keep(context().channel(), headers, route)) {
            call.refuse(Refusal.METADATA, Upload.METADATA_IS_FULL);
        } else if (gate != null) {
            call.check(gate, gate.verdict(headers::get), context().channel());
        }
        return call;
    }

    private void refuseOther(GrpcStream call, int httpStatus) {
        meter.refused(Refusal.UNSUPPORTED, 0);
        call.answered();
        answerEarly(call, GrpcAnswers.notGrpc(httpStatus));
    }

    private long patience(@Nullable CharSequence timeout) {
        return timeout == null ? loop.waitNanosMax() : GrpcText.parseTimeout(timeout);
    }

    private @Nullable Codec codec(@Nullable CharSequence encoding) {
        if (encoding == null) {
            return Codec.IDENTITY;
        }
        for (Codec codec : CODECS) {
            if (AsciiString.contentEquals(encoding, codec.label())) {
                return config.body().codecs().contains(codec) ? codec : null;
            }
        }
        return null;
    }

    private void retire() {
        long grace = config.keepAlive().connectionAgeGrace().toNanos();
        if (grace > 0) {
            handler().gracefulShutdownTimeoutMillis(TimeUnit.NANOSECONDS.toMillis(grace));
        }
        drain();
    }

    private static CharSequence orEmpty(@Nullable CharSequence value) {
        return value == null ? "" : value;
    }

    private DefaultHttp2LocalFlowController flowController() {
        return (DefaultHttp2LocalFlowController) handler().decoder().flowController();
    }

    private Http2Connection http2() {
        return handler().connection();
    }

    private Http2Connection.PropertyKey callKey() {
        Http2Connection.PropertyKey present = callKey;
        if (present == null) {
            throw new IllegalStateException("connection has no handler");
        }
        return present;
    }

    private GrpcHandler handler() {
        GrpcHandler present = handler;
        if (present == null) {
            throw new IllegalStateException("connection has no handler");
        }
        return present;
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext present = context;
        if (present == null) {
            throw new IllegalStateException("connection is not in a pipeline");
        }
        return present;
    }
}
