package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Balancer;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.delivery.Frame;
import dev.colonnade.exporters.delivery.Outcome;
import dev.colonnade.exporters.delivery.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Headers;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// OTLP over gRPC on one loop: one connection to each address, more where the peer allows too few
/// streams on one.
///
/// Names are looked up when a connection is needed and there is none with room, and again after one
/// has ended. Requests wait for a connection here, and fail together when there is none to be had.
final class GrpcTransport implements Transport {
    /// Connections of one loop at most, over all addresses.
    private static final int CONNECTIONS_MAX = 16;

    private static final long SETTINGS_MILLIS_MAX = 10_000;
    private static final long REFRESH_NANOS = Duration.ofSeconds(30).toNanos();

    private final ClientConnector connector;
    private final EventLoop loop;
    private final LongSupplier nanoClock;
    private final OtlpGrpcExporterConfig config;
    private final GrpcHeaders headers;
    private final List<GrpcConnection> connections = new ArrayList<>();
    private final ArrayDeque<GrpcCall> waiting = new ArrayDeque<>();
    private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
    private int turn;

    /// Lookups and connections that have begun and are not usable yet.
    private int pending;

    /// When to look for addresses again although there is a connection.
    private boolean wantsRefresh;

    private long refreshNanos;
    private boolean isClosing;

    GrpcTransport(
            ClientConnector connector,
            LongSupplier nanoClock,
            OtlpGrpcExporterConfig config,
            GrpcHeaders headers) {
        this.connector = connector;
        this.nanoClock = nanoClock;
        this.config = config;
        this.headers = headers;
        loop = connector.loop();
    }

    @Override
    public Call send(Frame frame, Answer answer) {
        GrpcCall call = new GrpcCall(this, frame, answer);
        dispatch(call);
        if (wantsRefresh && nanos() - refreshNanos >= 0) {
            wantsRefresh = false;
            grow();
        }
        return call;
    }

    @Override
    public CompletionStage<?> close() {
        if (!isClosing) {
            isClosing = true;
            waiting.clear();
            for (GrpcConnection connection : List.copyOf(connections)) {
                connection.close("the exporter is closed");
            }
            completeWhenClosed();
        }
        return closed;
    }

    /// Drops a call that waits for a connection.
    void forget(GrpcCall call) {
        waiting.remove(call);
    }

    /// Sends a call again on another connection, which the peer has not looked at; false when it
    /// was moved before.
    boolean move(GrpcCall call) {
        if (call.wasMoved || isClosing || !call.isOpen()) {
            return false;
        }
        call.wasMoved = true;
        call.connection = null;
        // Not within the end of the connection that it was on.
        loop.execute(() -> {
            if (call.isOpen()) {
                dispatch(call);
            }
        });
        return true;
    }

    Http2Headers headers(Frame frame) {
        return headers.of(frame);
    }

    long nanos() {
        return nanoClock.getAsLong();
    }

    /// Silence on a connection for so long, with a request on it, means that it is dead.
    long silenceNanosMax() {
        return config.timeout().isZero() ? Long.MAX_VALUE : config.timeout().toNanos();
    }

    // What connections tell

    /// The peer has said that it speaks HTTP/2.
    void ready(GrpcConnection connection) {
        pending--;
        serveWaiting();
    }

    /// It takes no new calls, but finishes those that it has.
    void draining(GrpcConnection connection) {
        refreshSoon();
    }

    /// It has ended.
    void closed(GrpcConnection connection, String why) {
        connections.remove(connection);
        if (connection.isUnproven()) {
            pending--;
            connectionFailed(why);
        }
        refreshSoon();
        // The streams' ends come after this.
        loop.execute(this::completeWhenClosed);
    }

    /// Starts what waits, where there is room.
    void serveWaiting() {
        while (!waiting.isEmpty()) {
            GrpcConnection connection = pick();
            if (connection == null) {
                return;
            }
            connection.start(waiting.remove());
        }
    }

    private void dispatch(GrpcCall call) {
        GrpcConnection connection = pick();
        if (connection != null) {
            connection.start(call);
            return;
        }
        waiting.add(call);
        grow();
    }

