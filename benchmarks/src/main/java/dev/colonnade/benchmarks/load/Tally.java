package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Facts;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// Counts of one stretch of time. Used by the event loop only.
final class Tally {
    /// Latencies above this are counted as this: an hour, in nanoseconds.
    private static final long LATENCY_MAX = TimeUnit.HOURS.toNanos(1);

    private final Histogram latency = new Histogram(LATENCY_MAX, 3);
    private final Histogram refusalLatency = new Histogram(LATENCY_MAX, 3);
    private final Map<String, Long> refusals = new TreeMap<>();
    private long accepted;
    private long refused;
    private long refusedWithoutDelay;
    private long permanent;
    private long lost;
    private long bytes;

    void sent(int length) {
        bytes += length;
    }

    void answered(Answer answer, long latencyNanos) {
        long nanos = Math.clamp(latencyNanos, 0, LATENCY_MAX);
        if (answer.kind() == Answer.Kind.ACCEPTED) {
            accepted++;
            latency.recordValue(nanos);
            return;
        }
        refusals.merge(answer.name(), 1L, Long::sum);
        switch (answer.kind()) {
            case RETRYABLE -> {
                refused++;
                refusalLatency.recordValue(nanos);
                if (answer.delayNanos() < 0) {
                    refusedWithoutDelay++;
                }
            }
            case PERMANENT -> permanent++;
            case LOST -> lost++;
            case ACCEPTED -> throw new IllegalStateException("acceptance was handled above");
        }
    }

    long accepted() {
        return accepted;
    }

    long refused() {
        return refused;
    }

    /// The figures; latencies in microseconds.
    Facts facts(int recordsPerRequest) {
        Facts facts =
                new Facts()
                        .put("accepted_requests", accepted)
                        .put("accepted_records", accepted * recordsPerRequest)
                        .put("refused_requests", refused)
                        .put("refused_records", refused * recordsPerRequest)
                        .put("refused_without_delay", refusedWithoutDelay)
                        .put("permanent_requests", permanent)
                        .put("lost_requests", lost)
                        .put("bytes_sent", bytes);
        refusals.forEach((name, count) -> facts.put("answers_" + name, count));
        percentiles("latency_us", latency, facts);
        if (refused > 0) {
            percentiles("refusal_us", refusalLatency, facts);
        }
        return facts;
    }

    private static void percentiles(String name, Histogram histogram, Facts facts) {
        facts.put(name + "_p50", histogram.getValueAtPercentile(50) / 1e3)
                .put(name + "_p90", histogram.getValueAtPercentile(90) / 1e3)
                .put(name + "_p99", histogram.getValueAtPercentile(99) / 1e3)
                .put(name + "_p999", histogram.getValueAtPercentile(99.9) / 1e3)
                .put(name + "_max", histogram.getMaxValue() / 1e3);
    }
}
