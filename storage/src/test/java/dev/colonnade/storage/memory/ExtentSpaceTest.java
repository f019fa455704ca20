package dev.colonnade.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.TestMemory;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ExtentSpaceTest {
    private static final int KIB = 1 << 10;
    private static final int LIMIT = 1024 * KIB;

    private final TestMemory memory = TestMemory.of(LIMIT);
    private final MemoryBudget budget = memory.budget("pipeline");
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final SplittableRandom random = new SplittableRandom(1);

    @AfterEach
    void nothingLeaked() {
        space.close();
        memory.close();
    }

    @Test
    void putsSmallBodiesBehindEachOther() {
        Extent first = reserve(100);
        Extent second = reserve(200);
        assertThat(first.slot()).isEqualTo(second.slot());
        assertThat(first.offset()).isZero();
        assertThat(second.offset()).as("8-byte aligned").isEqualTo(104);
        assertThat(budget.reserved()).isEqualTo(64 * KIB);
        space.release(second);
        space.release(first);
    }

    @Test
    void rewindsWhenAllWasReleased() {
        for (int round = 0; round < 10_000; round++) {
            Extent first = reserve(20 * KIB);
            Extent second = reserve(20 * KIB);
            space.release(first);
            space.release(second);
        }
        assertThat(memory.pool().misses()).isOne();
    }

    @Test
    void doesNotRewindWhileNettyStillWritesOut() {
        byte[] bytes = Batches.bytes(random, 100);
        Extent sent = reserve(100);
        Batches.fill(sent, bytes);
        ByteBuf view = memory.loop().slab(sent.slot()).view(sent.offset(), 100);
        space.release(sent);
        Extent next = reserve(100);
        Batches.fill(next, new byte[100]);
        byte[] seen = new byte[100];
        view.getBytes(0, seen);
        assertThat(seen).isEqualTo(bytes);
        view.release();
        space.release(next);
        Extent after = reserve(100);
        assertThat(after.offset()).isZero();
        space.release(after);
    }

    @Test
    void doesNotReuseWhatNettyStillReadsInto() {
        Extent pinned = reserve(8);
        Extent dropped = reserve(100);
        ByteBuf target = dropped.target();
        space.release(dropped);
        Extent next = reserve(100);
        assertThat(next.offset()).isEqualTo(112);
        target.release();
        space.release(next);
        space.release(pinned);
    }

    @Test
    void growsInPlaceWhereItIsTheNewest() {
        byte[] bytes = Batches.bytes(random, 100);
        Extent extent = reserve(100);
        Batches.fill(extent, bytes);
        long address = extent.address();
        assertThat(space.grow(extent, 10 * KIB)).isTrue();
        assertThat(extent.address()).isEqualTo(address);
        assertThat(extent.capacity()).isEqualTo(10 * KIB);
        assertThat(extent.length()).isEqualTo(100);
        Extent next = reserve(8);
        assertThat(next.offset()).isEqualTo(10 * KIB);
        assertThat(space.grow(extent, 50)).as("smaller is held already").isTrue();
        assertThat(extent.capacity()).isEqualTo(10 * KIB);
        assertThat(Batches.read(extent)).isEqualTo(bytes);
        space.release(next);
        space.release(extent);
    }

    @Test
    void growsByACopyWhereAnotherStandsBehindIt() {
        byte[] bytes = Batches.bytes(random, 100);
        Extent extent = reserve(100);
        Extent next = reserve(8);
        Batches.fill(extent, bytes);
        long address = extent.address();
        assertThat(space.grow(extent, 200)).isTrue();
        assertThat(extent.address()).isNotEqualTo(address);
        assertThat(Batches.read(extent)).isEqualTo(bytes);
        assertThat(space.grow(extent, 300 * KIB)).as("into a slab of its own").isTrue();
        assertThat(Batches.read(extent)).isEqualTo(bytes);
        space.release(next);
        space.release(extent);
    }

    @Test
    void growsInPlaceToTheEndOfASlabOfItsOwn() {
        Extent extent = reserve(129 * KIB);
        long address = extent.address();
        assertThat(space.grow(extent, 256 * KIB)).isTrue();
        assertThat(extent.address()).isEqualTo(address);
        assertThat(budget.reserved()).isEqualTo(256 * KIB);
        assertThat(space.grow(extent, 257 * KIB)).isTrue();
        assertThat(extent.address()).isNotEqualTo(address);
        assertThat(budget.reserved()).isEqualTo(512 * KIB);
        space.release(extent);
    }

    @Test
    void growthThatIsRefusedChangesNothing() {
        byte[] bytes = Batches.bytes(random, 100);
        Extent extent = reserve(100);
        Batches.fill(extent, bytes);
        Extent next = reserve(8);
        assertThat(space.grow(extent, LIMIT)).isFalse();
        assertThat(space.grow(extent, Integer.MAX_VALUE)).isFalse();
        assertThat(space.grow(next, Integer.MAX_VALUE)).isFalse();
        assertThat(extent.capacity()).isEqualTo(100);
        assertThat(Batches.read(extent)).isEqualTo(bytes);
        assertThat(budget.reserved()).isEqualTo(64 * KIB);
        space.release(next);
        space.release(extent);
    }

    @Test
    void trimsTheNewestAndLeavesOthersAsSlack() {
        Extent first = reserve(1000);
        Batches.fill(first, new byte[100]);
        space.trim(first);
        assertThat(first.capacity()).isEqualTo(100);
        Extent second = reserve(1000);
        assertThat(second.offset()).isEqualTo(104);
        Extent third = reserve(8);
        Batches.fill(second, new byte[16]);
        space.trim(second);
        assertThat(second.remaining()).isZero();
        assertThat(third.offset()).isEqualTo(1104);
        Extent fourth = reserve(8);
        assertThat(fourth.offset()).isEqualTo(1112);
        List.of(first, second, third, fourth).forEach(space::release);
    }

    @Test
    void emptyExtentsDisturbNobody() {
        Extent empty = reserve(0);
        Extent body = reserve(16);
        Extent behind = reserve(0);
        assertThat(space.grow(body, 32)).isTrue();
        Batches.fill(body, Batches.bytes(random, 32));
        byte[] bytes = Batches.read(body);
        assertThat(space.grow(behind, 16)).isTrue();
        assertThat(space.grow(empty, 16)).isTrue();
        Batches.fill(behind, new byte[16]);
        Batches.fill(empty, new byte[16]);
        assertThat(Batches.read(body)).isEqualTo(bytes);
        List.of(empty, body, behind).forEach(space::release);
    }

    @Test
    void givesALargeBodyASlabOfItsOwn() {
        Extent small = reserve(8);
        Extent large = reserve(200 * KIB);
        assertThat(large.slot()).isNotEqualTo(small.slot());
        assertThat(budget.reserved()).isEqualTo((64 + 256) * KIB);
        space.release(large);
        assertThat(budget.reserved()).isEqualTo(64 * KIB);
        Extent next = reserve(8);
        assertThat(next.slot()).isEqualTo(small.slot());
        space.release(small);
        space.release(next);
    }

    @Test
    void opensLargerSlabsAsMoreIsHeldAndSmallerOnesAfterwards() {
        TestMemory large = TestMemory.of(64L << 20);
        MemoryBudget row = large.budget("row");
        ExtentSpace route = new ExtentSpace(large.loop(), BudgetShare.of(row));
        List<Extent> held = new ArrayList<>();
        for (int body = 0; body < 40 * KIB; body++) {
            Extent extent = new Extent();
            assertThat(route.reserve(extent, KIB)).isTrue();
            held.add(extent);
        }
        int biggest = held.stream().mapToInt(e -> e.slab().capacity()).max().orElseThrow();
        assertThat(biggest).isEqualTo(4 << 20);
        assertThat(large.loop().live()).as("eight of each size").isLessThan(64);
        held.forEach(route::release);
        for (int round = 0; round < 10; round++) {
            Extent extent = new Extent();
            assertThat(route.reserve(extent, KIB)).isTrue();
            route.release(extent);
        }
        assertThat(row.reserved()).as("what an idle route keeps").isEqualTo(64 * KIB);
        route.trimIdle();
        assertThat(row.reserved()).isZero();
        large.close();
    }

    @Test
    void keepsTheOpenSlabWhileSomethingLivesInIt() {
        Extent extent = reserve(8);
        space.trimIdle();
        assertThat(budget.reserved()).isEqualTo(64 * KIB);
        Extent next = reserve(8);
        assertThat(next.slot()).isEqualTo(extent.slot());
        space.release(next);
        space.release(extent);
        space.trimIdle();
        assertThat(budget.reserved()).isZero();
        space.trimIdle();
    }

    /// Near the limit a smaller slab is opened; at the limit bodies are refused; room that comes
    /// back is used.
    @Test
    void fillsTheBudgetThenRefusesThenRecovers() {
        MemoryBudget odd = memory.budget("odd", 3 * 64 * KIB + 16 * KIB);
        ExtentSpace route = new ExtentSpace(memory.loop(), BudgetShare.of(odd));
        List<Extent> held = new ArrayList<>();
        Extent extent = new Extent();
        while (route.reserve(extent, 4 * KIB)) {
            held.add(extent);
            extent = new Extent();
        }
        assertThat(odd.reserved()).isEqualTo(odd.limit());
        assertThat(held).hasSize(3 * 16 + 4);
        assertThat(extent.isOpen()).isFalse();
        assertThat(route.reserve(extent, 40 * KIB)).as("large ones too").isFalse();
        held.subList(0, 16).forEach(route::release);
        assertThat(odd.reserved()).isEqualTo(odd.limit() - 64 * KIB);
        assertThat(route.reserve(extent, 4 * KIB)).isTrue();
        route.release(extent);
        held.subList(16, held.size()).forEach(route::release);
        route.close();
    }

    @Test
    void refusesMisuse() {
        Extent closed = new Extent();
        assertThatThrownBy(() -> space.release(closed)).hasMessage("extent is not open");
        assertThatThrownBy(() -> space.reserve(closed, -1)).hasMessageContaining("capacity=-1");
        Extent extent = reserve(10);
        assertThatThrownBy(() -> space.reserve(extent, 1)).hasMessage("extent is open already");
        assertThatThrownBy(() -> Batches.fill(extent, new byte[11]))
                .hasMessage("extent overrun: count=11, remaining=10");
        assertThatThrownBy(() -> extent.append(extent.address(), 11))
                .hasMessageContaining("overrun");
        assertThatThrownBy(() -> extent.advance(-1)).hasMessageContaining("overrun");
        space.release(extent);
        assertThatThrownBy(() -> space.release(extent)).hasMessage("extent is not open");
    }

    @Test
    void readsASocketIntoItsPlace() {
        byte[] bytes = Batches.bytes(random, 40);
        Extent extent = reserve(40);
        for (int part = 0; part < 40; part += 10) {
            ByteBuf target = extent.target();
            assertThat(target.writableBytes()).isEqualTo(40 - part);
            target.writeBytes(bytes, part, 10);
            extent.advance(10);
            target.release();
        }
        assertThat(extent.remaining()).isZero();
        assertThat(Batches.read(extent)).isEqualTo(bytes);
        Extent copy = reserve(40);
        copy.append(extent.address(), 40);
        assertThat(Batches.read(copy)).isEqualTo(bytes);
        space.release(copy);
        space.release(extent);
    }

    /// Thousands of random reservations, fills, growths, trims and releases; every extent keeps its
    /// own bytes all the time.
    @Test
    void neverMixesBodies() {
        List<Extent> live = new ArrayList<>();
        List<byte[]> expected = new ArrayList<>();
        int refused = 0;
        for (int step = 0; step < 20_000; step++) {
            int choice = random.nextInt(4);
            if (live.isEmpty() || (choice < 2 && live.size() < 60)) {
                Extent extent = new Extent();
                int size =
                        random.nextInt(20) == 0 ? random.nextInt(80 * KIB) : random.nextInt(3000);
                if (!space.reserve(extent, size)) {
                    refused++;
                    continue;
                }
                byte[] bytes = Batches.bytes(random, random.nextInt(size + 1));
                Batches.fill(extent, bytes);
                live.add(extent);
                expected.add(bytes);
                continue;
            }
            int index = random.nextInt(live.size());
            Extent extent = live.get(index);
            if (choice == 2) {
                if (random.nextBoolean()) {
                    space.trim(extent);
                } else if (!space.grow(extent, extent.capacity() + random.nextInt(5000))) {
                    refused++;
                }
            } else {
                assertThat(Batches.read(extent)).isEqualTo(expected.get(index));
                space.release(extent);
                live.remove(index);
                expected.remove(index);
            }
        }
        for (int index = 0; index < live.size(); index++) {
            assertThat(Batches.read(live.get(index))).isEqualTo(expected.get(index));
            space.release(live.get(index));
        }
        assertThat(refused).as("the limit was reached").isPositive();
    }

    private Extent reserve(int capacity) {
        Extent extent = new Extent();
        assertThat(space.reserve(extent, capacity)).isTrue();
        return extent;
    }
}
