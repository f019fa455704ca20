package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Access;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Body;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Pace;
import dev.colonnade.storage.Signal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// `protocols.http`.
///
/// @param endpoint where it listens
/// @param tls null for plain text
/// @param body how large bodies may be
/// @param connectionsMax how many connections are served at a time; more are closed on arrival
/// @param paths where each signal is taken
/// @param headerBytesMax the largest head of a request
/// @param readHeaderTimeout `read_header_timeout`: how long a head may take from its first byte on;
///   zero for no limit
/// @param idleTimeout `idle_timeout`: how long a connection may stay without a request; zero for no
///   limit
/// @param pace when a body comes in too slowly
/// @param cors which pages in browsers may send; null for none
/// @param access what is asked and kept of senders
public record OtlpHttpConfig(
        Endpoint endpoint,
        @Nullable TlsServerConfig tls,
        Body body,
        int connectionsMax,
        Paths paths,
        int headerBytesMax,
        Duration readHeaderTimeout,
        Duration idleTimeout,
        Pace pace,
        @Nullable CorsConfig cors,
        Access access) {
    /// The largest head, 16 KiB.
    public static final int HEADER_BYTES_MAX_DEFAULT = 16 << 10;

    /// A head comes in one piece, or somebody plays for time.
    public static final Duration READ_HEADER_TIMEOUT_DEFAULT = Duration.ofSeconds(10);

    /// Longer than the export interval of SDKs (a minute for metrics), so that they find their
    /// connection again.
    public static final Duration IDLE_TIMEOUT_DEFAULT = Duration.ofMinutes(5);

    /// Checks the numbers.
    public OtlpHttpConfig {
        if (connectionsMax <= 0 || headerBytesMax <= 0) {
            throw new IllegalArgumentException(
                    "limits must be positive: connections="
                            + connectionsMax
                            + ", headers="
                            + headerBytesMax);
        }
    }

    /// The defaults at `endpoint`.
    public static OtlpHttpConfig at(Endpoint endpoint) {
        return new OtlpHttpConfig(
                endpoint,
                null,
                Body.DEFAULT,
                OtlpGrpcConfig.CONNECTIONS_MAX_DEFAULT,
                Paths.DEFAULT,
                HEADER_BYTES_MAX_DEFAULT,
                READ_HEADER_TIMEOUT_DEFAULT,
                IDLE_TIMEOUT_DEFAULT,
                Pace.DEFAULT,
                null,
                Access.DEFAULT);
    }

    /// The same for pages in browsers too.
    public OtlpHttpConfig withCors(CorsConfig pages) {
        return new OtlpHttpConfig(
                endpoint,
                tls,
                body,
                connectionsMax,
                paths,
                headerBytesMax,
                readHeaderTimeout,
                idleTimeout,
                pace,
                pages,
                access);
    }

    /// The same with another way of treating senders.
    public OtlpHttpConfig withAccess(Access other) {
        return new OtlpHttpConfig(
                endpoint,
                tls,
                body,
                connectionsMax,
                paths,
                headerBytesMax,
                readHeaderTimeout,
                idleTimeout,
                pace,
                cors,
                other);
    }

    /// `logs_url_path`, `traces_url_path` and `metrics_url_path`; a missing `/` is added.
    public record Paths(String logs, String traces, String metrics) {
        /// Those of the OTLP specification.
        public static final Paths DEFAULT = new Paths("/v1/logs", "/v1/traces", "/v1/metrics");

        /// Adds the slash in front.
        public Paths {
            logs = rooted(logs);
            traces = rooted(traces);
            metrics = rooted(metrics);
        }

        /// The path of a signal.
        public String of(Signal signal) {
            return switch (signal) {
                case LOGS -> logs;
                case TRACES -> traces;
                case METRICS -> metrics;
            };
        }

        private static String rooted(String path) {
            return path.startsWith("/") ? path : "/" + path;
        }
    }
}
