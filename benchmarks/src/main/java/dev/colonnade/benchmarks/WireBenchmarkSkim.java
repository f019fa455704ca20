package dev.colonnade.benchmarks;

import com.google.protobuf.MessageLite;
import dev.colonnade.pipeline.wire.Skim;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Nanoseconds per record to check and count a request: the skim, whole and in pieces, against
/// protobuf-java on the same bytes. One body again and again is hot; 64 of them are cold.
@NullUnmarked // JMH and @Setup fill the fields
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(WireBenchmarkBodies.RECORDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class WireBenchmarkSkim {
    private static final int PIECE = 16 * 1024;

    @Param({"LOGS", "TRACES", "METRICS"})
    public Signal signal;

    @Param({"1", "64"})
    public int bodies;

    private final Arena arena = Arena.ofShared();
    private final Skim skim = new Skim();
    private byte[][] heap;
    private long[] addresses;
    private int next;

    @Setup
    public void draw() {
        heap = WireBenchmarkBodies.draw(signal, bodies);
        addresses = new long[bodies];
        for (int i = 0; i < bodies; i++) {
            addresses[i] = WireBenchmarkBodies.offHeap(arena, heap[i]);
        }
    }

    @TearDown
    public void free() {
        arena.close();
    }

    @Benchmark
    public int skimWhole() {
        int body = turn();
        WireBenchmarkBodies.check(skim.skim(signal, addresses[body], heap[body].length));
        return counted();
    }

    @Benchmark
    public int skimPieces() {
        int body = turn();
        long address = addresses[body];
        int length = heap[body].length;
        skim.begin(signal);
        for (int at = 0; at < length; at += PIECE) {
            skim.feed(address + at, Math.min(PIECE, length - at));
        }
        WireBenchmarkBodies.check(skim.finish());
        return counted();
    }

    @Benchmark
    public MessageLite protobufParse() throws IOException {
        return WireBenchmarkBodies.parse(signal, heap[turn()]);
    }

    private int counted() {
        WireBenchmarkBodies.check(skim.records() == WireBenchmarkBodies.RECORDS);
        return skim.records();
    }

    private int turn() {
        next = next + 1 == bodies ? 0 : next + 1;
        return next;
    }
}
