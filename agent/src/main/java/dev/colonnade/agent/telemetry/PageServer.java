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
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Serves pages to be read with GET over HTTP, on the admin loop: rendering a page delays no
/// telemetry.
@SuppressWarnings("FutureReturnValueIgnored") // of writes and closes whose end nobody waits for
public final class PageServer {
    /// Longer than any interval of scrapes and probes in use.
    private static final int IDLE_SECONDS = 300;

    /// Scrapers and probes come one or two at a time; whoever opens more is neither.
    private static final int CONNECTIONS_MAX = 64;

    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;

    private final Loops loops;
    private final String host;
    private final int port;
    private final String advice;
    private final Map<String, Supplier<Page>> pages;
    private final ChannelGroup open;
    private @Nullable PageFolder folder;

    /// A server on the one loop of `loops`, listening at `host`, empty for every address, and
    /// `port`, 0 for any.
    ///
    /// @param pages what is at each path, rendered for each request
    /// @param advice what to do where the address cannot be had, for the message that says so
    public PageServer(
            Loops loops, String host, int port, Map<String, Supplier<Page>> pages, String advice) {
        this.loops = loops;
        this.host = host;
        this.port = port;
        this.pages = Map.copyOf(pages);
        this.advice = advice;
        open = new DefaultChannelGroup(loops.loop(0), true);
    }

    /// Has `below` answer what lies below its path; before [#start].
    public PageServer with(PageFolder below) {
        folder = below;
        return this;
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
                    "cannot listen: address="
                            + host
                            + ":"
                            + port
                            + ", cause="
                            + e.getMessage()
                            + "; "
                            + advice,
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
                        new Handler(pages, folder));
    }

    static final class Handler extends SimpleChannelInboundHandler<Object> {
        private final Map<String, Supplier<Page>> pages;
        private final @Nullable PageFolder folder;

        /// Whether the last answer on this connection is under way.
        private boolean isStreaming;

        Handler(Map<String, Supplier<Page>> pages, @Nullable PageFolder folder) {
            this.pages = pages;
            this.folder = folder;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, Object message) {
            if (!(message instanceof HttpRequest request) || isStreaming) {
                return; // a body says nothing here
            }
            PageFolder below = folder;
            if (below != null
                    && request.decoderResult().isSuccess()
                    && request.method().equals(HttpMethod.GET)
                    && request.uri().startsWith(below.path())) {
                isStreaming = true;
                String name = path(request).substring(below.path().length());
                below.open(name, new PageStream(context, request.protocolVersion(), below.limit()));
                return;
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
                return response(Page.text(BAD_REQUEST, "not HTTP\n"));
            }
            PageFolder below = folder;
            if (below != null && request.uri().startsWith(below.path())) {
                return response(Page.text(METHOD_NOT_ALLOWED, "use GET\n"));
            }
            @Nullable Supplier<Page> page = pages.get(path(request));
            if (page == null) {
                String here = String.join(", ", new TreeSet<>(pages.keySet()));
                return response(Page.text(NOT_FOUND, "here are only: " + here + "\n"));
            }
            boolean reads =
                    request.method().equals(HttpMethod.GET)
                            || request.method().equals(HttpMethod.HEAD);
            return response(reads ? page.get() : Page.text(METHOD_NOT_ALLOWED, "use GET\n"));
        }

        private static String path(HttpRequest request) {
            int query = request.uri().indexOf('?');
            return query < 0 ? request.uri() : request.uri().substring(0, query);
        }

        static FullHttpResponse response(Page page) {
            FullHttpResponse response =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            HttpResponseStatus.valueOf(page.status()),
                            Unpooled.wrappedBuffer(page.body()));
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, page.contentType());
            return response;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close(); // a scraper that went away
        }
    }
}
