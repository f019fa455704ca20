package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.LatencyHistogram;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.storage.Counter;
import dev.colonnade.storage.Signal;

/// What one loop counts for one transport; written by that loop only.
final class Meter {
    private static final Refusal[] REFUSALS = Refusal.values();
    private static final Signal[] SIGNALS = Signal.values();

    private final Counter bytesReceived = new Counter();
    private final Counter bytesCopied = new Counter();
    private final Counter connections = new Counter();
    private final Counter[] refusedRequests = new Counter[REFUSALS.length];
    private final Counter[] refusedBytes = new Counter[REFUSALS.length];
    private final Counter[] acceptedRecords = new Counter[SIGNALS.length];
    private final Counter[] refusedRecords = new Counter[SIGNALS.length];
    private final LatencyHistogram acknowledge;

    /// Counters that `telemetry` reads as those of `receiver` over `transport`.
    Meter(Telemetry telemetry, String receiver, String transport) {
        acknowledge = telemetry.histogram(ReceiverMetrics.ACKNOWLEDGE, receiver, transport);
        telemetry.counter(ReceiverMetrics.BYTES_RECEIVED, bytesReceived::get, receiver, transport);
        telemetry.counter(ReceiverMetrics.BYTES_COPIED, bytesCopied::get, receiver, transport);
        telemetry.gauge(ReceiverMetrics.CONNECTIONS, connections::get, receiver, transport);
        for (Refusal refusal : REFUSALS) {
            Counter requests = new Counter();
            Counter bytes = new Counter();
            refusedRequests[refusal.ordinal()] = requests;
            refusedBytes[refusal.ordinal()] = bytes;
            telemetry.counter(
                    ReceiverMetrics.REQUESTS_REFUSED, requests::get, receiver, refusal.label());
            telemetry.counter(ReceiverMetrics.REFUSED_BYTES, bytes::get, receiver, refusal.label());
        }
        for (Signal signal : SIGNALS) {
            Counter accepted = new Counter();
            Counter refused = new Counter();
            acceptedRecords[signal.ordinal()] = accepted;
            refusedRecords[signal.ordinal()] = refused;
            telemetry.counter(ReceiverMetrics.accepted(signal), accepted::get, receiver, transport);
            telemetry.counter(ReceiverMetrics.refused(signal), refused::get, receiver, transport);
        }
    }

    void received(long bytes) {
        bytesReceived.add(bytes);
    }

    void copied(long bytes) {
        bytesCopied.add(bytes);
    }

    void connected() {
        connections.add(1);
    }

    void disconnected() {
        connections.add(-1);
    }

    void accepted(Signal signal, int records) {
        acceptedRecords[signal.ordinal()].add(records);
    }

    void answered(long waitNanos) {
        acknowledge.record(waitNanos);
    }

    /// Counts one refused request of `bytes`.
    void refused(Refusal refusal, long bytes) {
        refusedRequests[refusal.ordinal()].add(1);
        refusedBytes[refusal.ordinal()].add(bytes);
    }

    /// Counts records of a refused request, where they were known.
    void refused(Signal signal, int records) {
        refusedRecords[signal.ordinal()].add(records);
    }
}
