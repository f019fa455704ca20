package dev.colonnade.storage.columnar;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import dev.colonnade.storage.testkit.TestMemory;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SlabAllocationTest {
    private static final int LIMIT = 1 << 20;
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final TestMemory memory = TestMemory.of(2 * LIMIT);
    private final MemoryBudget budget = memory.budget("column", LIMIT);
    private final RootAllocator allocator = SlabAllocation.allocator(memory.pool(), budget);

    @AfterEach
    void nothingLeaked() {
        allocator.close();
        memory.close();
    }

    @Test
    void threeViewsShowTheSameBytes() {
        ArrowBuf arrow = allocator.buffer(20_000);
        arrow.setLong(8, 0x0123456789abcdefL);
        arrow.setByte(19_999, 7);
        Slab slab = SlabAllocation.slabOf(arrow);
        assertThat(slab.address()).isEqualTo(arrow.memoryAddress());
        MemorySegment segment = slab.segment();
        assertThat(segment.get(LONG, 8)).isEqualTo(0x0123456789abcdefL);
        assertThat(OffHeap.getByte(slab.address() + 19_999)).isEqualTo((byte) 7);
        ByteBuf netty = slab.view(8, 8);
        assertThat(netty.getLongLE(0)).isEqualTo(0x0123456789abcdefL);
        segment.set(LONG, 16, 42);
        assertThat(arrow.getLong(16)).isEqualTo(42);
        netty.release();
        arrow.close();
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void allocatorAndBudgetAgree() {
        List<ArrowBuf> buffers = new ArrayList<>();
        for (int bytes : new int[] {1, 16_384, 16_385, 100_000, 262_144}) {
            ArrowBuf buffer = allocator.buffer(bytes);
            assertThat(buffer.capacity()).isEqualTo(SlabPool.capacityFor(bytes));
            buffers.add(buffer);
            assertThat(allocator.getAllocatedMemory()).isEqualTo(budget.reserved());
        }
        assertThat(budget.reserved()).isEqualTo((16 + 16 + 32 + 128 + 256) << 10);
        buffers.forEach(ArrowBuf::close);
        assertThat(allocator.getAllocatedMemory()).isZero();
        assertThat(budget.reserved()).isZero();
        assertThat(memory.pool().live()).isZero();
    }

    @Test
    void slabsPassBetweenRowsAndColumns() {
        BudgetShare share = BudgetShare.of(memory.budget("row"));
        Slab row = requireNonNull(memory.pool().take(50_000, share));
        long address = row.address();
        memory.pool().give(row);
        ArrowBuf column = allocator.buffer(50_000);
        assertThat(column.memoryAddress()).isEqualTo(address);
        column.close();
    }

    @Test
    void fullBudgetIsArrowsOutOfMemory() {
        ArrowBuf most = allocator.buffer(1 << 19);
        assertThat(budget.tryReserve(1 << 18)).as("somebody else's").isTrue();
        assertThatThrownBy(() -> allocator.buffer((1 << 18) + 1))
                .isInstanceOf(OutOfMemoryException.class)
                .hasMessage("memory budget is full: bytes=524288");
        assertThat(allocator.getAllocatedMemory()).isEqualTo(1 << 19);
        budget.release(1 << 18);
        ArrowBuf rest = allocator.buffer(1 << 19);
        assertThatThrownBy(() -> allocator.buffer(1)).isInstanceOf(OutOfMemoryException.class);
        rest.close();
        most.close();
    }

    @Test
    void refusesMoreThanTheLargestSlab() {
        assertThatThrownBy(() -> allocator.buffer(1L << 40))
                .isInstanceOf(OutOfMemoryException.class);
        MemoryBudget vast = MemoryBudget.root("vast", 1L << 42);
        try (SlabPool pool = new SlabPool(vast, 0);
                RootAllocator large = SlabAllocation.allocator(pool, vast)) {
            assertThatThrownBy(() -> large.buffer(1L << 40))
                    .isInstanceOf(OutOfMemoryException.class)
                    .hasMessageContaining("memory budget is full: bytes=1099511627776");
            assertThat(large.getAllocatedMemory()).isZero();
        }
        vast.close();
    }

    @Test
    void emptyBuffersCostNothing() {
        ArrowBuf empty = allocator.getEmpty();
        assertThat(empty.capacity()).isZero();
        ArrowBuf zero = allocator.buffer(0);
        assertThat(zero.capacity()).isZero();
        zero.close();
        empty.close();
        assertThat(budget.reserved()).isZero();
    }

    @Test
    void lastAllocatorThatHoldsABufferGivesTheSlabBack() {
        BufferAllocator first = allocator.newChildAllocator("first", 0, LIMIT);
        BufferAllocator second = allocator.newChildAllocator("second", 0, LIMIT);
        ArrowBuf buffer = first.buffer(100);
        buffer.setInt(0, 99);
        ArrowBuf shared = buffer.getReferenceManager().retain(buffer, second);
        ArrowBuf slice = shared.slice(0, 4);
        slice.getReferenceManager().retain();
        assertThat(first.getAllocatedMemory()).isEqualTo(SlabPool.CAPACITY_MIN);
        buffer.close();
        first.close();
        assertThat(second.getAllocatedMemory())
                .as("it owns it now")
                .isEqualTo(SlabPool.CAPACITY_MIN);
        assertThat(budget.reserved()).isEqualTo(SlabPool.CAPACITY_MIN);
        shared.close();
        assertThat(slice.getInt(0)).isEqualTo(99);
        slice.close();
        assertThat(budget.reserved()).isZero();
        second.close();
    }

    @Test
    void transfersOwnershipWithoutACopy() {
        BufferAllocator packer = allocator.newChildAllocator("packer", 0, LIMIT);
        BufferAllocator store = allocator.newChildAllocator("store", 0, LIMIT);
        ArrowBuf made = packer.buffer(100);
        ArrowBuf held =
                made.getReferenceManager().transferOwnership(made, store).getTransferredBuffer();
        made.close();
        packer.close();
        assertThat(held.memoryAddress()).isPositive();
        assertThat(store.getAllocatedMemory()).isEqualTo(SlabPool.CAPACITY_MIN);
        held.close();
        store.close();
    }

    @Test
    void socketKeepsTheSlabAfterArrowLetGo() {
        ArrowBuf buffer = allocator.buffer(100);
        buffer.setInt(0, 5);
        ByteBuf sending = SlabAllocation.slabOf(buffer).view(0, 4);
        buffer.close();
        assertThat(allocator.getAllocatedMemory()).isZero();
        assertThat(budget.reserved()).as("still resident").isEqualTo(SlabPool.CAPACITY_MIN);
        ArrowBuf next = allocator.buffer(100);
        next.setInt(0, 6);
        assertThat(sending.getIntLE(0)).isEqualTo(5);
        sending.release();
        next.close();
    }

    @Test
    void bufferThatIsNotReleasedIsNamedByThePool() {
        ArrowBuf buffer = allocator.buffer(100);
        assertThatThrownBy(memory.pool()::close)
                .hasMessageContaining("slabs leaked: live=1, capacity=16384")
                .satisfies(leak ->
                        assertThat(leak.getSuppressed()[0].getStackTrace())
                                .anyMatch(frame ->
                                        frame.getMethodName()
                                                .equals(
                                                        "bufferThatIsNotReleasedIsNamedByThePool")));
        buffer.close();
    }

    @Test
    void refusesBuffersWithoutASlab() {
        assertThatThrownBy(() -> SlabAllocation.slabOf(allocator.getEmpty()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void allocatorWithoutABudgetGetsNoMemory() {
        try (RootAllocator stray = new RootAllocator()) {
            assertThatThrownBy(() -> stray.buffer(100))
                    .hasMessage("arrow memory outside of any budget: allocator=ROOT, bytes=128");
            assertThat(stray.getAllocatedMemory()).isZero();
            assertThat(stray.getEmpty().capacity()).isZero();
        }
    }

    @Test
    void servesSeveralThreads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Callable<Integer>> jobs = new ArrayList<>();
            for (int job = 0; job < 3; job++) {
                SplittableRandom random = new SplittableRandom(job);
                jobs.add(() -> allocateAndRelease(random));
            }
            for (Future<Integer> job : threads.invokeAll(jobs)) {
                assertThat(job.get()).isPositive();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(allocator.getAllocatedMemory()).isZero();
        assertThat(budget.reserved()).isZero();
    }

    private int allocateAndRelease(SplittableRandom random) {
        int made = 0;
        int refused = 0;
        for (int round = 0; round < 2000; round++) {
            try (ArrowBuf buffer = allocator.buffer(random.nextInt(1, 500_000))) {
                buffer.setInt(0, round);
                if (buffer.getInt(0) != round) {
                    throw new AssertionError("slab is out twice");
                }
                made++;
            } catch (OutOfMemoryException _) {
                refused++;
            }
        }
        return made + refused == 2000 ? made : -1;
    }
}
