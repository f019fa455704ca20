package dev.colonnade.benchmarks;

import com.github.luben.zstd.ZstdDecompressCtx;
import dev.colonnade.pipeline.wire.Compressor;
import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.pipeline.wire.Sink;
import dev.colonnade.pipeline.wire.Skim;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
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

/// Nanoseconds per record of 1000 logs to inflate and skim a body through the window, against the
/// codec alone into memory that holds it all; and to compress it.
@NullUnmarked // JMH and @Setup fill the fields
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(WireBenchmarkBodies.RECORDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class WireBenchmarkCodec {
    private static final int GZIP_HEADER_BYTES = 10;

    @Param({"GZIP:1", "GZIP:6", "DEFLATE:1", "DEFLATE:6", "ZSTD:1", "ZSTD:3"})
    public String codecAndLevel;

    private final Arena arena = Arena.ofShared();
    private final Skim skim = new Skim();
    private final Sink sink = skim::feed;
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
    private final Compressor compressor = new Compressor();
    private Inflater inflater;
    private Decompressor decompressor;
    private Codec codec;
    private int level;
    private long plain;
    private int plainLength;
    private long body;
    private int bodyLength;
    private ByteBuffer bodyView;
    private ByteBuffer whole;

    @Setup
    public void draw() {
        int colon = codecAndLevel.indexOf(':');
        codec = Codec.valueOf(codecAndLevel.substring(0, colon));
        level = codecAndLevel.charAt(colon + 1) - '0';
        inflater = new Inflater(codec == Codec.GZIP);
        byte[] heap = WireBenchmarkBodies.draw(Signal.LOGS, 1)[0];
        plain = WireBenchmarkBodies.offHeap(arena, heap);
        plainLength = heap.length;
        body = arena.allocate(Compressor.bound(codec, plainLength)).address();
        bodyLength = compress();
        bodyView = OffHeap.segment(body, bodyLength).asByteBuffer();
        whole = arena.allocate(plainLength).asByteBuffer();
        long window = arena.allocate(Decompressor.WINDOW_BYTES).address();
        decompressor = new Decompressor(window, Decompressor.WINDOW_BYTES);
        System.out.printf(
                Locale.ROOT,
                "%n%s: %d -> %d bytes per record%n",
                codecAndLevel,
                plainLength / 1000,
                bodyLength / 1000);
    }

    @TearDown
    public void free() {
        decompressor.close();
        compressor.close();
        inflater.end();
        zstd.close();
        arena.close();
    }

    @Benchmark
    public long inflateAndSkim() {
        skim.begin(Signal.LOGS);
        long length = decompressor.inflate(codec, body, bodyLength, 1 << 24, 1000, sink);
        WireBenchmarkBodies.check(length == plainLength && skim.finish());
        WireBenchmarkBodies.check(skim.records() == WireBenchmarkBodies.RECORDS);
        return length;
    }

    @Benchmark
    public int codecAlone() throws DataFormatException {
        int length;
        if (codec != Codec.ZSTD) {
            inflater.reset();
            inflater.setInput(bodyView.position(codec == Codec.GZIP ? GZIP_HEADER_BYTES : 0));
            length = inflater.inflate(whole.clear());
        } else {
            length =
                    zstd.decompressDirectByteBuffer(whole, 0, plainLength, bodyView, 0, bodyLength);
        }
        WireBenchmarkBodies.check(length == plainLength);
        return length;
    }

    @Benchmark
    public int compress() {
        compressor.begin(codec, level, body, Compressor.bound(codec, plainLength));
        compressor.add(plain, plainLength);
        int length = compressor.finish();
        WireBenchmarkBodies.check(length > 0 && length < plainLength / 2);
        return length;
    }
}
