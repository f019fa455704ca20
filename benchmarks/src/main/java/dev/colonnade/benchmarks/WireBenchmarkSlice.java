package dev.colonnade.benchmarks;

import dev.colonnade.pipeline.wire.OtlpSlice;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Nanoseconds per record to split a request of 1000 logs in two, and to find where to split it by
/// size, against protobuf-java: parse, deal out, serialise.
@NullUnmarked // JMH and @Setup fill the fields
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(WireBenchmarkBodies.RECORDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class WireBenchmarkSlice {
    private static final int HALF = WireBenchmarkBodies.RECORDS / 2;

    private final Arena arena = Arena.ofShared();
    private final OtlpSlice slice = new OtlpSlice();
    private byte[] heap;
    private long source;
    private long target;

    @Setup
    public void draw() {
        heap = WireBenchmarkBodies.draw(Signal.LOGS, 1)[0];
        source = WireBenchmarkBodies.offHeap(arena, heap);
        target = arena.allocate(heap.length).address();
    }

    @TearDown
    public void free() {
        arena.close();
    }

    @Benchmark
    public int splitInTwo() {
        return write(0, HALF) + write(HALF, WireBenchmarkBodies.RECORDS);
    }

    @Benchmark
    public int fitHalfTheBytes() {
        int to =
                slice.fit(
                        Signal.LOGS,
                        source,
                        heap.length,
                        0,
                        heap.length / 2,
                        WireBenchmarkBodies.RECORDS);
        WireBenchmarkBodies.check(Math.abs(to - HALF) < 20);
        return to;
    }

    @Benchmark
    public int protobufSplitInTwo() throws IOException {
        ExportLogsServiceRequest request = ExportLogsServiceRequest.parseFrom(heap);
        return part(request, 0, HALF) + part(request, HALF, WireBenchmarkBodies.RECORDS);
    }

    private int write(int from, int to) {
        int size = slice.write(Signal.LOGS, source, heap.length, from, to, target, heap.length);
        WireBenchmarkBodies.check(size > heap.length / 3 && size < heap.length);
        return size;
    }

    private static int part(ExportLogsServiceRequest request, int from, int to) {
        ExportLogsServiceRequest.Builder part = request.toBuilder();
        ScopeLogs.Builder scope = part.getResourceLogsBuilder(0).getScopeLogsBuilder(0);
        scope.clearLogRecords();
        scope.addAllLogRecords(
                request.getResourceLogs(0).getScopeLogs(0).getLogRecordsList().subList(from, to));
        return part.build().toByteArray().length;
    }
}
