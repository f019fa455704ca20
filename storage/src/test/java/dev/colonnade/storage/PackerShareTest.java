package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.SlabPool;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.DeflatedFormat;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Scenario: a container may use a quarter of a processor, and the need to pack is as great as it
/// gets. Requests cost the packer set times, on clocks that only work and rest move.
///
/// Guarantees: over any stretch the packer takes half of the quarter at most, in slices of a
/// millisecond; the other half is the data path's.
final class PackerShareTest {
    private static final double QUOTA = 0.25;
    private static final double SHARE = PackerPace.share(100, 1, QUOTA);
    private static final int BODY_BYTES = 100;
    private static final long FLOOR_BYTES = 1 << 20;

    private final ManualClock cpu = new ManualClock();
    private final ManualClock wall = new ManualClock();
    private final TestMemory memory = TestMemory.of(16 << 20);
    private final MemoryBudget budget = memory.budget("pipeline");
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final List<Long> slices = new ArrayList<>();
    private final List<Long> rests = new ArrayList<>();
    private final ShapingRig rig =
            new ShapingRig(
                    memory, new Costly(), FLOOR_BYTES, FLOOR_BYTES, FLOOR_BYTES, cpu, this::rest);
    private final StoreShard shard = rig.store(budget, wall, new Pressed()).shard(0);
    private long addNanos;
    private long sealNanos;
    private long throttledNanos;
    private long slice;
    private boolean stopsResting;

    @AfterEach
    void nothingLeaked() {
        rig.packer().close();
        rig.settle();
        shard.abandon();
        shard.close();
        space.close();
        rig.close();
        memory.close();
    }

    @Test
    void takesHalfOfAQuarterOfAProcessorAtMost() {
        addNanos = 1_500;
        sealNanos = 5_000_000;
        for (int job = 0; job < 40; job++) {
            packs(2_000);
        }
        assertThat(slices).hasSizeGreaterThan(80);
        assertThat(slices.stream().filter(nanos -> nanos > 1_650_000))
                .as("but for sealing, which is one step")
                .hasSizeLessThanOrEqualTo(40);
        assertThat(shareTaken()).isCloseTo(QUOTA / 2, within(0.002));
    }

    @Test
    void jobsShorterThanASliceAddUp() {
        addNanos = 1_000;
        sealNanos = 300_000;
        for (int job = 0; job < 200; job++) {
            packs(1);
        }
        assertThat(rests).as("one in four rests").hasSizeBetween(40, 60);
        assertThat(shareTaken()).isCloseTo(QUOTA / 2, within(0.005));
    }

    /// Scenario: the kernel lets nobody run for the rest of its period, time and again.
    @Test
    void timeInWhichNobodyMayRunIsNoWork() {
        addNanos = 1_500;
        throttledNanos = 75_000_000;
        packs(4_000);
        long worked = slices.stream().mapToLong(Long::longValue).sum();
        long rested = rests.stream().mapToLong(Long::longValue).sum();
        assertThat(rested / (double) worked).isCloseTo((1 - SHARE) / SHARE, within(0.01));
    }

    @Test
    void aLongRestEndsSoonAfterItIsStopped() {
        sealNanos = 1_000_000_000;
        stopsResting = true;
        packs(10);
        assertThat(rests).as("of seven seconds").hasSize(1).allMatch(nanos -> nanos <= 100_000_000);
    }

    private double shareTaken() {
        return (cpu.getAsLong() - ManualClock.START_NANOS)
                / (double) (wall.getAsLong() - ManualClock.START_NANOS);
    }

    private void rest(long nanos) {
        rests.add(nanos);
        wall.advanceNanos(nanos);
        if (slice > 0) {
            slices.add(slice);
            slice = 0;
        }
        if (stopsResting) {
            rig.packer().stop();
        }
    }

    private void work(long nanos) {
        cpu.advanceNanos(nanos);
        wall.advanceNanos(nanos + throttledNanos);
        slice += nanos;
    }

    private void packs(int requests) {
        byte[] body = new byte[BODY_BYTES];
        RowBatch batch = new RowBatch();
        for (int request = 0; request < requests; request++) {
            assertThat(space.reserve(batch.payload(), BODY_BYTES)).isTrue();
            Batches.describePlain(batch, body, 1, 0);
            assertThat(shard.admit(1, BODY_BYTES)).isEqualTo(Admission.ADMITTED);
            shard.append(batch, null);
            space.handOver(batch.payload());
        }
        shard.considerShapes();
        rig.settle();
    }

    /// Yes, and at once.
    private static final class Pressed implements ShapeDecider {
        @Override
        public ShapeDecision decide(ShapeCandidate candidate) {
            return new ShapeDecision(Shape.PACKED, ShapeReason.MEMORY_PRESSURE);
        }

        @Override
        public double packerShare() {
            return SHARE;
        }
    }

    /// Adding and sealing take as long as the test says.
    private final class Costly implements BlockFormat {
        private final BlockFormat plain = new DeflatedFormat(1 << 20, 100_000, () -> false);

        @Override
        public BlockWriter writer(Signal signal, SlabPool pool, BudgetShare floor) {
            BlockWriter writer = plain.writer(signal, pool, floor);
            return new BlockWriter() {
                @Override
                public void begin() {
                    writer.begin();
                }

                @Override
                public Added add(
                        long address, int length, long receivedNanos, int metadataId, int records) {
                    work(addNanos);
                    return writer.add(address, length, receivedNanos, metadataId, records);
                }

                @Override
                public @Nullable StoredBlock seal(Shape shape, BudgetShare charge) {
                    work(sealNanos);
                    return writer.seal(shape, charge);
                }

                @Override
                public void trimIdle() {
                    writer.trimIdle();
                }

                @Override
                public void close() {
                    writer.close();
                }
            };
        }

        @Override
        public BlockReader reader(SlabPool pool, BudgetShare floor) {
            return plain.reader(pool, floor);
        }

        @Override
        public long readerBytesMax() {
            return plain.readerBytesMax();
        }

        @Override
        public long writerBytesMax() {
            return plain.writerBytesMax();
        }

        @Override
        public int blockWireBytesMax() {
            return plain.blockWireBytesMax();
        }
    }
}