    /// The next connection with room, in turn; null when there is none.
    private @Nullable GrpcConnection pick() {
        for (int tried = 0; tried < connections.size(); tried++) {
            turn = turn + 1 < connections.size() ? turn + 1 : 0;
            GrpcConnection connection = connections.get(turn);
            if (connection.hasRoom()) {
                return connection;
            }
        }
        return null;
    }

    // Connecting

    private void grow() {
        if (pending > 0 || isClosing || connections.size() >= CONNECTIONS_MAX) {
            return;
        }
        pending++;
        connector.resolve(
                new ClientConnector.Resolved() {
                    @Override
                    public void addresses(List<SocketAddress> addresses) {
                        pending--;
                        connectTo(addresses);
                    }

                    @Override
                    public void failed(String message) {
                        pending--;
                        connectionFailed(message);
                    }
                });
    }

    private void connectTo(List<SocketAddress> addresses) {
        if (isClosing) {
            completeWhenClosed();
            return;
        }
        if (config.balancer() == Balancer.PICK_FIRST) {
            if (!waiting.isEmpty() || !hasUsable()) {
                connect(addresses, 0);
            }
            return;
        }
        int room = CONNECTIONS_MAX - connections.size();
        boolean isConnecting = false;
        for (SocketAddress address : addresses) {
            if (room > 0 && !isConnectedTo(address)) {
                connect(List.of(address), 0);
                isConnecting = true;
                room--;
            }
        }
        if (!isConnecting && !waiting.isEmpty()) {
            turn = (turn + 1) % addresses.size();
            connect(List.of(addresses.get(turn)), 0);
        }
    }

    private boolean isConnectedTo(SocketAddress address) {
        for (GrpcConnection connection : connections) {
            if (!connection.isEnding() && connection.address().equals(address)) {
                return true;
            }
        }
        return false;
    }

    /// Tries the addresses from that index on, one after the other.
    private void connect(List<SocketAddress> addresses, int index) {
        pending++;
        connector.connect(
                addresses.get(index),
                new ClientConnector.Connected() {
                    @Override
                    public void connected(Channel channel) {
                        begin(addresses.get(index), channel);
                    }

                    @Override
                    public void failed(String message) {
                        pending--;
                        if (index + 1 < addresses.size() && !isClosing) {
                            connect(addresses, index + 1);
                        } else {
                            connectionFailed(message);
                        }
                    }
                });
    }

    private void begin(SocketAddress address, Channel channel) {
        if (isClosing) {
            pending--;
            ChannelFuture _ =
                    channel.close().addListener((ChannelFutureListener) _ -> completeWhenClosed());
            return;
        }
        Keepalive keepalive =
                config.keepalive() == null
                        ? null
                        : new Keepalive(config.keepalive(), loop, nanoClock);
        GrpcConnection connection = new GrpcConnection(this, address, channel, keepalive);
        connections.add(connection);
        Future<?> _ =
                loop.schedule(
                        () -> {
                            if (connection.isUnproven()) {
                                connection.close("the peer does not speak HTTP/2 in time");
                            }
                        },
                        SETTINGS_MILLIS_MAX,
                        TimeUnit.MILLISECONDS);
    }

    /// One connection could not be made. When it was the last hope, nobody waits any more.
    private void connectionFailed(String message) {
        refreshAt(nanos() + REFRESH_NANOS);
        if (isClosing) {
            completeWhenClosed();
            return;
        }
        if (pending > 0 || hasUsable()) {
            return;
        }
        List<GrpcCall> failed = new ArrayList<>(waiting);
        waiting.clear();
        for (GrpcCall call : failed) {
            call.finish(new Outcome.Retry(Outcome.Cause.UNAVAILABLE, message, 0));
        }
    }

    private boolean hasUsable() {
        for (GrpcConnection connection : connections) {
            if (!connection.isEnding()) {
                return true;
            }
        }
        return false;
    }

    private void refreshSoon() {
        refreshAt(nanos());
    }

    private void refreshAt(long nanos) {
        if (!wantsRefresh || nanos - refreshNanos < 0) {
            wantsRefresh = true;
            refreshNanos = nanos;
        }
    }

    private void completeWhenClosed() {
        if (isClosing && pending == 0 && connections.isEmpty()) {
            closed.complete(null);
        }
    }
}
