package dev.colonnade.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.SegmentLook.Progress;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.DeflatedFormat;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Somebody looks at held segments while exporters and the packer go on.
final class SegmentLookTest {
    private static final int BODY_BYTES = 3_000;

    private boolean packs;
    private final SplittableRandom random = new SplittableRandom(4);
    private final TestMemory memory = TestMemory.of(64 << 20);
    private final MemoryBudget budget = memory.budget("pipeline");
    private final MemoryBudget own = memory.budget("debug");
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final DeflatedFormat format = new DeflatedFormat(4 << 20, 1_000, () -> false);
    private final ShapingRig rig = new ShapingRig(memory, format, 4 << 20, 8 << 20, 4 << 20);
    private final HybridStore store =
            new HybridStore(
                    new StoreConfig(
                            "logs",
                            Signal.LOGS,
                            budget,
                            Durability.MEMORY,
                            List.of(new CursorConfig("otlp", OnFull.REFUSE, null))),
                    memory.loops(),
                    () -> 0,
                    rig.reshaping(),
                    _ -> _ -> packs ? new ShapeDecision(Shape.PACKED, ShapeReason.DWELL) : null);
    private final StoreShard shard = store.shard(0);
    private final List<byte[]> bodies = new ArrayList<>();
    private final Slab slab = requireNonNull(memory.pool().take(64 << 10, BudgetShare.of(own)));
    private final RowCopies copies = new RowCopies(slab);

    @AfterEach
    void nothingLeaked() {
        memory.pool().give(slab);
        own.close();
        shard.abandon();
        shard.close();
        space.close();
        rig.close();
        memory.close();
    }

    @Test
    void copiesRowsInOrderAPieceAtATime() {
        append(100, BODY_BYTES);
        List<byte[]> seen = new ArrayList<>();
        try (SegmentLook look = requireNonNull(shard.look(0))) {
            assertThat(look.block()).isNull();
            int pieces = 0;
            while (look.copy(copies) == Progress.COPIED) {
                read(seen);
                pieces++;
                // What is taken between two pieces and not settled is held all the same.
                requireNonNull(shard.cursor(0).take(1, 1, false)).nack();
            }
            assertThat(pieces).isGreaterThan(3);
            assertThat(look.copy(copies)).isEqualTo(Progress.END);
        }
        assertThat(seen).containsExactlyElementsOf(bodies);
    }

    /// Scenario: an exporter is done with some requests before, and with others while somebody
    /// looks; new ones arrive in the same segment. Guarantees: what is seen was held all the time.
    @Test
    void leavesOutWhatIsSettledMeanwhileAndWhatArrivesLater() {
        append(100, BODY_BYTES);
        settle(5);
        List<byte[]> seen = new ArrayList<>();
        try (SegmentLook look = requireNonNull(shard.look(7))) {
            assertThat(look.copy(copies)).isEqualTo(Progress.COPIED);
            read(seen);
            int first = seen.size();
            assertThat(seen).containsExactlyElementsOf(bodies.subList(5, 5 + first));
            settle(first + 10);
            append(10, BODY_BYTES);
            while (look.copy(copies) == Progress.COPIED) {
                read(seen);
            }
            assertThat(seen.subList(first, seen.size()))
                    .containsExactlyElementsOf(bodies.subList(5 + first + 10, 100));
        }
    }

    /// Scenario: all that a look was to see is settled, and the segment begins anew with other
    /// requests. Guarantees: none of those is taken for what was looked for.
    @Test
    void seesNothingOfASegmentThatBeganAnew() {
        append(100, BODY_BYTES);
        try (SegmentLook look = requireNonNull(shard.look(0))) {
            assertThat(look.copy(copies)).isEqualTo(Progress.COPIED);
            settle(100);
            append(100, BODY_BYTES);
            assertThat(look.copy(copies)).isEqualTo(Progress.END);
            assertThat(copies.count()).isZero();
        }
        assertThat(shard.look(99)).as("settled").isNull();
        assertThat(shard.look(200)).as("not there yet").isNull();
        requireNonNull(shard.look(199)).close();
    }

