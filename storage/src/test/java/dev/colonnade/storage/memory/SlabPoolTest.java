package dev.colonnade.storage.memory;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SlabPoolTest {
    private static final int MIB = 1 << 20;

    private final MemoryBudget root = MemoryBudget.root("process", 16 * MIB);
    private final MemoryBudget pipeline = root.child("pipeline", 16 * MIB);
    private final BudgetShare share = BudgetShare.of(pipeline);
    private final SlabPool pool = new SlabPool(root, 4 * MIB);

    @AfterEach
    void nothingLeaked() {
        pool.close();
        root.close();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 16384",
        "1, 16384",
        "16384, 16384",
        "16385, 32768",
        "65536, 65536",
        "65537, 131072",
        "1048576, 1048576",
        "1048577, 1114112",
        "2097152, 2097152",
        "2097153, 2162688",
        "4194304, 4194304",
        "4194305, 4259840",
        "8388608, 8388608",
        "2147418112, 2147418112"
    })
    void roundsUpToAClass(int bytes, int capacity) {
        assertThat(SlabPool.capacityFor(bytes)).isEqualTo(capacity);
    }

    @Test
    void givesBackWhatABacklogLeftAndKeepsWhatPassingTrafficUses() {
        List<Slab> backlog = new ArrayList<>();
        for (int number = 0; number < 8; number++) {
            backlog.add(requireNonNull(pool.take(64 << 10, share)));
        }
        backlog.forEach(pool::give);
        pool.trimIdle();
        assertThat(root.reserved()).as("all of it was in use a moment ago").isEqualTo(8 * 65_536);
        for (int second = 0; second < 5; second++) {
            Slab passing = requireNonNull(pool.take(64 << 10, share));
            pool.give(passing);
            pool.trimIdle();
        }
        assertThat(root.reserved()).isEqualTo(65_536);
        assertThat(pool.misses()).isEqualTo(8);
        pool.trimIdle();
        assertThat(root.reserved()).isZero();
    }

    @Test
    void chargesASlabToAnotherOrLeavesItAsItWas() {
        MemoryBudget roomy = root.child("roomy", MIB);
        MemoryBudget tight = root.child("tight", 32 << 10);
        Slab slab = requireNonNull(pool.take(64 << 10, share));
        assertThat(pool.recharge(slab, BudgetShare.of(tight))).isFalse();
        assertThat(pipeline.reserved()).isEqualTo(65_536);
        assertThat(tight.reserved()).isZero();
        assertThat(pool.recharge(slab, BudgetShare.of(roomy))).isTrue();
        assertThat(pipeline.reserved()).isZero();
        assertThat(roomy.reserved()).isEqualTo(65_536);
        assertThat(root.reserved()).isEqualTo(65_536);
        pool.give(slab);
        assertThat(roomy.reserved()).isZero();
        assertThatThrownBy(() -> pool.recharge(slab, share)).hasMessageContaining("not out");
    }

    @Test
    void refusesMoreThanAnyBudgetCouldHold() {
        assertThat(pool.take(Integer.MAX_VALUE, share)).isNull();
        assertThat(pool.live()).isZero();
        assertThat(pipeline.reserved()).isZero();
    }

    @Test
    void reusesASlabOfTheSameClass() {
        Slab first = take(20_000);
        assertThat(first.capacity()).isEqualTo(32768);
        assertThat(pipeline.reserved()).isEqualTo(32768);
        pool.give(first);
        assertThat(pipeline.reserved()).isZero();
        assertThat(root.reserved()).as("an idle slab is resident").isEqualTo(32768);
        Slab again = take(32768);
        assertThat(again).isSameAs(first);
        assertThat(root.reserved()).isEqualTo(32768);
        assertThat(List.of(pool.hits(), pool.misses())).containsExactly(1L, 1L);
        Slab other = take(32769);
        assertThat(other).isNotSameAs(first);
        pool.give(again);
        pool.give(other);
    }

    @Test
    void keepsNoMoreThanTheIdleLimit() {
        List<Slab> slabs = new ArrayList<>();
        for (int index = 0; index < 6; index++) {
            slabs.add(take(MIB));
        }
        assertThat(root.reserved()).isEqualTo(6 * MIB);
        slabs.forEach(pool::give);
        assertThat(root.reserved()).isEqualTo(4 * MIB);
        assertThat(pool.live()).isZero();
    }

    @Test
    void doesNotKeepWhatIsLargerThanAnyClass() {
        Slab slab = take(5 * MIB);
        assertThat(slab.capacity()).isEqualTo(5 * MIB);
        pool.give(slab);
        assertThat(root.reserved()).isZero();
        Slab odd = take(MIB + 1);
        pool.give(odd);
        assertThat(root.reserved()).isZero();
    }

    @Test
    void givesUpIdleSlabsWhenSomebodyNeedsTheRoom() {
        List<Slab> slabs = List.of(take(2 * MIB), take(2 * MIB));
        slabs.forEach(pool::give);
        assertThat(root.reserved()).isEqualTo(4 * MIB);
        Slab large = take(14 * MIB);
        assertThat(root.reserved()).isEqualTo(16 * MIB);
        pool.give(large);
        assertThat(root.reserved()).isEqualTo(2 * MIB);
    }

    @Test
    void keepsIdleSlabsWhenOnlyThePipelineIsFull() {
        Slab kept = take(MIB);
        pool.give(kept);
        pipeline.limit(100_000);
        assertThat(pool.take(MIB, share)).isNull();
        assertThat(pool.take(200_000, share)).isNull();
        assertThat(root.reserved()).isEqualTo(MIB);
        pipeline.limit(16 * MIB);
        assertThat(take(MIB)).isSameAs(kept);
        pool.give(kept);
    }

    @Test
    void refusesAtTheLimitAndRecovers() {
        Slab all = take(16 * MIB);
        assertThat(pool.take(1, share)).isNull();
        assertThat(root.reserved()).isEqualTo(16 * MIB);
        pool.give(all);
        pool.give(take(1));
    }

    @Test
    void neitherReusesNorUnchargesASlabThatNettyStillSees() {
        Slab slab = take(100);
        ByteBuf view = slab.view(10, 20);
        pool.give(slab);
        assertThat(pool.live()).isOne();
        assertThat(pipeline.reserved()).isEqualTo(SlabPool.CAPACITY_MIN);
        Slab other = take(100);
        assertThat(other).isNotSameAs(slab);
        view.release();
        assertThat(pool.live()).isEqualTo(2);
        pool.collect();
        assertThat(pool.live()).isOne();
        assertThat(take(100)).isSameAs(slab);
        pool.give(slab);
        pool.give(other);
    }

    @Test
    void viewsShowTheSameBytesWithoutACopy() {
        Slab slab = take(100);
        slab.segment().set(ValueLayout.JAVA_BYTE, 11, (byte) 7);
        ByteBuf view = slab.view(10, 5);
        assertThat(view.readableBytes()).isEqualTo(5);
        assertThat(view.getByte(1)).isEqualTo((byte) 7);
        assertThat(view.memoryAddress()).isEqualTo(slab.address() + 10);
        ByteBuf target = slab.target(12, 4);
        assertThat(target.readableBytes()).isZero();
        assertThat(target.writableBytes()).isEqualTo(4);
        target.writeByte(9);
        assertThat(OffHeap.getByte(slab.address() + 12)).isEqualTo((byte) 9);
        view.release();
        target.release();
        pool.give(slab);
    }

    @Test
    void refusesASlabThatIsGivenTwice() {
        Slab slab = take(100);
        ByteBuf view = slab.view(0, 1);
        pool.give(slab);
        assertThatThrownBy(() -> pool.give(slab)).hasMessageContaining("slab given twice");
        view.release();
        pool.collect();
        assertThatThrownBy(() -> pool.give(slab)).hasMessageContaining("slab given twice");
        assertThat(pool.live()).isZero();
    }

    @Test
    void closingSaysWhereALeakedSlabWasTaken() {
        assertThat(System.getProperty("colonnade.leakDetection")).isEqualTo("true");
        ShardMemory loop = new ShardMemory(pool);
        Slab slab = requireNonNull(loop.take(100, share));
        assertThatThrownBy(loop::close)
                .hasMessageContaining("slabs leaked: live=1, capacity=16384 references=1")
                .satisfies(leak ->
                        assertThat(leak.getSuppressed()[0].getStackTrace())
                                .anyMatch(frame ->
                                        frame.getMethodName()
                                                .equals("closingSaysWhereALeakedSlabWasTaken")));
        assertThatThrownBy(pool::close)
                .hasMessageContaining("slabs leaked: live=1")
                .satisfies(leak -> assertThat(leak.getSuppressed()).hasSize(1));
        loop.release(slab.slot());
        loop.close();
    }

    @Test
    void tellsWaitersOfMemoryThatCameBackAndOfNoOther() {
        AtomicInteger told = new AtomicInteger();
        root.onRelease(told::incrementAndGet);
        Slab slab = take(MIB);
        pool.give(slab);
        assertThat(told).hasValue(1);
        pool.give(take(MIB));
        assertThat(told).as("taking an idle slab frees nothing").hasValue(2);
        Slab all = take(16 * MIB);
        assertThat(told).as("giving up an idle slab is no news").hasValue(2);
        assertThat(pool.take(1, share)).isNull();
        assertThat(told).as("a refusal frees nothing").hasValue(2);
        pool.give(all);
        assertThat(told).hasValue(3);
    }

    @Test
    void shardMemoryReusesSlotsAndRefusesStrangers() {
        ShardMemory loop = new ShardMemory(pool);
        List<Integer> slots = new ArrayList<>();
        for (int index = 0; index < 200; index++) {
            Slab slab = requireNonNull(loop.take(1, share));
            assertThat(loop.slab(slab.slot())).isSameAs(slab);
            slots.add(slab.slot());
        }
        assertThat(slots).doesNotHaveDuplicates();
        assertThat(loop.live()).isEqualTo(200);
        loop.retain(slots.getFirst());
        slots.forEach(loop::release);
        assertThat(loop.live()).isOne();
        loop.release(slots.getFirst());
        assertThatThrownBy(() -> loop.release(slots.getFirst())).hasMessageContaining("no slab");
        assertThat(requireNonNull(loop.take(1, share)).slot()).isLessThan(200);
        loop.release(slots.getFirst());
        loop.close();
    }

    /// Scenario: three threads take and give slabs of random sizes, some with a view that is
    /// released later, a bounded number of times.
    ///
    /// Guarantees: no slab is out twice, a full pool refuses, and in the end all are back.
    @Test
    void staysWholeUnderThreeThreads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Callable<Integer>> jobs = new ArrayList<>();
            for (int job = 0; job < 3; job++) {
                SplittableRandom random = new SplittableRandom(job);
                int mark = job + 1;
                jobs.add(() -> takeAndGive(random, mark));
            }
            for (Future<Integer> job : threads.invokeAll(jobs)) {
                assertThat(job.get()).isPositive();
            }
        } finally {
            threads.shutdownNow();
        }
        pool.collect();
        assertThat(pool.live()).isZero();
        assertThat(pipeline.reserved()).isZero();
    }

    private int takeAndGive(SplittableRandom random, int mark) {
        int taken = 0;
        List<Slab> held = new ArrayList<>();
        for (int round = 0; round < 3000; round++) {
            if (held.size() > 3 || (!held.isEmpty() && random.nextBoolean())) {
                giveBack(held.remove(random.nextInt(held.size())), mark, random.nextBoolean());
                continue;
            }
            @Nullable Slab slab = pool.take(random.nextInt(3 * MIB), share);
            if (slab != null) {
                OffHeap.putInt(slab.address(), mark);
                held.add(slab);
                taken++;
            }
        }
        held.forEach(slab -> giveBack(slab, mark, false));
        return taken;
    }

    private void giveBack(Slab slab, int mark, boolean viewed) {
        if (OffHeap.getInt(slab.address()) != mark) {
            throw new AssertionError("slab is out twice: capacity=" + slab.capacity());
        }
        if (viewed) {
            ByteBuf view = slab.view(0, 4);
            pool.give(slab);
            if (view.getIntLE(0) != mark) {
                throw new AssertionError("viewed slab was reused");
            }
            view.release();
        } else {
            pool.give(slab);
        }
    }

    private Slab take(int bytes) {
        return requireNonNull(pool.take(bytes, share));
    }
}
