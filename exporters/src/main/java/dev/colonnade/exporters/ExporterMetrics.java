package dev.colonnade.exporters;

import dev.colonnade.pipeline.Metric;
import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The metrics of exporters, declared once. The `otelcol_` names are the Collector's.
public final class ExporterMetrics {
    /// From receipt to the first write of the request that carries it, for each request received.
    public static final Metric DELIVERY_SECONDS =
            Metric.histogram(
                    "colonnade_delivery_seconds",
                    "Time from receiving a request to its first write to the exporter's socket.",
                    "exporter");

    /// From storing to the exporter's taking it, for each request received.
    public static final Metric QUEUE_WAIT_SECONDS =
            Metric.histogram(
                    "colonnade_queue_wait_seconds",
                    "Time from storing a request to the exporter's taking it to be sent.",
                    "exporter");

    /// Requests sent, by what became of them.
    public static final Metric ATTEMPTS =
            counter(
                    "colonnade_exporter_attempts",
                    "requests",
                    "Requests sent, each attempt counted, by outcome.",
                    "outcome");

    /// Bytes of request bodies sent, each attempt counted.
    public static final Metric WIRE_BYTES =
            counter(
                    "colonnade_exporter_wire_bytes",
                    "bytes",
                    "Bytes of request bodies sent, each attempt counted.");

    /// Whether the peer is up.
    public static final Metric UP =
            Metric.gauge(
                    "colonnade_exporter_up",
                    "boolean",
                    "1 while requests flow, 0 while the exporter backs off.",
                    "exporter");

    /// Requests without an answer.
    public static final Metric IN_FLIGHT =
            Metric.gauge(
                    "otelcol_exporter_in_flight_requests",
                    "requests",
                    "Requests sent and not answered yet.",
                    "exporter");

    /// Attempts after the first.
    public static final Metric RETRIES =
            counter(
                    "colonnade_exporter_retries",
                    "requests",
                    "Attempts after the first one of the same request.");

    /// Received requests that left as part of a larger one.
    public static final Metric MERGED =
            counter(
                    "colonnade_exporter_merged_requests",
                    "requests",
                    "Received requests that were sent together with others.");

    /// Requests cut because they were larger than a limit, the exporter's or the peer's.
    public static final Metric SPLITS =
            counter("colonnade_exporter_splits", "requests", "Requests cut because of their size.");

    /// Requests cut because the peer refused something in them.
    public static final Metric BISECTS =
            counter(
                    "colonnade_exporter_bisects",
                    "requests",
                    "Requests cut to find the records that the peer refuses.");

    /// Request bodies by how they were made.
    public static final Metric FRAMES =
            counter(
                    "colonnade_exporter_frames",
                    "requests",
                    "Request bodies made: passed_through as compressed by the sender, plain as"
                            + " held, encoded anew.",
                    "kind");

    /// Lines that a `debug` exporter could not write in time.
    public static final Metric LINES_DROPPED =
            counter(
                    "colonnade_exporter_lines_dropped",
                    "lines",
                    "Lines of a debug exporter that were dropped because they could not be written"
                            + " in time.");

    private static final Map<Signal, Metric> SENT =
            bySignal("otelcol_exporter_sent_", "Records delivered.");
    private static final Map<Signal, Metric> SEND_FAILED =
            bySignal(
                    "otelcol_exporter_send_failed_",
                    "Records given up: refused by the peer, or expired.");

    /// Every one of them.
    public static final List<Metric> ALL = all();

    private ExporterMetrics() {}

    /// Records delivered, under the Collector's name for the signal.
    public static Metric sent(Signal signal) {
        return Objects.requireNonNull(SENT.get(signal));
    }

    /// Records given up, under the Collector's name for the signal.
    public static Metric sendFailed(Signal signal) {
        return Objects.requireNonNull(SEND_FAILED.get(signal));
    }

    /// One metric for each signal, named as the Collector names what is counted.
    ///
    /// @param prefix what stands before `log_records`, `spans` and `metric_points`
    public static Map<Signal, Metric> bySignal(String prefix, String help) {
        Map<Signal, Metric> metrics = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            String records =
                    switch (signal) {
                        case LOGS -> "log_records";
                        case TRACES -> "spans";
                        case METRICS -> "metric_points";
                    };
            metrics.put(signal, counter(prefix + records, "records", help));
        }
        return metrics;
    }

    private static List<Metric> all() {
        List<Metric> all =
                new ArrayList<>(
                        List.of(
                                DELIVERY_SECONDS,
                                QUEUE_WAIT_SECONDS,
                                ATTEMPTS,
                                WIRE_BYTES,
                                UP,
                                IN_FLIGHT,
                                RETRIES,
                                MERGED,
                                SPLITS,
                                BISECTS,
                                FRAMES,
                                LINES_DROPPED));
        all.addAll(SENT.values());
        all.addAll(SEND_FAILED.values());
        return List.copyOf(all);
    }

    private static Metric counter(String name, String unit, String help, String... more) {
        String[] labels = new String[1 + more.length];
        labels[0] = "exporter";
        System.arraycopy(more, 0, labels, 1, more.length);
        return Metric.counter(name, unit, help, labels);
    }
}
