package dev.colonnade.benchmarks;

import dev.colonnade.storage.Lease;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/// What one request of 1 KiB costs in the store, on one thread. Run with `-prof gc`: own code
/// allocates nothing per request. Each result is checked, and the ledger at the end.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class StoreBenchmark {
    private static final int MERGED = 16;

    /// A backlog of sixteen megabytes before it is let go: many slabs and segments, as in an
    /// outage.
    private static final int BACKLOG = 16_384;

    private final StoreBench bench = new StoreBench();

    /// Proves the ledger and that nothing leaked.
    @TearDown(Level.Trial)
    public void close() throws Exception {
        bench.close();
    }

    /// Reserve, copy in, trim, offer; nobody takes. The backlog is let go of within the
    /// measurement.
    @Benchmark
    @OperationsPerInvocation(BACKLOG)
    public void admitBacklog() {
        for (int request = 0; request < BACKLOG; request++) {
            bench.admit();
        }
        bench.discard();
    }

    /// Admit one, take it, acknowledge it: traffic that passes through.
    @Benchmark
    public void admitTakeAck() {
        bench.admit();
        bench.checked(1).ack();
    }

    /// The same in sixteens: one lease merges sixteen entries. Per entry.
    @Benchmark
    @OperationsPerInvocation(MERGED)
    public void admitMergeAck() {
        for (int request = 0; request < MERGED; request++) {
            bench.admit();
        }
        bench.checked(MERGED).ack();
    }

    /// Take sixteen as one lease and give them back. Per lease.
    @Benchmark
    public void leaseOfSixteen(Waiting waiting) {
        Lease lease = waiting.bench.cursor().take(MERGED * StoreBench.BODY_BYTES, 1000, false);
        if (lease == null || lease.entries() != MERGED) {
            throw new IllegalStateException("not the sixteen that wait");
        }
        lease.nack();
    }

    /// As [#admitTakeAck], with a view for Netty, whose object this measures.
    @Benchmark
    public void admitTakeViewAck(Blackhole netty) {
        bench.admit();
        Lease lease = bench.checked(1);
        ByteBuf view = lease.view(0);
        netty.consume(view);
        if (view.readableBytes() != StoreBench.BODY_BYTES) {
            throw new IllegalStateException("view is not the body: bytes=" + view.readableBytes());
        }
        view.release();
        lease.ack();
    }

    /// Sixteen entries that wait.
    @State(Scope.Thread)
    public static class Waiting {
        private final StoreBench bench = new StoreBench();

        /// Admits them.
        @Setup(Level.Trial)
        public void fill() {
            for (int request = 0; request < MERGED; request++) {
                bench.admit();
            }
        }

        /// Proves that they are still there, whole and in order.
        @TearDown(Level.Trial)
        public void close() throws Exception {
            bench.checked(MERGED).ack();
            bench.close();
        }
    }
}
