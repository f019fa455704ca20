package dev.colonnade.exporters.delivery;

import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.pipeline.LatencyHistogram;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.storage.Counter;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.Signal;
import java.util.Arrays;

/// What one loop of an exporter counts; written by that loop only.
final class ShardMetrics {
    final LatencyHistogram delivery;
    final LatencyHistogram queueWait;
    final Counter[] sent = counters(Signal.values().length);
    final Counter[] failed = counters(Signal.values().length);
    final Counter attemptsDelivered = new Counter();
    final Counter[] attemptsRetried = counters(Outcome.Cause.values().length);
    final Counter attemptsRefused = new Counter();
    final Counter attemptsTooLarge = new Counter();
    final Counter wireBytes = new Counter();
    final Counter inFlight = new Counter();
    final Counter retries = new Counter();
    final Counter merged = new Counter();
    final Counter splits = new Counter();
    final Counter bisects = new Counter();
    final Counter framesPassedThrough = new Counter();
    final Counter framesPlain = new Counter();
    final Counter framesEncoded = new Counter();

    ShardMetrics(Telemetry telemetry, String exporter) {
        delivery = telemetry.histogram(ExporterMetrics.DELIVERY_SECONDS, exporter);
        queueWait = telemetry.histogram(ExporterMetrics.QUEUE_WAIT_SECONDS, exporter);
        for (Signal signal : Signal.values()) {
            telemetry.counter(ExporterMetrics.sent(signal), sent[signal.ordinal()]::get, exporter);
            telemetry.counter(
                    ExporterMetrics.sendFailed(signal), failed[signal.ordinal()]::get, exporter);
        }
        attempts(telemetry, exporter, attemptsDelivered, "delivered");
        attempts(telemetry, exporter, attemptsRefused, "refused");
        attempts(telemetry, exporter, attemptsTooLarge, "too_large");
        for (Outcome.Cause cause : Outcome.Cause.values()) {
            attempts(telemetry, exporter, attemptsRetried[cause.ordinal()], cause.label());
        }
        telemetry.counter(ExporterMetrics.WIRE_BYTES, wireBytes::get, exporter);
        telemetry.gauge(ExporterMetrics.IN_FLIGHT, inFlight::get, exporter);
        telemetry.counter(ExporterMetrics.RETRIES, retries::get, exporter);
        telemetry.counter(ExporterMetrics.MERGED, merged::get, exporter);
        telemetry.counter(ExporterMetrics.SPLITS, splits::get, exporter);
        telemetry.counter(ExporterMetrics.BISECTS, bisects::get, exporter);
        frames(telemetry, exporter, framesPassedThrough, "passed_through");
        frames(telemetry, exporter, framesPlain, "plain");
        frames(telemetry, exporter, framesEncoded, "encoded");
    }

    void countTaken(Lease lease, long now) {
        int entries = lease.entries();
        for (int entry = 0; entry < entries; entry++) {
            queueWait.record(now - lease.storedNanos(entry));
        }
        if (entries > 1) {
            merged.add(entries);
        }
    }

    void countAttempt(Outcome outcome) {
        switch (outcome) {
            case Outcome.Delivered _ -> attemptsDelivered.add(1);
            case Outcome.Retry retry -> attemptsRetried[retry.cause().ordinal()].add(1);
            case Outcome.Refused _ -> attemptsRefused.add(1);
            case Outcome.TooLarge _ -> attemptsTooLarge.add(1);
        }
    }

    private static void attempts(
            Telemetry telemetry, String exporter, Counter counter, String outcome) {
        telemetry.counter(ExporterMetrics.ATTEMPTS, counter::get, exporter, outcome);
    }

    private static void frames(Telemetry telemetry, String exporter, Counter counter, String kind) {
        telemetry.counter(ExporterMetrics.FRAMES, counter::get, exporter, kind);
    }

    private static Counter[] counters(int count) {
        Counter[] counters = new Counter[count];
        Arrays.setAll(counters, _ -> new Counter());
        return counters;
    }
}
