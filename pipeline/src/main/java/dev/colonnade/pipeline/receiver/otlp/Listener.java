package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.StartException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A listening socket, TCP or unix, whose connections are spread over all loops, up to a number,
/// and as far as the heap has room for them.
final class Listener {
    private static final int BACKLOG = 1024;

    /// Builds a connection's pipeline; on its loop.
    interface Setup {
        /// Adds the handlers of a new connection on the loop with that index.
        void connect(Channel channel, int loop);

        /// Counts a connection on the loop with that index that was one too many.
        void refuse(int loop);
    }

    private final String key;
    private final OtlpReceiverConfig.Endpoint endpoint;
    private final int connectionsMax;
    private final ConnectionRoom room;
    private final int connectionBytes;
    private final System.Logger logger;
    private final RefusalNotes notes;
    private final AtomicInteger connections = new AtomicInteger();
    private volatile @Nullable Channel channel;

    /// A listener at `endpoint`.
    ///
    /// @param key where the endpoint stands in the configuration, for messages
    /// @param connectionBytes what a connection takes of `room`
    /// @param notes when to tell of connections that were closed on arrival
    Listener(
            String key,
            OtlpReceiverConfig.Endpoint endpoint,
            int connectionsMax,
            ConnectionRoom room,
            int connectionBytes,
            System.Logger logger,
            RefusalNotes notes) {
        this.key = key;
        this.endpoint = endpoint;
        this.connectionsMax = connectionsMax;
        this.room = room;
        this.connectionBytes = connectionBytes;
        this.logger = logger;
        this.notes = notes;
    }

    /// Binds; returns when connections are accepted.
    ///
    /// @throws StartException when the address cannot be had, saying what to do
    void bind(Loops loops, Setup setup) throws StartException {
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loops.group())
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .childHandler(new Initializer(loops, setup));
        Path socket = endpoint.socket();
        if (socket != null) {
            bindUnix(bootstrap, loops, new UnixSocketFile(socket, key));
            return;
        }
        bootstrap
                .channel(loops.serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true);
        InetSocketAddress address =
                endpoint.host().isEmpty()
                        ? new InetSocketAddress(endpoint.port())
                        : new InetSocketAddress(endpoint.host(), endpoint.port());
        if (address.isUnresolved()) {
            throw new StartException(
                    "cannot listen on "
                            + endpoint
                            + ": no such host; set "
                            + key
                            + " to an address of this machine");
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new StartException(
                    "cannot listen on "
                            + endpoint
                            + ": "
                            + reason(bound.cause())
                            + "; stop what uses the port, or set "
                            + key
                            + " to another one",
                    bound.cause());
        }
        channel = bound.channel();
    }

    /// Whether it was bound and has not been closed since, by whomever.
    boolean isOpen() {
        Channel present = channel;
        return present != null && present.isOpen();
    }

    /// Where it listens, as configured.
    OtlpReceiverConfig.Endpoint endpoint() {
        return endpoint;
    }

    private void bindUnix(ServerBootstrap bootstrap, Loops loops, UnixSocketFile file)
            throws StartException {
        if (!loops.isNative()) {
            throw new StartException(
                    "cannot listen on "
                            + endpoint
                            + ": unix sockets need Linux's epoll, which cannot be used here; set "
                            + key
                            + " to host:port and transport to tcp");
        }
        file.makeWay();
        ChannelFuture bound =
                bootstrap
                        .channel(loops.unixServerChannel())
                        .bind(new DomainSocketAddress(file.path().toString()))
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new StartException(
                    "cannot listen on "
                            + endpoint
                            + ": "
                            + reason(bound.cause())
                            + "; set "
                            + key
                            + " to a file that can be made",
                    bound.cause());
        }
        channel = bound.channel();
        file.restrict();
    }

    /// The port that it got; 0 while it is not bound, and on a unix socket.
    int port() {
        Channel bound = channel;
        return bound != null && bound.localAddress() instanceof InetSocketAddress address
                ? address.getPort()
                : 0;
    }

    /// Accepts nothing more; completes when the port is free and connections that were accepted
    /// have reached their loops.
    CompletableFuture<@Nullable Void> close() {
        CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
        Channel bound = channel;
        if (bound == null) {
            closed.complete(null);
        } else {
            bound.close().addListener(_ -> closed.complete(null));
        }
        return closed;
    }

    private static String reason(@Nullable Throwable cause) {
        return cause == null || cause.getMessage() == null ? "unknown" : cause.getMessage();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // of closing a connection that nobody serves
    private final class Initializer extends ChannelInitializer<Channel> {
        private final Loops loops;
        private final Setup setup;

        Initializer(Loops loops, Setup setup) {
            this.loops = loops;
            this.setup = setup;
        }

        @Override
        protected void initChannel(Channel connection) {
            int loop = loops.indexOf(connection.eventLoop());
            int open = connections.incrementAndGet();
            if (open > connectionsMax || !room.take(connectionBytes)) {
                connections.decrementAndGet();
                setup.refuse(loop);
                connection.close();
                note(open > connectionsMax);
                return;
            }
            connection
                    .closeFuture()
                    .addListener(_ -> {
                        connections.decrementAndGet();
                        room.give(connectionBytes);
                    });
            setup.connect(connection, loop);
        }

        private void note(boolean isTooMany) {
            long count = notes.count();
            if (count == 0) {
                return;
            }
            logger.log(
                    System.Logger.Level.WARNING,
                    "closed connections on arrival: endpoint="
                            + key
                            + ", open="
                            + connections.get()
                            + ", closed in all="
                            + count
                            + ", cause="
                            + (isTooMany
                                    ? "no listener serves more"
                                    : "the heap has no room for more; a larger one has, -Xmx64m in"
                                            + " COLONNADE_JAVA_OPTS or, in the image,"
                                            + " _JAVA_OPTIONS"));
        }
    }
}
