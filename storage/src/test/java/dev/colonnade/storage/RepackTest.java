package dev.colonnade.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.DeflatedFormat;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Blocks of columns become packed ones; and rows stay rows where a pipeline streams.
final class RepackTest {
    private static final int BODY_BYTES = 2_000;
    private static final long SECOND = 1_000_000_000L;

    private final SplittableRandom random = new SplittableRandom(4);
    private final ManualClock clock = new ManualClock();
    private final TestMemory memory = TestMemory.of(64 << 20);
    private final MemoryBudget budget = memory.budget("pipeline");
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final DeflatedFormat format = new DeflatedFormat(4 << 20, 1_000, () -> false);
    private final ShapingRig rig = new ShapingRig(memory, format, 4 << 20, 8 << 20, 4 << 20);
    private final List<byte[]> bodies = new ArrayList<>();
    private final List<ShapeCandidate> offered = new ArrayList<>();
    private @Nullable ShapeDecision rows;
    private @Nullable ShapeDecision columns;
    private final StoreConfig config =
            new StoreConfig(
                    "logs",
                    Signal.LOGS,
                    budget,
                    Durability.MEMORY,
                    List.of(new CursorConfig("otlp", OnFull.DROP_OLDEST, null)));
    private final HybridStore store =
            new HybridStore(config, memory.loops(), clock, rig.reshaping(), _ -> this::decide);
    private final StoreShard shard = store.shard(0);

    @AfterEach
    void nothingLeaked() {
        shard.close();
        space.close();
        rig.close();
        memory.close();
    }

    @Test
    void columnsThatCostTooMuchBecomePacked() {
        appendColumns(100);
        long inColumns = store.bytes(Shape.COLUMN) + rig.reserve().reserved();
        assertThat(inColumns).isPositive();
        columns = new ShapeDecision(Shape.PACKED, ShapeReason.MEMORY_PRESSURE);
        shard.considerShapes();
        assertThat(offered.getLast().shape()).isEqualTo(Shape.COLUMN);
        assertThat(offered.getLast().entries()).isEqualTo(100);
        assertThat(offered.getLast().records()).isEqualTo(100);
        assertThat(offered.getLast().wireBytes()).isEqualTo(100 * BODY_BYTES);
        assertThat(offered.getLast().wireBytesAhead()).isZero();
        rig.settle();
        assertThat(store.records(Shape.COLUMN)).isZero();
        assertThat(store.wireBytes(Shape.COLUMN)).isZero();
        assertThat(store.blocks(Shape.COLUMN)).isZero();
        assertThat(store.bytes(Shape.COLUMN)).isZero();
        assertThat(store.records(Shape.PACKED)).isEqualTo(100);
        assertThat(store.wireBytes(Shape.PACKED)).isEqualTo(100 * BODY_BYTES);
        assertThat(store.blocks(Shape.PACKED)).isOne();
        assertThat(store.bytes(Shape.PACKED)).isPositive();
        assertThat(
                        store.shapes(meter ->
                                meter.switches(
                                        Shape.COLUMN, Shape.PACKED, ShapeReason.MEMORY_PRESSURE)))
                .isOne();
        assertThat(shard.segments(1).oldest().getFirst().reason())
                .isEqualTo(ShapeReason.MEMORY_PRESSURE);
        drain();
    }

    /// Scenario: an exporter comes to the block, as rows or as columns, while the packer has it.
    /// Guarantees: the block stays as it is, and every entry is delivered once.
    @Test
    void aBlockThatAnExporterCameToStaysAsItIs() {
        for (boolean asColumns : new boolean[] {false, true}) {
            bodies.clear();
            appendColumns(100);
            columns = new ShapeDecision(Shape.PACKED, ShapeReason.RECORD_COUNT);
            shard.considerShapes();
            assertThat(rig.packer().runOnce()).isTrue();
            Lease lease =
                    requireNonNull(
                            asColumns
                                    ? shard.cursor(0).takeColumns(1, 1, false)
                                    : shard.cursor(0).take(1, 1, false));
            rig.settle();
            columns = null;
            assertThat(store.blocks(Shape.PACKED)).isZero();
            assertThat(store.blocks(Shape.COLUMN)).isOne();
            lease.nack();
            drain();
        }
        assertThat(store.shapes(meter -> meter.failures(Failure.OVERTAKEN))).isEqualTo(2);
    }

