package dev.colonnade.pipeline.receiver.otlp;

import static java.util.Objects.requireNonNull;

import dev.colonnade.pipeline.wire.RpcStatus;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An HTTP/2 client that does what it is told, frame by frame.
@SuppressWarnings("FutureReturnValueIgnored") // what fails to be sent is never answered
final class RawGrpc implements AutoCloseable {
    static final String LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

    /// What came on a stream until it ended.
    static final class Answer {
        private final Map<String, String> headers = new TreeMap<>();
        private final ByteArrayOutputStream data = new ByteArrayOutputStream();
        private final CompletableFuture<Answer> ended = new CompletableFuture<>();
        private final CompletableFuture<Long> reset = new CompletableFuture<>();

        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        int status() {
            return Integer.parseInt(headers.getOrDefault("grpc-status", "-1"));
        }

        String message() {
            return header("grpc-message");
        }

        byte[] data() {
            return data.toByteArray();
        }

        Optional<RpcStatus> details() {
            return Optional.ofNullable(headers.get("grpc-status-details-bin"))
                    .flatMap(RpcStatus::parseDetailsHeader);
        }
    }

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(
                    1, Thread.ofPlatform().daemon().factory(), NioIoHandler.newFactory());
    private final Map<Integer, Answer> answers = new ConcurrentHashMap<>();
    private final CompletableFuture<Long> goAway = new CompletableFuture<>();
    private final CompletableFuture<Long> pinged = new CompletableFuture<>();
    private final CompletableFuture<Void> settled = new CompletableFuture<>();
    private final Http2ConnectionHandler handler;
    private final Channel channel;
    private final ChannelHandlerContext context;
    private int nextStream = 1;
    private volatile CompletableFuture<Long> seen = new CompletableFuture<>();

    RawGrpc(int port) throws Exception {
        this(port, null, null);
    }

