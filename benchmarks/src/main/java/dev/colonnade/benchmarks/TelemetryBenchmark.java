package dev.colonnade.benchmarks;

import dev.colonnade.agent.MetricCatalogue;
import dev.colonnade.agent.telemetry.Metrics;
import dev.colonnade.pipeline.LatencyHistogram;
import dev.colonnade.pipeline.Metric;
import dev.colonnade.storage.Counter;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What the agent's own telemetry costs: a request for being counted, and a scrape for its page.
///
/// A request through one pipeline to one exporter is counted in 15 counters (receiver 4, route 1,
/// cursor 2, exporter 8) and 3 histograms (answer, queue, delivery); those that hold memory
/// together are no telemetry and left out. The page has every metric of the catalogue, four series
/// of each, with two parts each as two loops have.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class TelemetryBenchmark {
    private static final int COUNTERS = 15;
    private static final int SERIES = 4;
    private static final int LOOPS = 2;

    private final Counter[] counters = new Counter[COUNTERS];
    private final LatencyHistogram answer = new LatencyHistogram();
    private final LatencyHistogram queue = new LatencyHistogram();
    private final LatencyHistogram delivery = new LatencyHistogram();
    private final Metrics metrics = new Metrics();
    private long sequence;

    /// Makes the counters and a page like an agent's.
    @Setup
    public void make() {
        Arrays.setAll(counters, _ -> new Counter());
        for (Metric metric : MetricCatalogue.metrics().toList()) {
            for (int series = 0; series < SERIES * LOOPS; series++) {
                register(metric, "value-" + series % SERIES);
            }
        }
    }

    private void register(Metric metric, String value) {
        String[] labels = new String[metric.labels().size()];
        Arrays.fill(labels, value);
        switch (metric.kind()) {
            case COUNTER -> metrics.counter(metric, counters[0]::get, labels);
            case GAUGE -> metrics.gauge(metric, counters[1]::get, labels);
            case HISTOGRAM -> metrics.histogram(metric, labels).record(1_000);
        }
    }

    /// One request is counted.
    @Benchmark
    public long request() {
        long number = sequence++;
        for (Counter counter : counters) {
            counter.add(number & 1023);
        }
        answer.record((number & 63) * 5_000);
        queue.record((number & 15) * 200);
        delivery.record((number & 127) * 10_000);
        return number;
    }

    /// One page is made.
    @Benchmark
    public int page() {
        return metrics.scrape().length;
    }
}
