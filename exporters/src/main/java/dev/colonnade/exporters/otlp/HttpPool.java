package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.HttpClientConfig;
import dev.colonnade.exporters.delivery.Outcome;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One loop's connections to one server. The one that was used last is used next, so that those
/// that are not needed become idle and end.
final class HttpPool {
    private final ClientConnector connector;
    private final EventLoop loop;
    private final LongSupplier nanoClock;
    private final InstantSource clock;
    private final int idleMax;
    private final int connectionsMax;
    private final long idleNanosMax;
    private final Runnable onClosed;
    private final List<HttpConnection> connections = new ArrayList<>();
    private final ArrayDeque<HttpConnection> idle = new ArrayDeque<>();
    private final ArrayDeque<HttpCall> waiting = new ArrayDeque<>();

    /// Lookups and connections that have begun and are not usable yet.
    private int pending;

    private boolean isSweeping;
    private boolean isClosing;

    /// @param loops how many loops share what the settings allow
    /// @param onClosed told after [#close] when a connection has ended
    HttpPool(
            ClientConnector connector,
            LongSupplier nanoClock,
            InstantSource clock,
            HttpClientConfig config,
            int loops,
            Runnable onClosed) {
        this.connector = connector;
        this.nanoClock = nanoClock;
        this.clock = clock;
        this.onClosed = onClosed;
        loop = connector.loop();
        idleMax = share(config.disableKeepAlives() ? -1 : config.maxIdleConns(), loops);
        connectionsMax = share(config.maxConns(), loops);
        idleNanosMax = config.idleConnTimeout().toNanos();
    }

    InstantSource clock() {
        return clock;
    }

    /// Sends a call on an idle connection, or on a new one.
    void send(HttpCall call) {
        HttpConnection connection = call.needsFresh ? null : idle.pollLast();
        if (connection != null) {
            connection.start(call);
            return;
        }
        waiting.add(call);
        grow();
    }

    /// Sends a call on a new connection: a kept one broke under it.
    void sendFresh(HttpCall call) {
        call.needsFresh = true;
        call.connection = null;
        if (isClosing) {
            return;
        }
        // Whoever closed that one is likely to have closed those, too.
        while (!idle.isEmpty()) {
            idle.remove().close("idle for too long");
        }
        send(call);
    }

    /// Drops a call that waits for a connection.
    void forget(HttpCall call) {
        waiting.remove(call);
    }

    void close() {
        isClosing = true;
        waiting.clear();
        idle.clear();
        for (HttpConnection connection : List.copyOf(connections)) {
            connection.close("the exporter is closed");
        }
    }

    /// Whether nothing is left after [#close].
    boolean isClosed() {
        return isClosing && pending == 0 && connections.isEmpty();
    }

    // What connections tell

    /// Its request has been answered and it can serve another.
    void idle(HttpConnection connection) {
        HttpCall next = waiting.poll();
        if (next != null) {
            connection.start(next);
            return;
        }
        if (isClosing || idle.size() >= idleMax) {
            connection.close("enough idle ones");
            return;
        }
        connection.idleSinceNanos = nanoClock.getAsLong();
        idle.addLast(connection);
        if (!isSweeping && idleNanosMax > 0) {
            isSweeping = true;
            sweepAfter(idleNanosMax);
        }
    }

    void closed(HttpConnection connection) {
        connections.remove(connection);
        idle.remove(connection);
        if (isClosing) {
            onClosed.run();
        } else if (!waiting.isEmpty()) {
            grow();
        }
    }

    // Connecting

    private void grow() {
        if (isClosing
                || pending >= waiting.size()
                || connections.size() + pending >= connectionsMax) {
            return;
        }
        pending++;
        connector.resolve(
                new ClientConnector.Resolved() {
                    @Override
                    public void addresses(List<SocketAddress> addresses) {
                        connect(addresses, 0);
                    }

                    @Override
                    public void failed(String message) {
                        connectionFailed(message);
                    }
                });
    }

    /// Tries the addresses from that index on, one after the other.
    private void connect(List<SocketAddress> addresses, int index) {
        connector.connect(
                addresses.get(index),
                new ClientConnector.Connected() {
                    @Override
                    public void connected(Channel channel) {
                        begin(channel);
                    }

                    @Override
                    public void failed(String message) {
                        if (index + 1 < addresses.size() && !isClosing) {
                            connect(addresses, index + 1);
                        } else {
                            connectionFailed(message);
                        }
                    }
                });
    }

    private void begin(Channel channel) {
        pending--;
        HttpConnection connection = new HttpConnection(this, channel);
        connections.add(connection);
        if (isClosing) {
            connection.close("the exporter is closed");
            return;
        }
        idle(connection);
    }

    private void connectionFailed(String message) {
        pending--;
        if (isClosing) {
            onClosed.run();
            return;
        }
        if (pending > 0 || connections.size() > idle.size()) {
            // Another connection is there or comes, and serves what waits.
            return;
        }
        List<HttpCall> failed = new ArrayList<>(waiting);
        waiting.clear();
        for (HttpCall call : failed) {
            call.finish(new Outcome.Retry(Outcome.Cause.UNAVAILABLE, message, 0));
        }
    }

    // Idle connections

    private void sweepAfter(long delayNanos) {
        Future<?> _ = loop.schedule(this::sweep, delayNanos, TimeUnit.NANOSECONDS);
    }

    private void sweep() {
        isSweeping = false;
        long now = nanoClock.getAsLong();
        @Nullable HttpConnection oldest = idle.peekFirst();
        while (oldest != null && now - oldest.idleSinceNanos >= idleNanosMax) {
            idle.removeFirst();
            oldest.close("idle for too long");
            oldest = idle.peekFirst();
        }
        if (oldest != null) {
            isSweeping = true;
            sweepAfter(idleNanosMax - (now - oldest.idleSinceNanos));
        }
    }

    private static int share(int count, int loops) {
        if (count < 0) {
            return 0;
        }
        return count == 0 ? Integer.MAX_VALUE : Math.max(1, count / loops);
    }
}
