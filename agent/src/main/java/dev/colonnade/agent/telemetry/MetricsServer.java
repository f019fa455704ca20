package dev.colonnade.agent.telemetry;

import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.StartException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Serves `/metrics` over HTTP.
///
/// It has a loop of its own, so that rendering a page delays no telemetry.
@SuppressWarnings("FutureReturnValueIgnored") // of writes and closes whose end nobody waits for
public final class MetricsServer {
    private static final String PATH = "/metrics";

    /// Longer than any scrape interval in use.
    private static final int IDLE_SECONDS = 300;

    /// Scrapers come one or two at a time; whoever opens more connections is not scraping.
    private static final int CONNECTIONS_MAX = 64;

    private final Loops loops;
    private final Metrics metrics;
    private final String host;
    private final int port;
    private final ChannelGroup open;

    /// A server on the one loop of `loops`, listening at `host` and `port`, 0 for any.
    public MetricsServer(Loops loops, Metrics metrics, String host, int port) {
        this.loops = loops;
        this.metrics = metrics;
        this.host = host;
        this.port = port;
        open = new DefaultChannelGroup(loops.loop(0), true);
    }

    /// Opens the listener.
    ///
    /// @return where it listens
    /// @throws StartException when the address is in use or none of this machine's
    public InetSocketAddress start() throws StartException {
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loops.group())
                        .channel(loops.serverChannel())
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        accept(channel);
                                    }
                                });
        InetSocketAddress address =
                host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
        try {
            Channel bound = bootstrap.bind(address).syncUninterruptibly().channel();
            open.add(bound);
            return (InetSocketAddress) bound.localAddress();
        } catch (Exception e) {
            throw new StartException(
                    "cannot serve metrics: address="
                            + host
                            + ":"
                            + port
                            + ", cause="
                            + e.getMessage()
                            + "; set service::telemetry::metrics::readers to another port, or"
                            + " level: none",
                    e);
        }
    }

    /// Closes listener and connections; legal before [#start].
    public CompletionStage<?> close() {
        CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
        open.close().addListener(_ -> closed.complete(null));
        return closed;
    }

    private void accept(SocketChannel channel) {
        if (open.size() > CONNECTIONS_MAX) {
            channel.close();
            return;
        }
        open.add(channel);
        channel.pipeline()
                .addLast(
                        new HttpServerCodec(),
                        new ReadTimeoutHandler(IDLE_SECONDS),
                        new Handler(metrics));
    }

    private static final class Handler extends SimpleChannelInboundHandler<Object> {
        private final Metrics metrics;

        Handler(Metrics metrics) {
            this.metrics = metrics;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, Object message) {
            if (!(message instanceof HttpRequest request)) {
                return; // a body says nothing here
            }
            boolean keepAlive =
                    HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
            FullHttpResponse response = answer(request);
            HttpUtil.setContentLength(response, response.content().readableBytes());
            HttpUtil.setKeepAlive(response, keepAlive);
            if (request.method().equals(HttpMethod.HEAD)) {
                response.content().clear();
            }
            ChannelFuture written = context.writeAndFlush(response);
            if (!keepAlive) {
                written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        private FullHttpResponse answer(HttpRequest request) {
            if (!request.decoderResult().isSuccess()) {
                return text(HttpResponseStatus.BAD_REQUEST, "not HTTP\n");
            }
            int query = request.uri().indexOf('?');
            String path = query < 0 ? request.uri() : request.uri().substring(0, query);
            if (!path.equals(PATH)) {
                return text(HttpResponseStatus.NOT_FOUND, "only " + PATH + " is here\n");
            }
            boolean reads =
                    request.method().equals(HttpMethod.GET)
                            || request.method().equals(HttpMethod.HEAD);
            if (!reads) {
                return text(HttpResponseStatus.METHOD_NOT_ALLOWED, "use GET\n");
            }
            return response(HttpResponseStatus.OK, Metrics.CONTENT_TYPE, metrics.scrape());
        }

        private static FullHttpResponse text(HttpResponseStatus status, String text) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            return response(status, "text/plain; charset=utf-8", body);
        }

        private static FullHttpResponse response(
                HttpResponseStatus status, String contentType, byte[] body) {
            FullHttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
            return response;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close(); // a scraper that went away
        }
    }
}
