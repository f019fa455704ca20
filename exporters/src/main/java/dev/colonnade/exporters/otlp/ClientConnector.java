package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Endpoint;
import dev.colonnade.pipeline.tls.Tls;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// Makes a loop's connections to one endpoint: looks up its name, connects, goes through a proxy,
/// shakes hands. Everything is told on the loop, and nothing blocks it.
final class ClientConnector {
    /// Who waits for addresses.
    interface Resolved {
        /// The addresses, in the order in which to try them, at least one.
        void addresses(List<SocketAddress> addresses);

        /// There are none, and why.
        void failed(String message);
    }

    /// Who waits for a connection.
    interface Connected {
        /// It is there; the protocol's handlers are to be added before this returns.
        void connected(Channel channel);

        /// It could not be made, and why.
        void failed(String message);
    }

    private static final int CONNECT_MILLIS_MAX = 5_000;

    /// Answers are short: a page is enough to read most of them at once.
    private static final int READ_BYTES = 4096;

    private static final int READ_BYTES_MAX = 64 << 10;

    private final EventLoop loop;
    private final Executor blocking;
    private final Endpoint target;
    private final @Nullable HttpProxy proxy;
    private final boolean tunnels;
    private final @Nullable Tls tls;
    private final String serverName;
    private final Bootstrap bootstrap;

    /// @param channel of TCP, or of unix sockets where the target is one
    /// @param blocking runs lookups
    /// @param tunnels whether a proxy is asked for a tunnel; otherwise it is spoken to itself
    /// @param tls null for none
    /// @param serverName what the certificate must name
    ClientConnector(
            EventLoop loop,
            Class<? extends Channel> channel,
            Executor blocking,
            Endpoint target,
            @Nullable HttpProxy proxy,
            boolean tunnels,
            @Nullable Tls tls,
            String serverName) {
        this.loop = loop;
        this.blocking = blocking;
        this.target = target;
        this.proxy = proxy;
        this.tunnels = tunnels;
        this.tls = tls;
        this.serverName = serverName;
        bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channel(channel)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new AdaptiveRecvByteBufAllocator(512, READ_BYTES, READ_BYTES_MAX));
        if (target.socket() == null) {
            bootstrap
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.SO_KEEPALIVE, true);
        }
    }

    EventLoop loop() {
        return loop;
    }

    /// Looks up the addresses to connect to, anew each time.
    void resolve(Resolved waiter) {
        String socket = target.socket();
        if (socket != null) {
            waiter.addresses(List.of(new DomainSocketAddress(socket)));
            return;
        }
        Endpoint endpoint = proxy == null ? target : proxy.endpoint();
        byte @Nullable [] literal = NetUtil.createByteArrayFromIpAddressString(endpoint.host());
        try {
            if (literal != null) {
                InetAddress address = InetAddress.getByAddress(literal);
                waiter.addresses(List.of(new InetSocketAddress(address, endpoint.port())));
                return;
            }
            blocking.execute(() -> lookUp(endpoint, waiter));
        } catch (UnknownHostException | RejectedExecutionException e) {
            waiter.failed("cannot look up " + endpoint.host() + ": " + e.getMessage());
        }
    }

    /// Connects to one of the addresses.
    void connect(SocketAddress address, Connected waiter) {
        boolean asksProxy = proxy != null && tunnels;
        ConnectHandler handler =
                new ConnectHandler(
                        target, asksProxy ? proxy : null, tls, serverName, address, waiter);
        ChannelFuture connecting = bootstrap.clone().handler(handler).connect(address);
        connecting.addListener(
                (ChannelFutureListener)
                        future -> {
                            if (!future.isSuccess()) {
                                handler.fail(future.channel(), String.valueOf(future.cause()));
                            }
                        });
    }

    /// Runs where blocking is allowed.
    private void lookUp(Endpoint endpoint, Resolved waiter) {
        List<SocketAddress> addresses = new ArrayList<>();
        String failure = "no address";
        try {
            for (InetAddress address : InetAddress.getAllByName(endpoint.host())) {
                addresses.add(new InetSocketAddress(address, endpoint.port()));
            }
        } catch (UnknownHostException e) {
            failure = "unknown host";
        }
        String message = "cannot look up " + endpoint.host() + ": " + failure;
        try {
            loop.execute(() -> {
                if (addresses.isEmpty()) {
                    waiter.failed(message);
                } else {
                    waiter.addresses(addresses);
                }
            });
        } catch (RejectedExecutionException _) {
            // The loop has ended, and with it whoever asked.
        }
    }
}
