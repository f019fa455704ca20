package dev.colonnade.benchmarks;

import static java.lang.invoke.MethodType.methodType;

import dev.colonnade.storage.memory.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.SplittableRandom;
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

/// What the compiler's vectors are worth to the loops by which columns of numbers are packed: the
/// packer's own loops, once as they are compiled and once without vectors, in forks of their own.
///
/// Nanoseconds per value. The loops are the packer's private ones, so that what is measured is what
/// runs; each result is compared with one that was computed elsewhere.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class KernelBenchmark {
    private static final String SCALAR = "-XX:-UseSuperWord";

    /// As many as a block has records, in 128 KiB: they stay in the second level of the cache.
    private static final int VALUES = 16_384;

    private static final MethodHandle LEAST = kernel("least", long.class, long.class, int.class);
    private static final MethodHandle SUBTRACT =
            kernel("subtract", long.class, long.class, int.class, long.class);

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment page = arena.allocate(VALUES * (long) Long.BYTES, 64);
    private long least = Long.MAX_VALUE;
    private long bits;

    /// Draws times as spans have them, and what the loops must answer.
    @Setup(Level.Trial)
    public void draw() {
        SplittableRandom random = new SplittableRandom(1);
        for (int value = 0; value < VALUES; value++) {
            long drawn = 1_790_000_000_000_000_000L + random.nextLong(60_000_000_000L);
            OffHeap.putLong(page.address() + value * 8L, drawn);
            least = Math.min(least, drawn);
            bits |= drawn;
        }
    }

    /// Ends it.
    @TearDown(Level.Trial)
    public void close() {
        arena.close();
    }

    /// The least value, vectorised where the compiler can.
    @Benchmark
    @OperationsPerInvocation(VALUES)
    public void least() throws Throwable {
        findLeast();
    }

    /// The least value, one after the other.
    @Benchmark
    @OperationsPerInvocation(VALUES)
    @Fork(value = 2, jvmArgsAppend = SCALAR)
    public void leastScalar() throws Throwable {
        findLeast();
    }

    /// Subtracts from each and collects the bits that are set, vectorised where the compiler can.
    @Benchmark
    @OperationsPerInvocation(VALUES)
    public void subtract() throws Throwable {
        subtractAll();
    }

    /// The same, one after the other.
    @Benchmark
    @OperationsPerInvocation(VALUES)
    @Fork(value = 2, jvmArgsAppend = SCALAR)
    public void subtractScalar() throws Throwable {
        subtractAll();
    }

    private void findLeast() throws Throwable {
        check(least, (long) LEAST.invokeExact(page.address(), VALUES));
    }

    /// Zero, so that the values are the same the next time.
    private void subtractAll() throws Throwable {
        check(bits, (long) SUBTRACT.invokeExact(page.address(), VALUES, 0L));
    }

    private static void check(long expected, long found) {
        if (expected != found) {
            throw new IllegalStateException(
                    "kernel is wrong: expected=" + expected + ", found=" + found);
        }
    }

    private static MethodHandle kernel(String name, Class<?> result, Class<?>... parameters) {
        try {
            Class<?> packer = Class.forName("dev.colonnade.storage.columnar.NumberPacker");
            return MethodHandles.privateLookupIn(packer, MethodHandles.lookup())
                    .findStatic(packer, name, methodType(result, parameters));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("packer has no such loop: name=" + name, e);
        }
    }
}
