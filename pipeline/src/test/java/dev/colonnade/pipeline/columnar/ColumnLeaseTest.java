package dev.colonnade.pipeline.columnar;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.testkit.ArrowRecords;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.ShapeConfig;
import dev.colonnade.storage.ShapeFacts;
import dev.colonnade.storage.ShapePolicy;
import dev.colonnade.storage.ShapeReason;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.StoreShard;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.columnar.ArrowStreams;
import dev.colonnade.storage.columnar.Block;
import dev.colonnade.storage.columnar.ColumnBatch;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.columnar.SlabAllocation;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A consumer asks a store for columns, with the real policy, the real format and real requests.
final class ColumnLeaseTest {
    private static final int MIB = 1 << 20;
    private static final int RECORDS = 100;
    private static final long SECOND = 1_000_000_000L;

    private final TestMemory memory = TestMemory.of(256L << 20);
    private final MemoryBudget budget = memory.budget("pipeline", 64L << 20);
    private final MemoryBudget own = memory.budget("consumer");
    private final ManualClock clock = new ManualClock();
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final ColumnarFormat format = ColumnarFormat.ofReaderBytes(8 * MIB);
    private final ShapingRig rig =
            new ShapingRig(memory, format, 24 * MIB, format.writerBytesMax() + 8 * MIB, 8 * MIB);
    private final List<byte[]> sent = new ArrayList<>();

    @AfterEach
    void nothingLeaked() {
        space.close();
        own.close();
        rig.close();
        memory.close();
    }

    /// Scenario: a consumer that asks for columns gets rows, and falls behind. Guarantees: what it
    /// comes to next is made columns for it, for that reason; it is handed the blocks themselves,
    /// whose columns Arrow reads where they stand; nothing is made rows again.
    @ParameterizedTest
    @EnumSource
    void whoAsksForColumnsIsHandedTheBlocksThatWereMadeForHim(Signal signal) throws Exception {
        HybridStore store = store(signal, 10_000);
        StoreShard shard = store.shard(0);
        RandomOtlp otlp = new RandomOtlp(new SplittableRandom(3));
        List<byte[]> read = new ArrayList<>();
        append(shard, signal, otlp, 5);
        for (int asked = 0; asked < 20; asked++) {
            Lease rows = requireNonNull(shard.cursor(0).takeColumns(MIB, 1_000, false));
            assertThat(rows.isColumns()).isFalse();
            rows.nack();
        }
        append(shard, signal, otlp, 60);
        Lease rows = requireNonNull(shard.cursor(0).takeColumns(MIB, 1_000, false));
        assertThat(rows.isColumns()).isFalse();
        for (int entry = 0; entry < rows.entries(); entry++) {
            read.add(Batches.read(rows, entry));
        }
        tick(shard);
        rows.ack();
        assertThat(store.records(Shape.COLUMN)).isGreaterThan(10 * RECORDS);
        assertThat(switches(store, Shape.COLUMN, ShapeReason.ACCESS_PATTERN)).isPositive();
        int first = read.size();
        List<ArrowRecords.Row> columns = new ArrayList<>();
        Lease lease = shard.cursor(0).takeColumns(MIB, 1_000, false);
        int inColumns = 0;
        while (lease != null && lease.isColumns()) {
            assertThat(lease.block().shape()).isEqualTo(Shape.COLUMN);
            assertThat(lease.entries()).isEqualTo(lease.block().entries());
            inColumns += lease.entries();
            columns.addAll(rowsOf(signal, lease));
            lease.ack();
            lease = shard.cursor(0).takeColumns(MIB, 1_000, false);
        }
        if (lease != null) {
            lease.nack();
        }
        assertThat(inColumns).isGreaterThan(10);
        assertThat(columns.equals(expected(signal, sent.subList(first, first + inColumns))))
                .isTrue();
        assertThat(store.shapes(meter -> meter.lentRecords(Shape.COLUMN)))
                .isEqualTo((long) inColumns * RECORDS);
        assertThat(store.shapes(meter -> meter.unmadeRecords(Shape.COLUMN))).isZero();
        assertThat(store.blocks(Shape.COLUMN)).isZero();
        close(shard);
    }

