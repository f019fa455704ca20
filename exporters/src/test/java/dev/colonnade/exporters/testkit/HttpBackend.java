package dev.colonnade.exporters.testkit;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// An HTTP/1.1 server on Netty's codec.
@SuppressWarnings("FutureReturnValueIgnored") // a fault is a fault, whatever becomes of its write
final class HttpBackend extends ChannelInboundHandlerAdapter {
    private static final int BODY_BYTES_MAX = 64 << 20;

    private final Script script;
    private final int connection;

    HttpBackend(Script script, int connection) {
        this.script = script;
        this.connection = connection;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.pipeline()
                .addBefore(context.name(), null, new HttpServerCodec())
                .addBefore(context.name(), null, new HttpObjectAggregator(BODY_BYTES_MAX));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        FullHttpRequest request = (FullHttpRequest) message;
        byte[] body = new byte[request.content().readableBytes()];
        request.content().readBytes(body);
        Map<String, String> headers = new HashMap<>();
        request.headers()
                .forEach(entry ->
                        headers.put(entry.getKey().toLowerCase(Locale.ROOT), entry.getValue()));
        request.release();
        Received received =
                new Received(
                        script.received().size(),
                        request.uri(),
                        headers,
                        body,
                        headers.getOrDefault("content-encoding", ""),
                        connection);
        reply(context, script.reply(received));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }

    private static void reply(ChannelHandlerContext context, Reply reply) {
        switch (reply) {
            case Reply.Body body ->
                    respond(
                            context,
                            200,
                            Map.of("content-type", "application/x-protobuf"),
                            body.bytes());
            case Reply.Http http -> respond(context, http.status(), http.headers(), http.body());
            case Reply.Raw raw ->
                    context.writeAndFlush(Unpooled.wrappedBuffer(raw.bytes()))
                            .addListener(ChannelFutureListener.CLOSE);
            case Reply.Hang _ -> {}
            case Reply.Close _, Reply.Reset _, Reply.GoAway _ -> context.close();
            case Reply.Grpc _ -> throw new IllegalStateException("not over HTTP");
        }
    }

    private static void respond(
            ChannelHandlerContext context, int status, Map<String, String> headers, byte[] body) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(status),
                        Unpooled.wrappedBuffer(body));
        headers.forEach((name, value) -> response.headers().set(name, value));
        response.headers().set("content-length", body.length);
        context.writeAndFlush(response);
    }
}
