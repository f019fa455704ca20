package dev.colonnade.exporters.testkit;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// A listener on the loopback, on a thread of its own, that speaks gRPC, HTTP/1.1 or nothing.
public final class Backend implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(
                    1, new DefaultThreadFactory("backend", true), NioIoHandler.newFactory());
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final AtomicInteger count = new AtomicInteger();
    private final Channel listener;

    private Backend(int port, @Nullable SslContext tls, IntFunction<ChannelHandler> handlers) {
        listener =
                new ServerBootstrap()
                        .group(group)
                        .channel(NioServerSocketChannel.class)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        connections.add(channel);
                                        if (tls != null) {
                                            channel.pipeline()
                                                    .addLast(tls.newHandler(channel.alloc()));
                                        }
                                        channel.pipeline()
                                                .addLast(handlers.apply(count.getAndIncrement()))
                                                .addLast(new Quiet());
                                    }
                                })
                        .bind("127.0.0.1", port)
                        .syncUninterruptibly()
                        .channel();
    }

    /// Speaks gRPC.
    public static Backend grpc(Script script) {
        return grpc(script, 0, null, 1000);
    }

    /// Speaks gRPC on a port, 0 for any, with TLS or without, and so many streams at once on a
    /// connection.
    public static Backend grpc(Script script, int port, @Nullable SslContext tls, int streams) {
        return new Backend(
                port, tls, connection -> GrpcBackend.handler(script, connection, streams));
    }

    /// Speaks HTTP/1.1.
    public static Backend http(Script script) {
        return http(script, 0, null);
    }

    /// Speaks HTTP/1.1 on a port, 0 for any, with TLS or without.
    public static Backend http(Script script, int port, @Nullable SslContext tls) {
        return new Backend(port, tls, connection -> new HttpBackend(script, connection));
    }

    /// Speaks HTTP/1.1 with something in front that sees the connection, and is sharable.
    public static Backend http(
            Script script, int port, @Nullable SslContext tls, ChannelHandler front) {
        return new Backend(
                port,
                tls,
                connection ->
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline()
                                        .addLast(front, new HttpBackend(script, connection));
                            }
                        });
    }

    /// Does with each connection what `handlers` say.
    public static Backend of(IntFunction<ChannelHandler> handlers) {
        return new Backend(0, null, handlers);
    }

    /// Where it listens.
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /// How many connections were made to it.
    public int connections() {
        return count.get();
    }

    /// Ends every connection, and goes on listening.
    public void disconnect() {
        connections.close().syncUninterruptibly();
    }

    /// A port on which nothing listens, or did a moment ago.
    public static int unusedPort() {
        try (Backend backend =
                of(_ ->
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {}
                        })) {
            return backend.port();
        }
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        connections.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /// Ends connections that break, without a word.
    private static final class Quiet extends ChannelInboundHandlerAdapter {
        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // broken already
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
