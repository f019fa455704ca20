package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Http2;
import dev.colonnade.benchmarks.RetryInfo;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// OTLP/gRPC on one HTTP/2 connection, many unary calls at a time.
///
/// Honours the peer's windows, MAX_FRAME_SIZE and MAX_CONCURRENT_STREAMS. A call answered before
/// all of it was sent is reset, as gRPC clients do.
// What a write or a close comes to shows as a closed channel.
@SuppressWarnings("FutureReturnValueIgnored")
final class GrpcConnection implements Connection {
    private final Plan plan;
    private final Listener listener;
    private final Link link;
    private final Http2Headers headers;
    private final IntObjectHashMap<Call> calls = new IntObjectHashMap<>();
    private @Nullable Peer peer;

    GrpcConnection(EventLoop loop, Plan plan, Listener listener) {
        this.plan = plan;
        this.listener = listener;
        this.headers =
                new DefaultHttp2Headers(false)
                        .method("POST")
                        .scheme("http")
                        .path(plan.dataSet().signal().grpcPath())
                        .authority(plan.host() + ":" + plan.port())
                        .set(Http2.CONTENT_TYPE, Http2.GRPC)
                        .set(AsciiString.cached("te"), AsciiString.cached("trailers"))
                        .set(
                                AsciiString.cached("user-agent"),
                                AsciiString.cached("colonnade-load"));
        if (plan.compressed()) {
            headers.set(Http2.GRPC_ENCODING, plan.codec());
        }
        this.link = new Link(loop, plan, this::handlers, this::lost);
        link.connect();
    }

    private ChannelHandler[] handlers() {
        Peer next = new Peer();
        return new ChannelHandler[] {next.handler, new Peer.Events()};
    }

    @Override
    public boolean hasRoom() {
        Peer now = peer;
        return now != null
                && calls.size() < plan.inFlight()
                && now.handler.connection().local().canOpenStream();
    }

    @Override
    public void send(Call call, ByteBuf bytes) {
        Peer now = peer;
        if (now == null) {
            bytes.release();
            listener.answered(call, Answer.DISCONNECTED);
            return;
        }
        now.send(call, bytes);
    }

    @Override
    public void flush() {
        Channel channel = link.channel();
        if (channel != null) {
            channel.flush();
        }
    }

    @Override
    public void expire(long beforeNanos) {
        List<Integer> late = new ArrayList<>();
        calls.forEach((streamId, call) -> {
            if (call.sentNanos - beforeNanos < 0) {
                late.add(streamId);
            }
        });
        Peer now = peer;
        for (int streamId : late) {
            answer(streamId, Answer.TIMEOUT);
            if (now != null) {
                now.reset(streamId);
            }
        }
    }

    @Override
    public int inFlight() {
        return calls.size();
    }

    @Override
    public void close() {
        peer = null;
        link.close();
    }

    private void lost() {
        peer = null;
        List<Call> waiting = new ArrayList<>(calls.values());
        calls.clear();
        for (Call call : waiting) {
            listener.answered(call, Answer.DISCONNECTED);
        }
    }

    private void answer(int streamId, Answer answer) {
        Call call = calls.remove(streamId);
        if (call != null) {
            listener.answered(call, answer);
        }
        if (peer == null && calls.isEmpty()) {
            // The peer said goodbye, and this was the last call it still answered.
            link.drop();
        }
    }

    /// The HTTP/2 half of one socket.
    private final class Peer extends Http2EventAdapter {
        private final Http2ConnectionHandler handler;
        private @Nullable ChannelHandlerContext context;

        Peer() {
            this.handler = Http2.handler(false, this, new Http2Settings().pushEnabled(false));
            handler.connection().addListener(this);
        }

        void send(Call call, ByteBuf bytes) {
            ChannelHandlerContext here = context;
            if (here == null) {
                throw new IllegalStateException("connection is not up");
            }
            int streamId = handler.connection().local().incrementAndGetNextStreamId();
            calls.put(streamId, call);
            handler.encoder().writeHeaders(here, streamId, headers, 0, false, here.newPromise());
            handler.encoder().writeData(here, streamId, bytes, 0, true, here.newPromise());
        }

        void reset(int streamId) {
            ChannelHandlerContext here = context;
            Http2Stream stream = handler.connection().stream(streamId);
            if (here != null && stream != null) {
                handler.encoder()
                        .writeRstStream(
                                here, streamId, Http2Error.CANCEL.code(), here.newPromise());
                here.flush();
            }
        }

        @Override
        public void onSettingsRead(ChannelHandlerContext settled, Http2Settings settings) {
            if (context == null) {
                context = settled;
                peer = this;
                // After the link has noted its channel and the settings hold.
                settled.executor().execute(listener::connected);
            }
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext here,
                int streamId,
                Http2Headers received,
                int dependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean last) {
            onHeadersRead(here, streamId, received, padding, last);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext here,
                int streamId,
                Http2Headers received,
                int padding,
                boolean last) {
            CharSequence status = received.get(Http2.GRPC_STATUS);
            if (status == null) {
                if (last) {
                    answer(streamId, Answer.ofHttp(httpStatus(received), -1));
                }
                return;
            }
            CharSequence details = received.get(Http2.GRPC_DETAILS);
            long delay = details == null ? -1 : RetryInfo.decode(details);
            answer(streamId, Answer.ofGrpc(Integer.parseInt(status.toString()), delay));
            Http2Stream stream = handler.connection().stream(streamId);
            if (stream != null && stream.state().localSideOpen()) {
                reset(streamId);
            }
        }

        private int httpStatus(Http2Headers received) {
            CharSequence status = received.status();
            // 200 without a grpc-status is a broken answer, not a good one.
            return status == null || status.toString().equals("200")
                    ? 500
                    : Integer.parseInt(status.toString());
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext here, int streamId, long errorCode) {
            boolean refused = errorCode == Http2Error.REFUSED_STREAM.code();
            answer(
                    streamId,
                    new Answer(
                            refused ? Answer.Kind.RETRYABLE : Answer.Kind.LOST,
                            "rst_" + errorCode,
                            -1));
        }

        @Override
        public void onStreamClosed(Http2Stream stream) {
            answer(stream.id(), Answer.DISCONNECTED);
        }

        @Override
        public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
            if (peer == this) {
                peer = null;
                if (calls.isEmpty()) {
                    link.drop();
                }
            }
        }

        /// Closes the socket after an error that HTTP/2 has not answered.
        private static final class Events extends ChannelInboundHandlerAdapter {
            @Override
            public void exceptionCaught(ChannelHandlerContext here, Throwable cause) {
                here.close();
            }
        }
    }
}