    /// Scenario: blocks were packed for the target's sake before anybody asked for columns; the
    /// lease begins where a consumer of rows stopped, and ends where the request metadata changes.
    /// Guarantees: those requests alone are written, in order.
    @ParameterizedTest
    @EnumSource
    void aPartOfAPackedBlockIsWrittenAsColumns(Signal signal) throws Exception {
        HybridStore store = store(signal, 1_000);
        StoreShard shard = store.shard(0);
        append(shard, signal, new RandomOtlp(new SplittableRandom(4)), 40);
        tick(shard);
        assertThat(store.records(Shape.PACKED)).isGreaterThan(10 * RECORDS);
        Lease rows = requireNonNull(shard.cursor(0).take(1, 1, false));
        assertThat(rows.entries()).isOne();
        rows.ack();
        // Its window is closed when nobody took from it for a while.
        shard.tick();
        shard.tick();
        Lease lease = requireNonNull(shard.cursor(0).takeColumns(1, 1, false));
        assertThat(lease.isColumns()).isTrue();
        assertThat(lease.blockIndex()).isOne();
        assertThat(lease.entries()).isEqualTo(lease.block().entries() - 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (MemoryBudget streaming = memory.budget("streams");
                ArrowStreams streams = new ArrowStreams(memory.pool(), streaming)) {
            assertThat(streams.write(lease.block(), lease.blockIndex(), lease.entries(), out))
                    .isTrue();
        }
        assertThat(
                        read(signal, out.toByteArray())
                                .equals(expected(signal, sent.subList(1, 1 + lease.entries()))))
                .isTrue();
        lease.ack();
        close(shard);
    }

    @Test
    void whoAsksForRowsKeepsRowsInTheHeadWindow() {
        HybridStore store = store(Signal.LOGS, 10_000);
        StoreShard shard = store.shard(0);
        append(shard, Signal.LOGS, new RandomOtlp(new SplittableRandom(5)), 60);
        for (int asked = 0; asked < 40; asked++) {
            requireNonNull(shard.cursor(0).take(MIB, 1_000, false)).nack();
        }
        tick(shard);
        assertThat(switches(store, Shape.COLUMN, ShapeReason.ACCESS_PATTERN)).isZero();
        close(shard);
    }

    private HybridStore store(Signal signal, int recordCount) {
        ShapeConfig config =
                ShapeConfig.DEFAULT
                        .withRuns(recordCount, 0, ShapeConfig.DWELL_NANOS_DEFAULT)
                        .sized(format.blockWireBytesMax(), true, 2);
        Facts facts = new Facts();
        ShapePolicy policy = new ShapePolicy(config, facts, clock);
        HybridStore store =
                new HybridStore(
                        new StoreConfig(
                                signal.label(),
                                signal,
                                budget,
                                Durability.MEMORY,
                                List.of(new CursorConfig("file", OnFull.REFUSE, null))),
                        memory.loops(),
                        clock,
                        rig.reshaping(),
                        _ -> policy);
        facts.store = store;
        return store;
    }

    private void append(StoreShard shard, Signal signal, RandomOtlp otlp, int requests) {
        for (int number = 0; number < requests; number++) {
            byte[] request = otlp.request(signal, RECORDS);
            sent.add(request);
            RowBatch batch = new RowBatch();
            assertThat(space.reserve(batch.payload(), request.length)).isTrue();
            Batches.describePlain(batch, request, RECORDS, clock.getAsLong());
            assertThat(shard.admit(RECORDS, request.length)).isEqualTo(Admission.ADMITTED);
            shard.append(batch, null);
            space.handOver(batch.payload());
            shard.publish();
        }
    }

    /// Six seconds, and the packer's work.
    private void tick(StoreShard shard) {
        for (int second = 0; second < 6; second++) {
            clock.advanceNanos(SECOND);
            shard.tick();
            rig.settle();
        }
    }

    private void close(StoreShard shard) {
        rig.packer().close();
        rig.settle();
        shard.abandon();
        shard.close();
    }

    private static long switches(HybridStore store, Shape to, ShapeReason reason) {
        return store.shapes(meter -> meter.switches(Shape.ROW, to, reason));
    }

    /// What Arrow sees in the lease's block, without the block being copied.
    private List<ArrowRecords.Row> rowsOf(Signal signal, Lease lease) throws Exception {
        Block block = (Block) lease.block();
        try (RootAllocator allocator = SlabAllocation.allocator(memory.pool(), own);
                ColumnBatch batch =
                        requireNonNull(
                                ColumnBatch.of(
                                        block,
                                        memory.pool(),
                                        BudgetShare.of(own),
                                        allocator,
                                        () -> {}))) {
            // Points of all kinds in one table have hardly a column that each of them has.
            assertThat(batch.sharedBytes())
                    .isGreaterThan(signal == Signal.METRICS ? 0 : block.usedBytes() / 4);
            return new ArrowRecords(signal, batch.root(), batch.dictionaries()).rows();
        }
    }

    private List<ArrowRecords.Row> read(Signal signal, byte[] stream) throws Exception {
        List<ArrowRecords.Row> rows = new ArrayList<>();
        InputStream in = new ByteArrayInputStream(stream);
        try (RootAllocator allocator = SlabAllocation.allocator(memory.pool(), own);
                ArrowStreamReader reader = new ArrowStreamReader(in, allocator)) {
            assertThat(reader.loadNextBatch()).isTrue();
            rows.addAll(new ArrowRecords(signal, reader.getVectorSchemaRoot(), reader).rows());
            assertThat(reader.loadNextBatch()).isFalse();
        }
        assertThat(in.available()).isZero();
        return rows;
    }

    private static List<ArrowRecords.Row> expected(Signal signal, List<byte[]> requests)
            throws Exception {
        List<OtlpOracle.Row> rows = new ArrayList<>();
        for (byte[] request : requests) {
            rows.addAll(OtlpOracle.rows(OtlpOracle.whole().parse(signal, request)));
        }
        return ArrowRecords.expected(signal, rows);
    }

    /// A pipeline alone in its process.
    private final class Facts implements ShapeFacts {
        private @Nullable HybridStore store;

        private HybridStore store() {
            return requireNonNull(store);
        }

        @Override
        public long heldBytes() {
            return store().bytes();
        }

        @Override
        public long heldRecords() {
            return store().records();
        }

        @Override
        public long budgetBytes() {
            return budget.limit();
        }

        @Override
        public double budgetUsed() {
            return budget.usedPart();
        }

        @Override
        public long settledBytes() {
            return store().shard(0).settledBytes();
        }

        @Override
        public long inFlightBytes() {
            return store().backlogBytes(0) - store().shard(0).cursor(0).waitingBytes();
        }
    }
}
