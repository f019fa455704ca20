package dev.colonnade.benchmarks;

import dev.colonnade.benchmarks.data.DataSet;
import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.Block;
import dev.colonnade.storage.columnar.BlockDecoder;
import dev.colonnade.storage.columnar.BlockEncoder;
import dev.colonnade.storage.columnar.BlockEncoder.Limits;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.SlabPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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

/// What a record costs on its way into columns, into a packed block, and back, on one thread; time
/// is per record. What comes back is compared before anything is measured.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class ColumnBenchmark {
    /// A multiple of every data set's records per request.
    private static final int RECORDS = 64_000;

    private static final Limits LIMITS = new Limits(16_384, 16 << 20);

    /// Which records.
    @Param({"logs-350", "spans", "points", "trickle"})
    public String data = "";

    private final Arena arena = Arena.ofConfined();
    private final MemoryBudget root = MemoryBudget.root("process", 1L << 30);
    private final SlabPool pool = new SlabPool(root, 64L << 20);
    private final BudgetShare share = BudgetShare.of(root.child("columns", root.limit()));
    private final List<MemorySegment> requests = new ArrayList<>();
    private final List<Block> blocks = new ArrayList<>();
    private final BlockDecoder decoder = new BlockDecoder(pool, share);
    private int recordsPerRequest;

    @SuppressWarnings("NullAway.Init") // made by open(), when the parameter is known
    private BlockEncoder encoder;

    private MemorySegment target = MemorySegment.NULL;

    /// Draws the requests, packs them, and compares what comes back.
    @Setup
    public void open() {
        DataSet set = DataSet.ofTitle(data);
        recordsPerRequest = set.recordsPerRequest();
        encoder = new BlockEncoder(Signal.valueOf(set.signal().name()), pool, share, LIMITS);
        long longest = 0;
        for (byte[] body : StorageMain.bodies(set, RECORDS)) {
            MemorySegment request = arena.allocate(body.length);
            MemorySegment.copy(body, 0, request, ValueLayout.JAVA_BYTE, 0, body.length);
            requests.add(request);
            longest = Math.max(longest, body.length);
        }
        target = arena.allocate(longest);
        pack(blocks);
        int entry = 0;
        for (Block block : blocks) {
            decoder.open(block);
            for (int length = decoder.nextLength(); length >= 0; length = decoder.nextLength()) {
                decoder.write(target.address());
                if (target.asSlice(0, length).mismatch(requests.get(entry++)) >= 0) {
                    throw new IllegalStateException("request came back changed: entry=" + entry);
                }
            }
        }
    }

    /// Ends it; proves that nothing leaked.
    @TearDown(Level.Trial)
    public void close() {
        blocks.forEach(Block::release);
        decoder.close();
        encoder.close();
        pool.close();
        root.close();
        arena.close();
    }

    /// Rows to columns, not sealed.
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int shred() {
        encoder.begin();
        int added = 0;
        for (MemorySegment request : requests) {
            if (add(request) == Added.FULL) {
                encoder.begin();
                add(request);
            }
            added++;
        }
        return added;
    }

    /// Rows to packed blocks (P5).
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int rowsToPacked() {
        List<Block> packed = new ArrayList<>();
        pack(packed);
        packed.forEach(Block::release);
        return packed.size();
    }

    /// Packed blocks to rows (P6).
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int packedToRows() {
        int entries = 0;
        for (Block block : blocks) {
            decoder.open(block);
            while (decoder.nextLength() >= 0) {
                decoder.write(target.address());
                entries++;
            }
        }
        return entries;
    }

    private void pack(List<Block> into) {
        encoder.begin();
        for (MemorySegment request : requests) {
            if (add(request) == Added.FULL) {
                into.add(sealed());
                add(request);
            }
        }
        into.add(sealed());
    }

    private Added add(MemorySegment request) {
        Added added =
                encoder.add(request.address(), (int) request.byteSize(), 0, 0, recordsPerRequest);
        if (added == Added.NO_MEMORY) {
            throw new IllegalStateException("no memory for a request");
        }
        return added;
    }

    private Block sealed() {
        Block block = encoder.seal(Shape.PACKED, share);
        if (block == null) {
            throw new IllegalStateException("no memory for a block");
        }
        return block;
    }
}
