package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Access;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Body;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Pace;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `protocols.grpc`.
///
/// @param endpoint where it listens
/// @param tls null for plain text
/// @param body how large messages may be
/// @param connectionsMax how many connections are served at a time; more are closed on arrival
/// @param streams HTTP/2's own limits
/// @param keepAlive pings, idle and aged connections
/// @param pace when a message comes in too slowly
/// @param access what is asked and kept of senders
public record OtlpGrpcConfig(
        Endpoint endpoint,
        @Nullable TlsServerConfig tls,
        Body body,
        int connectionsMax,
        Streams streams,
        KeepAlive keepAlive,
        Pace pace,
        Access access) {
    /// Enough for a node's pods; each costs some tens of kilobytes.
    public static final int CONNECTIONS_MAX_DEFAULT = 10_000;

    /// Checks the number of connections.
    public OtlpGrpcConfig {
        if (connectionsMax <= 0) {
            throw new IllegalArgumentException(
                    "number of connections must be positive: connections=" + connectionsMax);
        }
    }

    /// The defaults at `endpoint`.
    public static OtlpGrpcConfig at(Endpoint endpoint) {
        return new OtlpGrpcConfig(
                endpoint,
                null,
                Body.DEFAULT,
                CONNECTIONS_MAX_DEFAULT,
                Streams.DEFAULT,
                KeepAlive.DEFAULT,
                Pace.DEFAULT,
                Access.DEFAULT);
    }

    /// The same with another way of treating senders.
    public OtlpGrpcConfig withAccess(Access other) {
        return new OtlpGrpcConfig(
                endpoint, tls, body, connectionsMax, streams, keepAlive, pace, other);
    }

    /// HTTP/2's limits.
    ///
    /// @param concurrentMax `max_concurrent_streams`, per connection
    /// @param headerListBytesMax SETTINGS_MAX_HEADER_LIST_SIZE
    /// @param frameBytesMax SETTINGS_MAX_FRAME_SIZE, 16 KiB to 16 MiB
    /// @param initialWindowBytes SETTINGS_INITIAL_WINDOW_SIZE: what a stream may send before room
    ///   for its message is reserved
    /// @param waitingBytesMax memory set aside, per loop, for what streams that wait for room have
    ///   sent within that window
    public record Streams(
            int concurrentMax,
            int headerListBytesMax,
            int frameBytesMax,
            int initialWindowBytes,
            int waitingBytesMax) {
        /// A window of 64 KiB lets a request of a hundred-odd records come without a round trip;
        /// frames of 256 KiB because a DATA frame is passed on while it arrives and only its header
        /// costs.
        public static final Streams DEFAULT =
                new Streams(100, 16 << 10, 256 << 10, 64 << 10, 512 << 10);

        private static final int FRAME_BYTES_MIN = 16 << 10;
        private static final int FRAME_BYTES_LIMIT = (1 << 24) - 1;

        /// Checks the bounds that HTTP/2 sets.
        public Streams {
            if (concurrentMax <= 0 || headerListBytesMax <= 0) {
                throw new IllegalArgumentException(
                        "stream limits must be positive: streams="
                                + concurrentMax
                                + ", headers="
                                + headerListBytesMax);
            }
            if (initialWindowBytes < FRAME_BYTES_MIN) {
                throw new IllegalArgumentException(
                        "initial window must be at least "
                                + FRAME_BYTES_MIN
                                + " bytes: window="
                                + initialWindowBytes);
            }
            frameBytesMax = Math.clamp(frameBytesMax, FRAME_BYTES_MIN, FRAME_BYTES_LIMIT);
        }
    }

    /// `keepalive`; a zero duration turns a check off.
    ///
    /// @param connectionIdleMax `server_parameters.max_connection_idle`
    /// @param connectionAgeMax `server_parameters.max_connection_age`
    /// @param connectionAgeGrace `server_parameters.max_connection_age_grace`
    /// @param time `server_parameters.time`: after how much silence the server pings
    /// @param timeout `server_parameters.timeout`: how long it waits for the answer
    /// @param minTime `enforcement_policy.min_time`: how often a client may ping
    /// @param permitWithoutStream `enforcement_policy.permit_without_stream`
    public record KeepAlive(
            Duration connectionIdleMax,
            Duration connectionAgeMax,
            Duration connectionAgeGrace,
            Duration time,
            Duration timeout,
            Duration minTime,
            boolean permitWithoutStream) {
        /// As grpc-go, except that a client may ping every 10 s, streams or not: that is what
        /// clients commonly do, and a connection cut for it costs more than the ping.
        public static final KeepAlive DEFAULT =
                new KeepAlive(
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofHours(2),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(10),
                        true);

        /// The limits that have to be looked at in time.
        List<Duration> limits() {
            return List.of(connectionIdleMax, connectionAgeMax, connectionAgeGrace, time, timeout);
        }
    }
}
