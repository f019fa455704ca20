package dev.colonnade.exporters.testkit;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A gRPC server on Netty's HTTP/2.
@SuppressWarnings("FutureReturnValueIgnored") // a fault is a fault, whatever becomes of its write
final class GrpcBackend extends Http2FrameAdapter {
    private final Script script;
    private final int connection;
    private final Map<Integer, Map<String, String>> headers = new HashMap<>();
    private final Map<Integer, ByteArrayOutputStream> bodies = new HashMap<>();
    private @Nullable Http2ConnectionHandler handler;

    private GrpcBackend(Script script, int connection) {
        this.script = script;
        this.connection = connection;
    }

    static ChannelHandler handler(Script script, int connection, int streams) {
        GrpcBackend backend = new GrpcBackend(script, connection);
        Http2ConnectionHandler handler =
                new Http2ConnectionHandlerBuilder()
                        .server(true)
                        .frameListener(backend)
                        .gracefulShutdownTimeoutMillis(0)
                        .initialSettings(
                                Http2Settings.defaultSettings().maxConcurrentStreams(streams))
                        .build();
        backend.handler = handler;
        return handler;
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext context,
            int stream,
            Http2Headers request,
            int dependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean isLast) {
        onHeadersRead(context, stream, request, padding, isLast);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext context,
            int stream,
            Http2Headers request,
            int padding,
            boolean isLast) {
        Map<String, String> all = new HashMap<>();
        request.forEach(entry -> all.put(entry.getKey().toString(), entry.getValue().toString()));
        headers.put(stream, all);
        bodies.put(stream, new ByteArrayOutputStream());
    }

    @Override
    public int onDataRead(
            ChannelHandlerContext context, int stream, ByteBuf data, int padding, boolean isLast) {
        int count = data.readableBytes();
        byte[] bytes = new byte[count];
        data.readBytes(bytes);
        requireNonNull(bodies.get(stream)).writeBytes(bytes);
        if (isLast) {
            answer(context, stream);
        }
        return count + padding;
    }

    private void answer(ChannelHandlerContext context, int stream) {
        byte[] message = requireNonNull(bodies.remove(stream)).toByteArray();
        Map<String, String> request = requireNonNull(headers.remove(stream));
        int length =
                ((message[1] & 0xff) << 24)
                        | ((message[2] & 0xff) << 16)
                        | ((message[3] & 0xff) << 8)
                        | (message[4] & 0xff);
        if (length != message.length - 5) {
            throw new IllegalStateException("length=" + length + ", body=" + message.length);
        }
        byte[] body = new byte[length];
        System.arraycopy(message, 5, body, 0, length);
        String encoding = message[0] == 1 ? request.getOrDefault("grpc-encoding", "?") : "";
        Received received =
                new Received(
                        script.received().size(),
                        request.getOrDefault(":path", ""),
                        request,
                        body,
                        encoding,
                        connection);
        reply(context, stream, script.reply(received));
        handler().flush(context);
    }

    private void reply(ChannelHandlerContext context, int stream, Reply reply) {
        switch (reply) {
            case Reply.Body body -> {
                headers(context, stream, grpc(), false);
                ByteBuf prefix = Unpooled.buffer(5).writeByte(0).writeInt(body.bytes().length);
                ByteBuf message =
                        Unpooled.wrappedBuffer(prefix, Unpooled.wrappedBuffer(body.bytes()));
                handler()
                        .encoder()
                        .writeData(context, stream, message, 0, false, context.newPromise());
                headers(context, stream, new DefaultHttp2Headers().set("grpc-status", "0"), true);
            }
            case Reply.Grpc status -> {
                Http2Headers trailers =
                        grpc().set("grpc-status", Integer.toString(status.code()))
                                .set("grpc-message", status.message().replace("%", "%25"));
                if (!status.details().isEmpty()) {
                    trailers.set("grpc-status-details-bin", status.details());
                }
                headers(context, stream, trailers, true);
            }
            case Reply.Http http -> {
                Http2Headers answer =
                        new DefaultHttp2Headers()
                                .status(Integer.toString(http.status()))
                                .set("content-type", "text/html");
                headers(context, stream, answer, true);
            }
            case Reply.Raw raw -> {
                context.writeAndFlush(Unpooled.wrappedBuffer(raw.bytes()));
                context.close();
            }
            case Reply.GoAway _ -> {
                handler()
                        .goAway(
                                context,
                                Math.max(0, stream - 2),
                                0,
                                Unpooled.EMPTY_BUFFER,
                                context.newPromise());
                context.flush();
            }
            case Reply.Reset reset ->
                    handler()
                            .encoder()
                            .writeRstStream(context, stream, reset.error(), context.newPromise());
            case Reply.Hang _ -> {}
            case Reply.Close _ -> context.channel().close();
        }
    }

    private void headers(
            ChannelHandlerContext context, int stream, Http2Headers answer, boolean isLast) {
        handler().encoder().writeHeaders(context, stream, answer, 0, isLast, context.newPromise());
    }

    private static Http2Headers grpc() {
        return new DefaultHttp2Headers().status("200").set("content-type", "application/grpc");
    }

    private Http2ConnectionHandler handler() {
        Http2ConnectionHandler own = handler;
        if (own == null) {
            throw new IllegalStateException();
        }
        return own;
    }
}