    /// Scenario: all of the block is dropped while the packer reads it. Guarantees: it is read to
    /// its end and then gone, and so is what was made of it.
    @Test
    void aBlockThatIsDroppedMeanwhileIsNotPutBack() {
        appendColumns(100);
        columns = new ShapeDecision(Shape.PACKED, ShapeReason.RECORD_COUNT);
        shard.considerShapes();
        assertThat(shard.evict(1)).isPositive();
        assertThat(shard.records()).isZero();
        assertThat(store.bytes(Shape.COLUMN) + rig.reserve().reserved())
                .as("kept for the packer")
                .isPositive();
        rig.settle();
        assertThat(store.blocks(Shape.PACKED)).isZero();
        assertThat(store.bytes(Shape.PACKED) + store.bytes(Shape.COLUMN)).isZero();
        assertThat(rig.reserve().reserved()).isZero();
        assertThat(shard.cursor(0).dropped(DropReason.EVICTED)).isEqualTo(100);
    }

    @Test
    void aBlockThatWouldSaveNothingIsNotOfferedAgain() {
        appendColumns(100);
        columns = new ShapeDecision(Shape.PACKED, ShapeReason.RECORD_COUNT, 0, true);
        shard.considerShapes();
        rig.settle();
        assertThat(store.shapes(meter -> meter.failures(Failure.SAVED_NOTHING))).isOne();
        assertThat(store.blocks(Shape.COLUMN)).isOne();
        offered.clear();
        shard.considerShapes();
        assertThat(offered).isEmpty();
        drain();
    }

    /// Scenario: a streaming pipeline's exporter keeps up, then does not. Guarantees: each segment
    /// that is sealed with something in it is counted as kept; nothing changes its shape.
    @Test
    void whatStaysRowsBecauseAPipelineStreamsIsCounted() {
        HybridStore streaming = HybridStore.streaming(config, memory.loops(), clock);
        StoreShard rowsOnly = streaming.shard(0);
        for (int second = 0; second < 20; second++) {
            append(rowsOnly, 5);
            take(rowsOnly).ack();
            clock.advanceNanos(SECOND);
            rowsOnly.tick();
        }
        assertThat(kept(streaming)).isZero();
        append(rowsOnly, 5);
        for (int second = 0; second < 20; second++) {
            clock.advanceNanos(SECOND);
            rowsOnly.tick();
        }
        assertThat(kept(streaming)).isOne();
        assertThat(streaming.records(Shape.ROW)).isEqualTo(5);
        take(rowsOnly).ack();
        rowsOnly.close();
        HybridStore other = new HybridStore(config, memory.loops(), clock);
        assertThat(kept(other)).isZero();
        other.shard(0).close();
    }

    private static long kept(HybridStore store) {
        return store.shapes(meter -> meter.switches(Shape.ROW, Shape.ROW, ShapeReason.STREAMING));
    }

    private static Lease take(StoreShard from) {
        return requireNonNull(from.cursor(0).take(Long.MAX_VALUE, Integer.MAX_VALUE, true));
    }

    private @Nullable ShapeDecision decide(ShapeCandidate candidate) {
        offered.add(candidate);
        return candidate.shape() == Shape.ROW ? rows : columns;
    }

    private void appendColumns(int requests) {
        append(shard, requests);
        rows = new ShapeDecision(Shape.COLUMN, ShapeReason.ACCESS_PATTERN);
        columns = null;
        shard.considerShapes();
        rig.settle();
        rows = null;
        assertThat(store.records(Shape.COLUMN)).isEqualTo(requests);
    }

    private void append(StoreShard to, int requests) {
        for (int request = 0; request < requests; request++) {
            byte[] body = Batches.bytes(random, BODY_BYTES);
            bodies.add(body);
            RowBatch batch = new RowBatch();
            assertThat(space.reserve(batch.payload(), body.length)).isTrue();
            Batches.describePlain(batch, body, 1, clock.getAsLong());
            assertThat(to.admit(1, body.length)).isEqualTo(Admission.ADMITTED);
            to.append(batch, null);
            space.handOver(batch.payload());
        }
    }

    private void drain() {
        int next = 0;
        while (shard.records() > 0) {
            Lease lease = take(shard);
            for (int entry = 0; entry < lease.entries(); entry++) {
                assertThat(Batches.read(lease, entry)).isEqualTo(bodies.get(next++));
            }
            lease.ack();
        }
        assertThat(next).isEqualTo(bodies.size());
    }
}
