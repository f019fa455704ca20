package dev.colonnade.pipeline.receiver.jsonfile;

import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.storage.Counter;
import dev.colonnade.storage.Signal;

/// What a receiver of files counts; written on its loop only.
///
/// A line counts when it is done with, so that one that is read again because a store was full
/// counts once.
final class FileMeter {
    private static final String TRANSPORT = "file";
    private static final Signal[] SIGNALS = Signal.values();

    private final Counter bytesReceived = new Counter();
    private final Counter refusedLines = new Counter();
    private final Counter refusedBytes = new Counter();
    private final Counter[] acceptedRecords = new Counter[SIGNALS.length];

    /// Counters that `telemetry` reads as those of `receiver`.
    FileMeter(Telemetry telemetry, String receiver) {
        telemetry.counter(ReceiverMetrics.BYTES_RECEIVED, bytesReceived::get, receiver, TRANSPORT);
        telemetry.counter(
                ReceiverMetrics.REQUESTS_REFUSED, refusedLines::get, receiver, "malformed");
        telemetry.counter(ReceiverMetrics.REFUSED_BYTES, refusedBytes::get, receiver, "malformed");
        for (Signal signal : SIGNALS) {
            Counter accepted = new Counter();
            acceptedRecords[signal.ordinal()] = accepted;
            telemetry.counter(ReceiverMetrics.accepted(signal), accepted::get, receiver, TRANSPORT);
        }
    }

    /// A line of so many bytes was taken, or passed over.
    void read(long bytes, boolean isRefused) {
        bytesReceived.add(bytes);
        if (isRefused) {
            refusedLines.add(1);
            refusedBytes.add(bytes);
        }
    }

    void accepted(Signal signal, int records) {
        acceptedRecords[signal.ordinal()].add(records);
    }
}
