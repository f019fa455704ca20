package dev.colonnade.benchmarks;

import dev.colonnade.storage.Lease;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The hop in process: from the receiver's hand-off to the exporter's, when the exporter keeps up.
///
/// The cursor's listener takes within the publication and notes the time; the sample is the whole
/// of reserve, copy, offer, take and ack, and the histogram printed at the end is the hop alone,
/// from the reservation of the body to the listener's hand-off, clock reading included.
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class StoreBenchmarkHop {
    private final Histogram hops = new Histogram(10_000_000_000L, 3);
    private final StoreBench bench = new StoreBench();
    private long takenNanos;
    private long taken;
    private long admitted;

    /// Has the exporter take at once.
    @Setup(Level.Trial)
    public void listen() {
        bench.cursor()
                .onAvailable(() -> {
                    Lease lease = bench.checked(1);
                    takenNanos = System.nanoTime();
                    taken++;
                    lease.ack();
                });
    }

    /// Only what was measured counts.
    @Setup(Level.Iteration)
    public void forget() {
        hops.reset();
    }

    /// Proves that each request hopped once, and prints the hop.
    @TearDown(Level.Trial)
    public void close() throws Exception {
        if (taken != admitted) {
            throw new IllegalStateException("hops: taken=" + taken + ", admitted=" + admitted);
        }
        System.out.printf(
                Locale.ROOT,
                "hop: p50=%d ns, p99=%d ns, p99.9=%d ns, max=%d ns, count=%d%n",
                hops.getValueAtPercentile(50),
                hops.getValueAtPercentile(99),
                hops.getValueAtPercentile(99.9),
                hops.getMaxValue(),
                hops.getTotalCount());
        bench.close();
    }

    /// One request from reservation to acknowledgement.
    @Benchmark
    public void hop() {
        long begin = System.nanoTime();
        bench.admit();
        admitted++;
        hops.recordValue(takenNanos - begin);
    }
}
