package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.KeepaliveConfig;
import io.netty.channel.EventLoop;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// The pings of one connection: a silent peer is asked, and given up when it does not answer.
final class Keepalive {
    private final KeepaliveConfig config;
    private final EventLoop loop;
    private final LongSupplier nanoClock;
    private long silenceNanos;
    private long pings;
    private boolean isWatching;

    Keepalive(KeepaliveConfig config, EventLoop loop, LongSupplier nanoClock) {
        this.config = config;
        this.loop = loop;
        this.nanoClock = nanoClock;
        silenceNanos = Math.max(1, config.time().toNanos());
    }

    /// Watches the connection from now on, until it ends or, where the user wants it so, has
    /// nothing under way.
    void watch(GrpcConnection connection) {
        if (!isWatching) {
            isWatching = true;
            look(connection, silenceNanos);
        }
    }

    /// The peer has asked for fewer pings.
    void slowDown() {
        silenceNanos *= 2;
    }

    private void look(GrpcConnection connection, long delayNanos) {
        Future<?> _ = loop.schedule(() -> check(connection), delayNanos, TimeUnit.NANOSECONDS);
    }

    private void check(GrpcConnection connection) {
        boolean isWanted = config.permitWithoutStream() || connection.calls() > 0;
        if (connection.isEnding() || !isWanted) {
            isWatching = false;
            return;
        }
        long silent = nanoClock.getAsLong() - connection.lastReadNanos();
        if (silent < silenceNanos) {
            look(connection, silenceNanos - silent);
            return;
        }
        long asked = nanoClock.getAsLong();
        connection.ping(++pings);
        Future<?> _ =
                loop.schedule(
                        () -> judge(connection, asked),
                        config.timeout().toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private void judge(GrpcConnection connection, long askedNanos) {
        if (connection.isEnding()) {
            return;
        }
        if (connection.lastReadNanos() - askedNanos < 0) {
            connection.close("no answer to a keepalive ping");
            return;
        }
        look(connection, silenceNanos);
    }
}
