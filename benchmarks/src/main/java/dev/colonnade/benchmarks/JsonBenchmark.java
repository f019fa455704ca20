package dev.colonnade.benchmarks;

import dev.colonnade.pipeline.json.JsonLimits;
import dev.colonnade.pipeline.json.OtlpJsonReader;
import dev.colonnade.pipeline.json.OtlpJsonWriter;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.SlabPool;
import java.io.ByteArrayOutputStream;
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

/// Nanoseconds per record from OTLP/JSON to protobuf bytes and back, on 16 bodies in turn.
@NullUnmarked // JMH and @Setup fill the fields
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(WireBenchmarkBodies.RECORDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class JsonBenchmark {
    private static final int BODIES = 16;

    @Param({"LOGS", "TRACES", "METRICS"})
    public Signal signal;

    private final Arena arena = Arena.ofShared();
    private final OtlpJsonReader reader = new OtlpJsonReader(JsonLimits.DEFAULTS);
    private final OtlpJsonWriter writer = new OtlpJsonWriter();
    private final Extent extent = new Extent();
    private final long[] protos = new long[BODIES];
    private final long[] documents = new long[BODIES];
    private final int[] protoLengths = new int[BODIES];
    private final int[] documentLengths = new int[BODIES];
    private MemoryBudget root;
    private SlabPool pool;
    private ShardMemory memory;
    private ExtentSpace space;
    private long written;
    private int next;

    @Setup
    public void draw() {
        root = MemoryBudget.root("benchmark", 64 << 20);
        pool = new SlabPool(root, 16 << 20);
        memory = new ShardMemory(pool);
        space = new ExtentSpace(memory, BudgetShare.of(root));
        byte[][] drawn = WireBenchmarkBodies.draw(signal, BODIES);
        for (int body = 0; body < BODIES; body++) {
            protos[body] = WireBenchmarkBodies.offHeap(arena, drawn[body]);
            protoLengths[body] = drawn[body].length;
            ByteArrayOutputStream json = new ByteArrayOutputStream();
            WireBenchmarkBodies.check(
                    writer.write(
                                    signal,
                                    protos[body],
                                    protoLengths[body],
                                    (chunk, length) -> {
                                        json.write(chunk, 0, length);
                                        return true;
                                    })
                            == OtlpJsonWriter.Result.WRITTEN);
            documents[body] = WireBenchmarkBodies.offHeap(arena, json.toByteArray());
            documentLengths[body] = json.size();
        }
    }

    @TearDown
    public void free() {
        reader.close();
        space.close();
        memory.close();
        pool.close();
        root.close();
        arena.close();
    }

    @Benchmark
    public int read() {
        int body = turn();
        WireBenchmarkBodies.check(space.reserve(extent, documentLengths[body]));
        WireBenchmarkBodies.check(
                reader.read(signal, documents[body], documentLengths[body], extent, space::grow)
                        == OtlpJsonReader.Status.OK);
        WireBenchmarkBodies.check(
                reader.records() == WireBenchmarkBodies.RECORDS
                        && extent.length() == protoLengths[body]);
        space.release(extent);
        return reader.records();
    }

    @Benchmark
    public long write() {
        int body = turn();
        written = 0;
        WireBenchmarkBodies.check(
                writer.write(
                                signal,
                                protos[body],
                                protoLengths[body],
                                (_, length) -> {
                                    written += length;
                                    return true;
                                })
                        == OtlpJsonWriter.Result.WRITTEN);
        WireBenchmarkBodies.check(written == documentLengths[body]);
        return written;
    }

    private int turn() {
        next = (next + 1) % BODIES;
        return next;
    }
}
