package dev.colonnade.benchmarks.sink;

import dev.colonnade.benchmarks.Http2;
import dev.colonnade.benchmarks.Loops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/// The sink's listeners, all on one event loop, which alone touches counts and checks.
// What a write or a close comes to shows as a closed channel.
@SuppressWarnings("FutureReturnValueIgnored")
public final class SinkServer implements AutoCloseable {
    /// The HTTP/2 window of each stream: enough for netty to keep a 1,000-record body moving (1
    /// MiB).
    private static final int STREAM_WINDOW = 1 << 20;

    private static final int CONNECTION_WINDOW = 4 << 20;
    private static final int READ_BYTES = 128 * 1024;

    private final EventLoopGroup loop;
    private final Channel grpc;
    private final Channel http;
    private final Channel control;

    /// Listens on loopback addresses.
    ///
    /// @param grpcPort 0 for any
    /// @param httpPort 0 for any
    /// @param controlPort for the sink's own pages, 0 for any
    /// @param frameBytesMax HTTP/2's MAX_FRAME_SIZE, 16,384 to 16,777,215
    SinkServer(int grpcPort, int httpPort, int controlPort, int frameBytesMax, Intake intake) {
        this.loop = Loops.single();
        Pages pages = new Pages(intake);
        this.grpc = listen(grpcPort, grpcInitializer(intake, frameBytesMax));
        this.http = listen(httpPort, httpInitializer(intake, pages));
        this.control = listen(controlPort, httpInitializer(intake, pages));
    }

    private Channel listen(int port, ChannelInitializer<Channel> initializer) {
        return new ServerBootstrap()
                .group(loop)
                .channel(Loops.serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
                .childHandler(initializer)
                .bind("127.0.0.1", port)
                .syncUninterruptibly()
                .channel();
    }

    private static ChannelInitializer<Channel> httpInitializer(Intake intake, Pages pages) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpEndpoint(intake, pages));
            }
        };
    }

    private static ChannelInitializer<Channel> grpcInitializer(Intake intake, int frameBytesMax) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                GrpcEndpoint endpoint = new GrpcEndpoint(intake);
                Http2Settings settings =
                        new Http2Settings()
                                .initialWindowSize(STREAM_WINDOW)
                                .maxConcurrentStreams(1000)
                                .maxFrameSize(frameBytesMax);
                Http2ConnectionHandler handler = Http2.handler(true, endpoint, settings);
                endpoint.attach(handler);
                channel.pipeline().addLast(handler).addLast(new WindowOpener(handler));
            }
        };
    }

    /// Opens the connection's window, which settings cannot.
    private static final class WindowOpener extends ChannelInboundHandlerAdapter {
        private final Http2ConnectionHandler handler;

        WindowOpener(Http2ConnectionHandler handler) {
            this.handler = handler;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) throws Http2Exception {
            handler.connection()
                    .local()
                    .flowController()
                    .incrementWindowSize(
                            handler.connection().connectionStream(), CONNECTION_WINDOW);
            context.flush();
            context.fireChannelActive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    /// The port of OTLP/gRPC.
    public int grpcPort() {
        return ((InetSocketAddress) grpc.localAddress()).getPort();
    }

    /// The port of OTLP/HTTP.
    public int httpPort() {
        return ((InetSocketAddress) http.localAddress()).getPort();
    }

    /// The port of the sink's own pages.
    public int controlPort() {
        return ((InetSocketAddress) control.localAddress()).getPort();
    }

    /// Completes when the listeners are closed.
    void awaitClose() throws InterruptedException {
        control.closeFuture().await();
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