    /// @param pieces where what is sent is cut at random; null for whole
    RawGrpc(int port, @Nullable SslContext tls, @Nullable Random pieces) throws Exception {
        handler =
                new Http2ConnectionHandlerBuilder()
                        .server(false)
                        .initialSettings(Http2Settings.defaultSettings())
                        .encoderIgnoreMaxHeaderListSize(true)
                        .gracefulShutdownTimeoutMillis(0)
                        .frameListener(new Listener())
                        .build();
        channel =
                new Bootstrap()
                        .group(group)
                        .channel(NioSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .handler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel made) {
                                        if (tls != null) {
                                            made.pipeline().addLast(tls.newHandler(made.alloc()));
                                        }
                                        if (pieces != null) {
                                            made.pipeline().addLast(new Cutter(pieces));
                                        }
                                        made.pipeline().addLast(handler);
                                    }
                                })
                        .connect("127.0.0.1", port)
                        .sync()
                        .channel();
        context = channel.pipeline().context(handler);
        settled.get(Rig.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    static Http2Headers headers(String path, String... more) {
        Http2Headers headers =
                new DefaultHttp2Headers()
                        .method("POST")
                        .scheme("http")
                        .path(path)
                        .authority("x")
                        .add("content-type", "application/grpc")
                        .add("te", "trailers");
        for (int i = 0; i < more.length; i += 2) {
            headers.set(more[i], more[i + 1]);
        }
        return headers;
    }

    static byte[] message(byte[] bytes, boolean compressed) {
        return ByteBuffer.allocate(5 + bytes.length)
                .put((byte) (compressed ? 1 : 0))
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    /// Opens a stream and sends its headers.
    int open(Http2Headers headers, boolean end) throws Exception {
        return onLoop(() -> {
            int id = nextStream;
            nextStream += 2;
            answers.put(id, new Answer());
            handler.encoder().writeHeaders(context, id, headers, 0, end, promise());
            handler.flush(context);
            return id;
        });
    }

    /// Sends data as far as the windows allow, and the rest when they do.
    void data(int stream, byte[] bytes, int padding, boolean end) throws Exception {
        onLoop(() -> {
            handler.encoder()
                    .writeData(
                            context,
                            stream,
                            Unpooled.wrappedBuffer(bytes),
                            padding,
                            end,
                            promise());
            handler.flush(context);
            return true;
        });
    }

    void data(int stream, byte[] bytes, boolean end) throws Exception {
        data(stream, bytes, 0, end);
    }

    /// Sends a whole request.
    int send(byte[] bytes, String... more) throws Exception {
        int stream = open(headers(LOGS, more), false);
        data(stream, message(bytes, more.length > 0 && more[0].equals("grpc-encoding")), true);
        return stream;
    }

    /// Sends a whole request and waits for the end of its answer.
    Answer call(byte[] bytes, String... more) throws Exception {
        return answer(send(bytes, more));
    }

    Answer answer(int stream) throws Exception {
        return known(stream).ended.get(Rig.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    boolean isAnswered(int stream) {
        return known(stream).ended.isDone();
    }

    /// The code with which the peer resets a stream.
    long reset(int stream) throws Exception {
        return known(stream).reset.get(Rig.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    void resetStream(int stream) throws Exception {
        onLoop(() -> {
            handler.encoder().writeRstStream(context, stream, 8, promise());
            handler.flush(context);
            return true;
        });
    }

    void ping() throws Exception {
        onLoop(() -> {
            handler.encoder().writePing(context, false, 7, promise());
            handler.flush(context);
            return true;
        });
    }

    /// Waits until the peer has seen everything that was sent.
    void awaitSeen() throws Exception {
        seen = new CompletableFuture<>();
        ping();
        seen.get(Rig.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    /// The error code of the peer's GOAWAY.
    long goAway() throws Exception {
        return goAway.get(Rig.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    /// Waits until the peer pings.
    long pinged() throws Exception {
        return pinged.get(Rig.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    void awaitClosed() throws Exception {
        if (!channel.closeFuture().await(Rig.WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("connection is still open");
        }
    }

    /// Ends the connection with a reset.
    void abort() throws Exception {
        onLoop(() -> {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.unsafe().closeForcibly();
            return true;
        });
    }

    @Override
    public void close() {
        channel.close().awaitUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private Answer known(int stream) {
        return requireNonNull(answers.get(stream));
    }

    private ChannelPromise promise() {
        return context.newPromise();
    }

    private <T> T onLoop(Callable<T> task) throws Exception {
        return channel.eventLoop().submit(task).get(Rig.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private final class Listener extends Http2EventAdapter {
        @Override
        public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
            settled.complete(null);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx,
                int stream,
                Http2Headers headers,
                int dependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean end) {
            onHeadersRead(ctx, stream, headers, padding, end);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx,
                int stream,
                Http2Headers headers,
                int padding,
                boolean end) {
            Answer answer = known(stream);
            headers.forEach(entry ->
                    answer.headers.put(entry.getKey().toString(), entry.getValue().toString()));
            if (end) {
                answer.ended.complete(answer);
            }
        }

        @Override
        public int onDataRead(
                ChannelHandlerContext ctx, int stream, ByteBuf data, int padding, boolean end) {
            int count = data.readableBytes();
            byte[] bytes = new byte[count];
            data.readBytes(bytes);
            known(stream).data.writeBytes(bytes);
            return count + padding;
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext ctx, int stream, long errorCode) {
            known(stream).reset.complete(errorCode);
        }

        @Override
        public void onGoAwayRead(
                ChannelHandlerContext ctx, int lastStream, long errorCode, ByteBuf debug) {
            goAway.complete(errorCode);
        }

        @Override
        public void onPingAckRead(ChannelHandlerContext ctx, long data) {
            seen.complete(data);
        }

        @Override
        public void onPingRead(ChannelHandlerContext ctx, long data) {
            pinged.complete(data);
        }
    }

    /// Sends everything in pieces, each by itself.
    private static final class Cutter extends ChannelOutboundHandlerAdapter {
        private final Random random;

        Cutter(Random random) {
            this.random = random;
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ByteBuf bytes = (ByteBuf) message;
            while (bytes.readableBytes() > 1) {
                int count = 1 + random.nextInt(Math.min(bytes.readableBytes() - 1, 2000));
                ctx.writeAndFlush(bytes.readRetainedSlice(random.nextInt(4) == 0 ? 1 : count));
            }
            ctx.write(bytes, promise);
        }
    }
}
