package dev.colonnade.benchmarks;

import dev.colonnade.benchmarks.data.DataSet;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.memory.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// How records pass through the store in process, by how many a request has: reserve, copy in,
/// offer, take, acknowledge, of `logs-350` records.
///
/// [#route] says how many records a second, with `-t max` on all cores, each with a loop's part of
/// its own; [#latency] how long one request takes. Each lease is checked, and the ledger at the
/// end.
@State(Scope.Thread)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class StoreBenchmarkBatch {
    /// Records per request.
    @Param({"1", "10", "100", "1000"})
    public int records;

    private final Arena arena = Arena.ofShared();
    private final StoreBench bench = new StoreBench();
    private MemorySegment body = MemorySegment.NULL;

    /// Counts records beside requests.
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Passed {
        /// Records that were delivered.
        public long records;
    }

    /// Draws the request.
    @Setup(Level.Trial)
    public void draw() {
        byte[] drawn = StorageMain.bodies(DataSet.LOGS_350, records, records).getFirst();
        body = arena.allocate(drawn.length, Long.BYTES);
        MemorySegment.copy(drawn, 0, body, ValueLayout.JAVA_BYTE, 0, drawn.length);
    }

    /// Proves the ledger and that nothing leaked.
    @TearDown(Level.Trial)
    public void close() throws Exception {
        bench.close();
        arena.close();
    }

    /// Requests, and beside them records, that pass in a second.
    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OutputTimeUnit(TimeUnit.SECONDS)
    public void route(Passed passed) {
        pass();
        passed.records += records;
    }

    /// How long a request takes from its reservation to its acknowledgement.
    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public void latency() {
        pass();
    }

    private void pass() {
        bench.admit(body, records);
        Lease lease = bench.cursor().take(Long.MAX_VALUE, Integer.MAX_VALUE, false);
        if (lease == null
                || lease.entries() != 1
                || lease.records() != records
                || lease.storedBytes() != body.byteSize()
                || OffHeap.getLong(lease.address(0)) != OffHeap.getLong(body.address())) {
            throw new IllegalStateException("lease is not what was admitted: records=" + records);
        }
        lease.ack();
    }
}
