package dev.colonnade.storage.columnar;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.BlockReader;
import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.BlockEncoder.Limits;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.TestMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BlockBytesTest {
    private static final Limits LIMITS = new Limits(65_535, 64 << 20);

    private final TestMemory memory = TestMemory.of(64 << 20);
    private final SplittableRandom random = new SplittableRandom(42);

    @SuppressWarnings("ArrayRecordComponent") // compared by content, nowhere as a record
    record Entry(byte[] bytes, long receivedNanos, int metadataId, int records) {}

    @Test
    void givesBackEveryEntryInOrderWithItsDescription() {
        List<Entry> entries = new ArrayList<>();
        int[] lengths = {0, 1, 7, 300, 70_000, 1 << 20, 3, 0, 250_000, 5_000};
        for (int length : lengths) {
            byte[] bytes = Batches.bytes(random, length);
            entries.add(new Entry(bytes, random.nextLong(), random.nextInt(), length % 90));
        }
        MemoryBudget scratch = memory.budget("scratch");
        MemoryBudget packed = memory.budget("packed");
        BudgetShare share = BudgetShare.of(scratch);
        try (BlockEncoder encoder = new BlockEncoder(Signal.LOGS, memory.pool(), share, LIMITS);
                BlockDecoder decoder = new BlockDecoder(memory.pool(), share)) {
            encoder.begin();
            add(encoder, entries);
            Block block = requireNonNull(encoder.seal(Shape.PACKED, BudgetShare.of(packed)));
            assertThat(block.entries()).isEqualTo(entries.size());
            assertThat(block.capacityBytes()).isEqualTo(packed.reserved());
            assertThat(decoder.open(block)).isTrue();
            for (Entry entry : entries) {
                assertThat(decoder.nextLength()).isEqualTo(entry.bytes.length);
                assertThat(decoder.receivedNanos()).isEqualTo(entry.receivedNanos);
                assertThat(decoder.metadataId()).isEqualTo(entry.metadataId);
                assertThat(decoder.records()).isEqualTo(entry.records);
                assertThat(written(decoder)).isEqualTo(entry.bytes);
            }
            assertThat(decoder.nextLength()).isEqualTo(BlockReader.END);
            decoder.release();
            block.release();
        }
        assertThat(scratch.reserved()).isZero();
        assertThat(packed.reserved()).isZero();
        memory.close();
    }

    /// Scenario: a block of several slabs, and somebody who has room for all but one of them.
    /// Guarantees: the block says that it is not charged to them yet, and later that it is.
    @Test
    void isChargedWhollyOrSaysThatItIsNot() {
        MemoryBudget reserve = memory.budget("reserve");
        BudgetShare share = BudgetShare.of(memory.budget("scratch"));
        try (BlockEncoder encoder = new BlockEncoder(Signal.LOGS, memory.pool(), share, LIMITS)) {
            encoder.begin();
            add(encoder, List.of(new Entry(Batches.bytes(random, 1 << 20), 1, 1, 1)));
            Block block = requireNonNull(encoder.seal(Shape.PACKED, BudgetShare.of(reserve)));
            long bytes = block.capacityBytes();
            MemoryBudget full = memory.root().child("full", bytes);
            BudgetShare owner = BudgetShare.of(full);
            assertThat(full.tryReserve(1)).isTrue();
            assertThat(block.charge(owner)).isFalse();
            assertThat(reserve.reserved()).isPositive();
            assertThat(reserve.reserved() + full.reserved() - 1).isEqualTo(bytes);
            full.release(1);
            assertThat(block.charge(owner)).isTrue();
            assertThat(reserve.reserved()).isZero();
            assertThat(full.reserved()).isEqualTo(bytes);
            block.release();
        }
        memory.close();
    }

    @Test
    void describesSmallEntriesInFewBytes() {
        MemoryBudget packed = memory.budget("packed");
        BudgetShare share = BudgetShare.of(memory.budget("scratch"));
        try (BlockEncoder encoder = new BlockEncoder(Signal.LOGS, memory.pool(), share, LIMITS)) {
            encoder.begin();
            long now = 1_790_000_000_000_000_000L;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment one = arena.allocate(1);
                for (int i = 0; i < 60_000; i++) {
                    now += random.nextInt(200_000);
                    assertThat(encoder.add(one.address(), 0, now, 3, 1)).isEqualTo(Added.ADDED);
                }
            }
            Block block = requireNonNull(encoder.seal(Shape.PACKED, BudgetShare.of(packed)));
            assertThat(block.usedBytes()).isLessThan(3 * 60_000);
            block.release();
        }
        memory.close();
    }

    private static void add(BlockEncoder encoder, List<Entry> entries) {
        for (Entry entry : entries) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment bytes = arena.allocate(Math.max(1, entry.bytes.length));
                MemorySegment.copy(
                        MemorySegment.ofArray(entry.bytes), 0, bytes, 0, entry.bytes.length);
                Added added =
                        encoder.add(
                                bytes.address(),
                                entry.bytes.length,
                                entry.receivedNanos,
                                entry.metadataId,
                                entry.records);
                assertThat(added).isEqualTo(Added.ADDED);
            }
        }
    }

    private static byte[] written(BlockDecoder decoder) {
        try (Arena arena = Arena.ofConfined()) {
            int length = decoder.nextLength();
            MemorySegment target = arena.allocate(length + 8);
            decoder.write(target.address());
            byte[] bytes = new byte[length];
            MemorySegment.copy(target, 0, MemorySegment.ofArray(bytes), 0, length);
            return bytes;
        }
    }
}
