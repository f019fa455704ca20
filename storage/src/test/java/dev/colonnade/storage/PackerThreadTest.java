package dev.colonnade.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.columnar.BlockEncoder;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.TestMemory;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The packer on a thread of its own; the test's thread is the loop.
@Timeout(120)
final class PackerThreadTest {
    private static final int MIB = 1 << 20;
    private static final ColumnarFormat FORMAT =
            new ColumnarFormat(new BlockEncoder.Limits(BlockEncoder.RECORDS_MAX, MIB));
    private static final long UNPACK_BYTES = Unpacker.floorBytes(FORMAT, MIB, 1, 64 << 10);
    private static final long PACK_BYTES = FORMAT.writerBytesMax() + 2 * MIB;

    private final SplittableRandom random = new SplittableRandom(3);
    private final ManualClock clock = new ManualClock();
    private final TestMemory memory =
            TestMemory.of(16 * MIB + UNPACK_BYTES + PACK_BYTES + MIB, 1, MIB);
    private final MemoryBudget budget = memory.budget("pipeline", 16 * MIB);
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final MemoryBudget unpacking = memory.root().floor("unpack", UNPACK_BYTES);
    private final MemoryBudget packing = memory.root().floor("pack", PACK_BYTES);
    private final MemoryBudget reserve = memory.root().floor("pack", MIB);
    private final Unpacker unpacker =
            new Unpacker(memory.loop(), memory.pool(), FORMAT, unpacking, tasks::add);
    private final List<Long> pauses = new ArrayList<>();
    private final List<RuntimeException> defects = new CopyOnWriteArrayList<>();
    private final List<byte[]> bodies = new ArrayList<>();
    private final Packer packer = packer(1);
    private final Thread thread = new Thread(packer, "packer");
    private final HybridStore store =
            new HybridStore(
                    new StoreConfig(
                            "logs",
                            Signal.LOGS,
                            budget,
                            Durability.MEMORY,
                            List.of(new CursorConfig("otlp", OnFull.REFUSE, null))),
                    memory.loops(),
                    clock,
                    new Reshaping(packer, List.of(unpacker), List.of(tasks::add)),
                    _ -> new Halving());
    private final StoreShard shard = store.shard(0);
    private int next;

    /// Yes, at half of the processor.
    private static final class Halving implements ShapeDecider {
        @Override
        public ShapeDecision decide(ShapeCandidate candidate) {
            return new ShapeDecision(Shape.PACKED, ShapeReason.RECORD_COUNT);
        }

        @Override
        public double packerShare() {
            return 0.5;
        }
    }

    private Packer packer(int queueMax) {
        return new Packer(
                new Packer.Parts(
                        FORMAT,
                        memory.pool(),
                        packing,
                        reserve,
                        (_, _, _, _, _) -> -1,
                        queueMax,
                        System::nanoTime,
                        ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime,
                        this::pause,
                        defects::add));
    }

    /// On the packer's thread.
    private void pause(long nanos) {
        pauses.add(nanos);
        LockSupport.parkNanos(nanos);
    }

    @AfterEach
    void nothingLeaked() throws InterruptedException {
        packer.stop();
        thread.join();
        packer.close();
        assertThat(defects).isEmpty();
        runTasks();
        shard.abandon();
        shard.close();
        space.close();
        unpacker.close();
        unpacking.close();
        packing.close();
        reserve.close();
        memory.close();
    }

    @Test
    void packsWhileTheLoopAppendsAndDrains() throws InterruptedException {
        thread.start();
        for (int round = 0; round < 4000; round++) {
            append();
            if (random.nextInt(3) == 0) {
                takeAndAck(random.nextInt(1, 3_000));
            }
            if (round % 100 == 0) {
                shard.considerShapes();
            }
            @Nullable Runnable task = tasks.poll();
            if (task != null) {
                task.run();
            }
        }
        while (store.records(Shape.PACKED) == 0) {
            shard.considerShapes();
            requireNonNull(tasks.poll(60, TimeUnit.SECONDS), "packer hands back").run();
        }
        int held = (int) shard.records();
        for (int entry = 0; entry < held; entry++) {
            takeAndAck(1);
            @Nullable Runnable task = tasks.poll();
            if (task != null) {
                task.run();
            }
        }
        assertThat(next).isEqualTo(bodies.size());
        assertThat(shard.records()).isZero();
        packer.stop();
        thread.join();
        assertThat(pauses).as("it rests").isNotEmpty().allMatch(nanos -> nanos > 0);
    }

    @Test
    void handsBackUndoneWhatWaitsWhenItIsStopped() throws InterruptedException {
        for (int request = 0; request < 100; request++) {
            append();
        }
        shard.considerShapes();
        packer.stop();
        thread.start();
        thread.join();
        runTasks();
        assertThat(failures(Failure.REFUSED)).isOne();
        assertThat(store.records(Shape.ROW)).isEqualTo(100);
        shard.considerShapes();
        assertThat(failures(Failure.REFUSED)).as("a stopped packer takes nothing").isEqualTo(2);
        takeAndAck(Long.MAX_VALUE);
        assertThat(next).isEqualTo(100);
    }

    private long failures(Failure failure) {
        return store.shapes(meter -> meter.failures(failure));
    }

    private void append() {
        byte[] body = new byte[1000];
        Arrays.fill(body, (byte) 0xff);
        System.arraycopy(Batches.bytes(random, 20), 0, body, 100, 20);
        RowBatch batch = new RowBatch();
        if (!space.reserve(batch.payload(), body.length)) {
            return;
        }
        Batches.describePlain(batch, body, 1, 0);
        if (shard.admit(1, body.length) != Admission.ADMITTED) {
            space.release(batch.payload());
            return;
        }
        shard.append(batch, null);
        space.handOver(batch.payload());
        bodies.add(body);
        shard.publish();
    }

    private void takeAndAck(long bytesMax) {
        @Nullable Lease lease = shard.cursor(0).take(bytesMax, Integer.MAX_VALUE, true);
        if (lease == null) {
            return;
        }
        assertThat(lease.position()).isEqualTo(next);
        for (int entry = 0; entry < lease.entries(); entry++) {
            assertThat(Batches.read(lease, entry)).isEqualTo(bodies.get(next++));
        }
        lease.ack();
    }

    private void runTasks() {
        @Nullable Runnable task = tasks.poll();
        while (task != null) {
            task.run();
            task = tasks.poll();
        }
    }
}
