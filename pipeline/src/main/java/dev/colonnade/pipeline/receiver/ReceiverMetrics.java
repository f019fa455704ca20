package dev.colonnade.pipeline.receiver;

import dev.colonnade.pipeline.Metric;
import dev.colonnade.storage.Signal;
import java.util.List;

/// What receivers measure. The `otelcol_` names are the Collector's.
public final class ReceiverMetrics {
    /// Requests that were not taken.
    public static final Metric REQUESTS_REFUSED =
            Metric.counter(
                    "colonnade_requests_refused",
                    "requests",
                    "Requests that were not taken, by the reason for it.",
                    "receiver",
                    "reason");

    /// Their size.
    public static final Metric REFUSED_BYTES =
            Metric.counter(
                    "colonnade_requests_refused_bytes",
                    "bytes",
                    "Body bytes of refused requests, as announced or as far as they were read.",
                    "receiver",
                    "reason");

    /// Body bytes from the wire.
    public static final Metric BYTES_RECEIVED =
            Metric.counter(
                    "colonnade_bytes_received",
                    "bytes",
                    "Body bytes read from the wire, compressed as they came.",
                    "receiver",
                    "transport");

    /// Body bytes that were copied on their way into the store's memory.
    public static final Metric BYTES_COPIED =
            Metric.counter(
                    "colonnade_bytes_copied",
                    "bytes",
                    "Body bytes copied between socket and store.",
                    "receiver",
                    "transport");

    /// How long a complete request waited for its answer.
    public static final Metric ACKNOWLEDGE =
            Metric.histogram(
                    "colonnade_acknowledge_seconds",
                    "From a request's last byte to its answer; its count is the requests answered.",
                    "receiver",
                    "transport");

    /// Connections open now.
    public static final Metric CONNECTIONS =
            Metric.gauge(
                    "colonnade_receiver_connections",
                    "connections",
                    "Connections open now.",
                    "receiver",
                    "transport");

    /// Requests that wait for room now.
    public static final Metric WAITERS =
            Metric.gauge(
                    "colonnade_receiver_waiting_requests",
                    "requests",
                    "Requests that wait for memory now.",
                    "receiver");

    private static final Metric ACCEPTED_SPANS = accepted("spans");
    private static final Metric ACCEPTED_POINTS = accepted("metric_points");
    private static final Metric ACCEPTED_LOGS = accepted("log_records");
    private static final Metric REFUSED_SPANS = refused("spans");
    private static final Metric REFUSED_POINTS = refused("metric_points");
    private static final Metric REFUSED_LOGS = refused("log_records");

    /// Every one of them.
    public static final List<Metric> ALL =
            List.of(
                    REQUESTS_REFUSED,
                    REFUSED_BYTES,
                    BYTES_RECEIVED,
                    BYTES_COPIED,
                    ACKNOWLEDGE,
                    CONNECTIONS,
                    WAITERS,
                    ACCEPTED_SPANS,
                    ACCEPTED_POINTS,
                    ACCEPTED_LOGS,
                    REFUSED_SPANS,
                    REFUSED_POINTS,
                    REFUSED_LOGS);

    private ReceiverMetrics() {}

    /// `otelcol_receiver_accepted_*` of a signal.
    public static Metric accepted(Signal signal) {
        return switch (signal) {
            case TRACES -> ACCEPTED_SPANS;
            case METRICS -> ACCEPTED_POINTS;
            case LOGS -> ACCEPTED_LOGS;
        };
    }

    /// `otelcol_receiver_refused_*` of a signal.
    public static Metric refused(Signal signal) {
        return switch (signal) {
            case TRACES -> REFUSED_SPANS;
            case METRICS -> REFUSED_POINTS;
            case LOGS -> REFUSED_LOGS;
        };
    }

    private static Metric accepted(String records) {
        return Metric.counter(
                "otelcol_receiver_accepted_" + records,
                "records",
                "Records taken into the stores.",
                "receiver",
                "transport");
    }

    private static Metric refused(String records) {
        return Metric.counter(
                "otelcol_receiver_refused_" + records,
                "records",
                "Records that had been counted when their request was refused.",
                "receiver",
                "transport");
    }
}
