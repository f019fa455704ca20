package dev.colonnade.benchmarks.sink;

import dev.colonnade.benchmarks.Http2;
import dev.colonnade.benchmarks.RetryInfo;
import dev.colonnade.benchmarks.data.Signal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One HTTP/2 connection to the sink: unary OTLP export calls.
///
/// Flow-control windows are given back as data arrives, since every body is copied out at once.
// What a write or a close comes to shows as a closed channel.
@SuppressWarnings("FutureReturnValueIgnored")
final class GrpcEndpoint extends Http2EventAdapter {
    private static final int PREFIX = 5;
    private static final Http2Headers HEADERS =
            new DefaultHttp2Headers(false).status("200").set(Http2.CONTENT_TYPE, Http2.GRPC);
    private static final Http2Headers TRAILERS =
            new DefaultHttp2Headers(false).set(Http2.GRPC_STATUS, AsciiString.cached("0"));
    private static final ByteBuf EMPTY_MESSAGE =
            Unpooled.unreleasableBuffer(
                    Unpooled.directBuffer(PREFIX).writeZero(PREFIX).asReadOnly());

    private final Intake intake;
    private final IntObjectHashMap<Call> calls = new IntObjectHashMap<>();
    private final ArrayDeque<Call> idle = new ArrayDeque<>();
    private @Nullable Http2ConnectionHandler handler;

    /// What has arrived of one call.
    private static final class Call {
        private @Nullable Signal signal;
        private String codec = "identity";
        private byte[] message = new byte[64 * 1024];
        private int length;
    }

    GrpcEndpoint(Intake intake) {
        this.intake = intake;
    }

    void attach(Http2ConnectionHandler owner) {
        handler = owner;
        owner.connection().addListener(this);
    }

    private Http2ConnectionHandler handler() {
        Http2ConnectionHandler owner = handler;
        if (owner == null) {
            throw new IllegalStateException("endpoint is not attached");
        }
        return owner;
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext context,
            int streamId,
            Http2Headers headers,
            int dependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean last) {
        onHeadersRead(context, streamId, headers, padding, last);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext context,
            int streamId,
            Http2Headers headers,
            int padding,
            boolean last) {
        Call call = idle.isEmpty() ? new Call() : idle.pop();
        call.length = 0;
        call.signal = signal(headers.path());
        CharSequence encoding = headers.get(Http2.GRPC_ENCODING);
        call.codec = encoding == null ? "identity" : encoding.toString();
        calls.put(streamId, call);
        if (last) {
            finish(context, streamId, call);
        }
    }

    @Override
    public int onDataRead(
            ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean last) {
        int length = data.readableBytes();
        Call call = calls.get(streamId);
        if (call != null) {
            if (call.length + length > call.message.length) {
                call.message =
                        Arrays.copyOf(
                                call.message,
                                Math.max(call.length + length, call.message.length * 2));
            }
            data.readBytes(call.message, call.length, length);
            call.length += length;
            if (last) {
                finish(context, streamId, call);
            }
        }
        return length + padding;
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
        Call call = calls.remove(stream.id());
        if (call != null) {
            idle.push(call);
        }
    }

    private void finish(ChannelHandlerContext context, int streamId, Call call) {
        Signal signal = call.signal;
        if (signal == null || call.length < PREFIX) {
            refuse(context, streamId, 12, -1);
            return;
        }
        String codec = call.message[0] == 0 ? "identity" : call.codec;
        Intake.Verdict verdict =
                intake.offer(call.message, PREFIX, call.length - PREFIX, codec, signal);
        long delay = intake.delayNanos();
        if (delay > 0) {
            context.executor()
                    .schedule(
                            () -> {
                                answer(context, streamId, verdict);
                                // The handler's own flush: it moves data past flow control.
                                handler().flush(context);
                            },
                            delay,
                            TimeUnit.NANOSECONDS);
        } else {
            answer(context, streamId, verdict);
        }
    }

    private void answer(ChannelHandlerContext context, int streamId, Intake.Verdict verdict) {
        Http2Stream stream = handler().connection().stream(streamId);
        if (stream == null || !context.channel().isActive()) {
            return;
        }
        switch (verdict) {
            case ACCEPT -> {
                handler()
                        .encoder()
                        .writeHeaders(context, streamId, HEADERS, 0, false, context.newPromise());
                handler()
                        .encoder()
                        .writeData(
                                context,
                                streamId,
                                EMPTY_MESSAGE.duplicate(),
                                0,
                                false,
                                context.newPromise());
                handler()
                        .encoder()
                        .writeHeaders(context, streamId, TRAILERS, 0, true, context.newPromise());
            }
            case REFUSE -> {
                Behaviour behaviour = intake.behaviour();
                refuse(context, streamId, behaviour.grpcStatus(), behaviour.retryMillis());
            }
            case MALFORMED -> refuse(context, streamId, 3, -1);
            case HANG -> {}
            case CLOSE -> context.channel().close();
        }
    }

    private void refuse(ChannelHandlerContext context, int streamId, int status, long retryMillis) {
        Http2Headers trailers =
                new DefaultHttp2Headers(false)
                        .status("200")
                        .set(Http2.CONTENT_TYPE, Http2.GRPC)
                        .set(Http2.GRPC_STATUS, Integer.toString(status));
        if (retryMillis >= 0) {
            trailers.set(Http2.GRPC_DETAILS, RetryInfo.encode(status, retryMillis * 1_000_000));
        }
        handler()
                .encoder()
                .writeHeaders(context, streamId, trailers, 0, true, context.newPromise());
    }

    private static @Nullable Signal signal(@Nullable CharSequence path) {
        for (Signal signal : Signal.values()) {
            if (path != null && signal.grpcPath().contentEquals(path)) {
                return signal;
            }
        }
        return null;
    }
}
