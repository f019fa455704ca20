package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.auth.AuthConfig;
import dev.colonnade.storage.Codec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a user can say about an `otlp` receiver; at least one of the protocols is there.
///
/// @param grpc `protocols.grpc`; null when it is off
/// @param http `protocols.http`; null when it is off
/// @param waiting how requests wait when memory is full
public record OtlpReceiverConfig(
        @Nullable OtlpGrpcConfig grpc, @Nullable OtlpHttpConfig http, Waiting waiting) {
    /// Checks that there is a protocol.
    public OtlpReceiverConfig {
        if (grpc == null && http == null) {
            throw new IllegalArgumentException(
                    "must specify at least one protocol when using the OTLP receiver");
        }
    }

    /// A configuration with the default way of waiting.
    public OtlpReceiverConfig(@Nullable OtlpGrpcConfig grpc, @Nullable OtlpHttpConfig http) {
        this(grpc, http, Waiting.DEFAULT);
    }

    /// Where a listener binds.
    ///
    /// @param host a name or an address; empty for every address of the machine
    /// @param port 0 for any free one, up to 65535
    /// @param socket the file of a unix socket, in place of host and port; null for TCP
    public record Endpoint(String host, int port, @Nullable Path socket) {
        /// What fits into `sockaddr_un` on Linux (unix(7)) with the zero at its end.
        public static final int SOCKET_PATH_BYTES_MAX = 107;

        /// Checks the port, or the length of the path.
        public Endpoint {
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException("invalid port: port=" + port);
            }
            if (socket != null) {
                int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
                if (bytes == 0 || bytes > SOCKET_PATH_BYTES_MAX) {
                    throw new IllegalArgumentException(
                            "path of a unix socket must have 1 to "
                                    + SOCKET_PATH_BYTES_MAX
                                    + " bytes: bytes="
                                    + bytes);
                }
            }
        }

        /// A TCP port.
        public Endpoint(String host, int port) {
            this(host, port, null);
        }

        /// A unix socket.
        public static Endpoint unix(Path socket) {
            return new Endpoint("", 0, socket);
        }

        @Override
        public String toString() {
            return socket != null
                    ? "unix:" + socket
                    : (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /// What is asked and kept of senders.
    ///
    /// @param includeMetadata `include_metadata`: whether what a request's head says may be asked
    ///   for behind the receiver
    /// @param auth `auth`: who may send; null for anybody who can connect
    public record Access(boolean includeMetadata, AuthConfig.@Nullable Server auth) {
        /// Anybody, and nothing is kept.
        public static final Access DEFAULT = new Access(false, null);
    }

    /// How large a request may be; the same on both protocols, so that a batch that passes one
    /// passes the other.
    ///
    /// @param messageBytesMax `max_recv_msg_size_mib` or `max_request_body_size`: as it arrives
    /// @param inflatedBytesMax after decompression
    /// @param ratioMax inflated bytes per compressed byte; small bodies may exceed it, see
    ///   [dev.colonnade.pipeline.wire.Decompressor]
    /// @param codecs what may be sent; always holds [Codec#IDENTITY]
    public record Body(int messageBytesMax, int inflatedBytesMax, int ratioMax, Set<Codec> codecs) {
        /// 16 MiB: four times what grpc-go grants, a little less than the Collector's HTTP limit,
        /// and well above what SDKs and Collectors batch.
        public static final int MESSAGE_BYTES_MAX_DEFAULT = 16 << 20;

        /// The largest message that can be configured: sizes are ints, and slabs round up.
        public static final int MESSAGE_BYTES_LIMIT = 1 << 30;

        /// Text deflates by 5 to 20; what deflates by more than 1000 was made to.
        public static final int RATIO_MAX_DEFAULT = 1000;

        private static final int INFLATED_PER_MESSAGE = 4;

        /// All codecs, 16 MiB.
        public static final Body DEFAULT = of(MESSAGE_BYTES_MAX_DEFAULT);

        /// Checks the sizes; the inflated size is at least the message size.
        public Body {
            if (messageBytesMax <= 0 || messageBytesMax > MESSAGE_BYTES_LIMIT) {
                throw new IllegalArgumentException(
                        "message size must be from 1 to "
                                + MESSAGE_BYTES_LIMIT
                                + " bytes: size="
                                + messageBytesMax);
            }
            if (ratioMax <= 0) {
                throw new IllegalArgumentException("ratio must be positive: ratio=" + ratioMax);
            }
            inflatedBytesMax = Math.max(inflatedBytesMax, messageBytesMax);
            EnumSet<Codec> all = EnumSet.of(Codec.IDENTITY);
            all.addAll(codecs);
            codecs = Set.copyOf(all);
        }

        /// All codecs, messages up to `messageBytesMax`, four times that after decompression.
        public static Body of(int messageBytesMax) {
            long inflated = (long) messageBytesMax * INFLATED_PER_MESSAGE;
            return new Body(
                    messageBytesMax,
                    (int) Math.min(inflated, MESSAGE_BYTES_LIMIT),
                    RATIO_MAX_DEFAULT,
                    EnumSet.allOf(Codec.class));
        }
    }

    /// When a peer is too slow.
    ///
    /// @param bodyTimeout how long a body may take as a whole; zero for no limit (`read_timeout`)
    /// @param stallTimeout how long a body may make less progress than `bytesPerSecondMin` demands;
    ///   zero turns the check off
    /// @param bytesPerSecondMin the least average rate over each stall timeout
    public record Pace(Duration bodyTimeout, Duration stallTimeout, int bytesPerSecondMin) {
        /// A body must bring 1 KiB a second, looked at every 10 s: a phone on a bad day is faster,
        /// and a thousand peers that trickle on purpose are cut before they hold much for long.
        public static final Pace DEFAULT = new Pace(Duration.ZERO, Duration.ofSeconds(10), 1024);

        /// Checks the rate.
        public Pace {
            if (bytesPerSecondMin < 0) {
                throw new IllegalArgumentException(
                        "rate must not be negative: rate=" + bytesPerSecondMin);
            }
        }
    }

    /// How requests wait when memory is full.
    ///
    /// @param timeout the longest wait; more than a second is cut to one
    /// @param waitersMax how many may wait on one loop at a time
    public record Waiting(Duration timeout, int waitersMax) {
        /// The longest wait that can be configured.
        public static final Duration TIMEOUT_MAX = Duration.ofSeconds(1);

        /// A second, 256 requests.
        public static final Waiting DEFAULT = new Waiting(TIMEOUT_MAX, 256);

        /// Bounds the timeout.
        public Waiting {
            if (waitersMax < 0) {
                throw new IllegalArgumentException(
                        "number of waiters must not be negative: waiters=" + waitersMax);
            }
            timeout = timeout.compareTo(TIMEOUT_MAX) > 0 ? TIMEOUT_MAX : timeout;
        }
    }
}
