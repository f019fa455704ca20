package dev.colonnade.exporters;

import dev.colonnade.pipeline.Metric;
import dev.colonnade.storage.Signal;

/// The metrics of exporters, declared once.
public final class ExporterMetrics {
    /// From receipt to the first write of the request that carries it, for each request received.
    public static final Metric DELIVERY_SECONDS =
            Metric.histogram(
                    "colonnade_delivery_seconds",
                    "Time from receiving a request to its first write to the exporter's socket",
                    "exporter");

    /// Requests sent, by what became of them.
    public static final Metric ATTEMPTS =
            Metric.counter(
                    "colonnade_exporter_attempts",
                    "",
                    "Requests sent, each attempt counted, by outcome",
                    "exporter",
                    "outcome");

    /// Bytes of request bodies sent, each attempt counted.
    public static final Metric WIRE_BYTES =
            Metric.counter(
                    "colonnade_exporter_wire_bytes",
                    "bytes",
                    "Bytes of request bodies sent, each attempt counted",
                    "exporter");

    /// Whether the peer is up.
    public static final Metric UP =
            Metric.gauge(
                    "colonnade_exporter_up",
                    "",
                    "1 while requests flow, 0 while the exporter backs off",
                    "exporter");

    /// Requests without an answer.
    public static final Metric IN_FLIGHT =
            Metric.gauge(
                    "colonnade_exporter_in_flight_requests",
                    "",
                    "Requests sent and not answered yet",
                    "exporter");

    /// Attempts after the first.
    public static final Metric RETRIES =
            Metric.counter(
                    "colonnade_exporter_retries",
                    "",
                    "Attempts after the first one of the same request",
                    "exporter");

    /// Received requests that left as part of a larger one.
    public static final Metric MERGED =
            Metric.counter(
                    "colonnade_exporter_merged_requests",
                    "",
                    "Received requests that were sent together with others",
                    "exporter");

    /// Requests cut because they were larger than a limit, the exporter's or the peer's.
    public static final Metric SPLITS =
            Metric.counter(
                    "colonnade_exporter_splits",
                    "",
                    "Requests cut because of their size",
                    "exporter");

    /// Requests cut because the peer refused something in them.
    public static final Metric BISECTS =
            Metric.counter(
                    "colonnade_exporter_bisects",
                    "",
                    "Requests cut to find the records that the peer refuses",
                    "exporter");

    /// Request bodies by how they were made.
    public static final Metric FRAMES =
            Metric.counter(
                    "colonnade_exporter_frames",
                    "",
                    "Request bodies made: passed_through as compressed by the sender, plain as"
                            + " held, encoded anew",
                    "exporter",
                    "kind");

    /// Lines that a `debug` exporter could not write in time.
    public static final Metric LINES_DROPPED =
            Metric.counter(
                    "colonnade_exporter_lines_dropped",
                    "",
                    "Lines that were dropped because they could not be written in time",
                    "exporter");

    private ExporterMetrics() {}

    /// Records delivered, under the Collector's name for the signal.
    public static Metric sent(Signal signal) {
        return Metric.counter(
                "otelcol_exporter_sent_" + records(signal),
                "",
                "Number of " + words(signal) + " successfully sent to destination",
                "exporter");
    }

    /// Records given up, under the Collector's name for the signal.
    public static Metric sendFailed(Signal signal) {
        return Metric.counter(
                "otelcol_exporter_send_failed_" + records(signal),
                "",
                "Number of " + words(signal) + " that were given up: refused or expired",
                "exporter");
    }

    private static String records(Signal signal) {
        return switch (signal) {
            case LOGS -> "log_records";
            case TRACES -> "spans";
            case METRICS -> "metric_points";
        };
    }

    private static String words(Signal signal) {
        return records(signal).replace('_', ' ');
    }
}
