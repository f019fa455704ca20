package dev.colonnade.benchmarks;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.colonnade.storage.Signal;
import java.nio.ByteBuffer;
import java.util.Locale;
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

/// What the zstd window is worth: twelve bodies merged into one request of 3 to 5 MB, compressed
/// with windows of different size. Prints the ratio; measures nanoseconds per record.
@NullUnmarked // JMH and @Setup fill the fields
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(WireBenchmarkZstdWindow.BODIES * WireBenchmarkBodies.RECORDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WireBenchmarkZstdWindow {
    static final int BODIES = 12;

    @Param({"LOGS", "TRACES", "METRICS"})
    public Signal signal;

    @Param({"1", "3"})
    public int level;

    @Param({"17", "18", "19", "21"})
    public int windowLog;

    private final ZstdCompressCtx zstd = new ZstdCompressCtx();
    private ByteBuffer source;
    private ByteBuffer target;

    @Setup
    public void draw() {
        byte[][] bodies = WireBenchmarkBodies.draw(signal, BODIES);
        int length = 0;
        for (byte[] body : bodies) {
            length += body.length;
        }
        source = ByteBuffer.allocateDirect(length);
        for (byte[] body : bodies) {
            source.put(body);
        }
        target = ByteBuffer.allocateDirect((int) Zstd.compressBound(length));
        double ratio = (double) length / compress();
        System.out.printf(
                Locale.ROOT,
                "%n%s level %d window 2^%d: ratio %.3f%n",
                signal,
                level,
                windowLog,
                ratio);
    }

    @TearDown
    public void free() {
        zstd.close();
    }

    @Benchmark
    public int compress() {
        zstd.reset();
        zstd.setLevel(level).setWindowLog(windowLog);
        boolean done =
                zstd.compressDirectByteBufferStream(
                        target.clear(), source.rewind(), EndDirective.END);
        WireBenchmarkBodies.check(done && target.position() > 0);
        return target.position();
    }
}