    @Test
    void saysHowLongARequestIsThatDoesNotFit() {
        append(1, BODY_BYTES);
        append(1, 100_000);
        try (SegmentLook look = requireNonNull(shard.look(0))) {
            assertThat(look.copy(copies)).isEqualTo(Progress.COPIED);
            assertThat(look.copy(copies)).isEqualTo(Progress.TOO_LONG);
            assertThat(copies.neededBytes()).isEqualTo(100_000);
            Slab larger = requireNonNull(memory.pool().take(100_000, BudgetShare.of(own)));
            RowCopies target = new RowCopies(larger);
            assertThat(look.copy(target)).isEqualTo(Progress.COPIED);
            assertThat(bytes(target, 0)).isEqualTo(bodies.get(1));
            memory.pool().give(larger);
        }
    }

    @Test
    void saysThatRowsBecameABlock() {
        append(100, BODY_BYTES);
        try (SegmentLook look = requireNonNull(shard.look(50))) {
            assertThat(look.copy(copies)).isEqualTo(Progress.COPIED);
            pack();
            assertThat(look.copy(copies)).isEqualTo(Progress.CHANGED);
        }
        try (SegmentLook look = requireNonNull(shard.look(50))) {
            assertThat(requireNonNull(look.block()).entries()).isEqualTo(100);
        }
    }

    /// Scenario: the exporter drains all of a block while somebody looks at it. Guarantees: it can
    /// be read as long as that takes, and is charged; then it is gone.
    @Test
    void keepsABlockUntilNobodyLooks() {
        append(100, BODY_BYTES);
        pack();
        SegmentLook look = requireNonNull(shard.look(0));
        settle(100);
        assertThat(shard.records()).isZero();
        assertThat(shard.look(0)).isNull();
        StoredBlock block = requireNonNull(look.block());
        assertThat(budget.reserved() + rig.reserve().reserved())
                .isGreaterThanOrEqualTo(block.capacityBytes());
        try (BlockReader reader = format.reader(memory.pool(), BudgetShare.of(own))) {
            assertThat(reader.open(block)).isTrue();
            for (byte[] body : bodies) {
                assertThat(reader.nextLength()).isEqualTo(body.length);
                reader.write(slab.address());
                assertThat(bytes(slab.address(), body.length)).isEqualTo(body);
            }
        }
        look.close();
        look.close();
        space.trimIdle();
        assertThat(store.bytes(Shape.PACKED) + rig.reserve().reserved()).isZero();
    }

    private void append(int requests, int bytes) {
        for (int request = 0; request < requests; request++) {
            byte[] body = Batches.bytes(random, bytes);
            bodies.add(body);
            RowBatch batch = new RowBatch();
            assertThat(space.reserve(batch.payload(), bytes)).isTrue();
            Batches.describePlain(batch, body, 1, 0);
            assertThat(shard.admit(1, bytes)).isEqualTo(Admission.ADMITTED);
            shard.append(batch, null);
            space.handOver(batch.payload());
        }
    }

    private void settle(int requests) {
        for (int request = 0; request < requests; request++) {
            requireNonNull(shard.cursor(0).take(1, 1, false)).ack();
        }
    }

    private void pack() {
        packs = true;
        shard.considerShapes();
        rig.settle();
        packs = false;
    }

    private void read(List<byte[]> target) {
        for (int index = 0; index < copies.count(); index++) {
            assertThat(copies.codec(index)).isEqualTo(Codec.IDENTITY);
            assertThat(copies.records(index)).isOne();
            assertThat(copies.wireBytes(index)).isEqualTo(copies.length(index));
            target.add(bytes(copies, index));
        }
    }

    private static byte[] bytes(RowCopies copies, int index) {
        return bytes(copies.address(index), copies.length(index));
    }

    private static byte[] bytes(long address, int length) {
        byte[] bytes = new byte[length];
        OffHeap.copy(address, bytes, 0, length);
        return bytes;
    }
}
