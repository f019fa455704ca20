package dev.colonnade.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.columnar.BlockEncoder;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.columnar.Otlp;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Scenario: a store of two exporters lives through appending, packing with the real format, giving
/// back and draining through windows. Its n-th allocation fails, and so many after it, for n = 1,
/// 2, 3 and on, until a life has fewer than n. Memory is there all the time: only the allocation
/// fails.
///
/// Guarantees, for each n: what was accepted is delivered to both exporters, once, in order, byte
/// for byte; nothing stands still once allocations succeed again; every budget and slab is back.
final class AllocationSweepTest {
    private static final int MIB = 1 << 20;
    private static final int REQUESTS = 120;
    private static final int RECORDS = 30;
    private static final int PACK_ROUNDS = 3;
    private static final ColumnarFormat FORMAT =
            new ColumnarFormat(new BlockEncoder.Limits(BlockEncoder.RECORDS_MAX, MIB));
    private static final long UNPACK_BYTES = Unpacker.floorBytes(FORMAT, MIB, 2, 64 << 10);
    private static final long PACK_BYTES = FORMAT.writerBytesMax() + 2 * MIB;
    private static final long PIPELINE_BYTES = 8 * MIB;

    private int refused;
    private int starved;
    private long noRoom;
    private long packed;

    @ParameterizedTest
    @CsvSource({"PACKED, 1", "COLUMN, 1", "PACKED, 4", "PACKED, 30"})
    void losesAndLeaksNothingWhicheverAllocationsFail(Shape shape, int failing) {
        int first = 0;
        boolean hasFailed = true;
        while (hasFailed) {
            Life life = new Life(shape, ++first, failing);
            try {
                life.run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("life failed: allocation=" + first, e);
            }
            hasFailed = life.allocations >= first;
        }
        assertThat(first).as("allocations that were tried").isGreaterThan(30);
        assertThat(refused).as("requests refused").isPositive();
        assertThat(noRoom).as("blocks that found no room").isPositive();
        assertThat(starved).as("cursors that could not unpack").isPositive();
        assertThat(packed).as("records packed").isPositive();
    }

    private final class Life {
        private final SplittableRandom random = new SplittableRandom(11);
        private final int first;
        private final int failing;
        private final TestMemory memory =
                TestMemory.failing(
                        PIPELINE_BYTES + UNPACK_BYTES + PACK_BYTES + 2 * MIB, this::mayAllocate);
        private final MemoryBudget budget = memory.budget("pipeline", PIPELINE_BYTES);
        private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
        private final ShapingRig rig =
                new ShapingRig(memory, FORMAT, UNPACK_BYTES, PACK_BYTES, MIB);
        private final List<byte[]> bodies = new ArrayList<>();
        private final int[] next = new int[2];
        private final HybridStore store;
        private final StoreShard shard;
        private int allocations;

        Life(Shape shape, int first, int failing) {
            this.first = first;
            this.failing = failing;
            StoreConfig config =
                    new StoreConfig(
                            "logs",
                            Signal.LOGS,
                            budget,
                            Durability.MEMORY,
                            List.of(
                                    new CursorConfig("otlp/0", OnFull.REFUSE, null),
                                    new CursorConfig("otlp/1", OnFull.REFUSE, null)));
            ShapeDecision always = new ShapeDecision(shape, ShapeReason.MEMORY_PRESSURE);
            store =
                    new HybridStore(
                            config,
                            memory.loops(),
                            new ManualClock(),
                            rig.reshaping(),
                            _ -> run -> run.shape() == Shape.ROW ? always : null);
            shard = store.shard(0);
        }

        private boolean mayAllocate() {
            allocations++;
            return allocations < first || allocations >= first + failing;
        }

        void run() {
            append();
            @Nullable Lease kept = shard.cursor(0).take(1, Integer.MAX_VALUE, true);
            pack();
            append();
            pack();
            if (kept != null) {
                kept.nack();
            }
            drain(0, 3);
            drain(1, 0);
            noRoom += store.shapes(meter -> meter.failures(Failure.NO_ROOM));
            for (Shape shape : List.of(Shape.COLUMN, Shape.PACKED)) {
                packed += store.shapes(meter -> meter.madeRecords(shape));
                assertThat(store.blocks(shape)).isZero();
            }
            assertThat(shard.records()).isZero();
            rig.packer().close();
            rig.settle();
            shard.close();
            space.close();
            rig.close();
            memory.close();
        }

        /// Requests as they are and as they might be compressed.
        private void append() {
            for (int request = 0; request < REQUESTS; request++) {
                byte[] body = request % 10 == 9 ? Batches.bytes(random, 3_000) : logs();
                Codec codec = request % 3 == 0 ? Codec.GZIP : Codec.IDENTITY;
                byte[] plain = ShapingRig.inflated(codec, body);
                RowBatch batch = new RowBatch();
                if (!space.reserve(batch.payload(), body.length)) {
                    refused++;
                    continue;
                }
                Batches.fill(batch.payload(), body);
                int records = RECORDS * plain.length / body.length;
                batch.describe(codec, plain.length, records, 0, 1);
                if (shard.admit(records, plain.length) != Admission.ADMITTED) {
                    refused++;
                    space.release(batch.payload());
                    continue;
                }
                shard.append(batch, null);
                space.handOver(batch.payload());
                bodies.add(plain);
            }
        }

        private byte[] logs() {
            Otlp[] records = new Otlp[RECORDS];
            for (int record = 0; record < RECORDS; record++) {
                records[record] =
                        new Otlp()
                                .fixed64(1, 1_790_000_000_000_000_000L + random.nextInt())
                                .message(5, new Otlp().text(1, "took " + random.nextInt() + " ms"))
                                .attribute("key", new Otlp().varint(3, random.nextLong()))
                                .bytes(9, Batches.bytes(random, 16));
            }
            return Otlp.logs(records);
        }

        private void pack() {
            for (int round = 0; round < PACK_ROUNDS; round++) {
                shard.considerShapes();
                rig.settle();
            }
        }

        /// Takes and acknowledges everything; every `nackEach`-th lease is given back once.
        private void drain(int cursor, int nackEach) {
            int leases = 0;
            int inVain = 0;
            while (shard.cursor(cursor).waitingEntries() > 0) {
                @Nullable Lease lease = shard.cursor(cursor).take(20_000, Integer.MAX_VALUE, true);
                if (lease == null) {
                    starved++;
                    assertThat(shard.cursor(cursor).isStarved()).isTrue();
                    assertThat(++inVain).isLessThanOrEqualTo(failing);
                    shard.tick();
                    rig.settle();
                    continue;
                }
                if (nackEach > 0 && ++leases % nackEach == 0) {
                    lease.nack();
                    lease = requireNonNull(shard.cursor(cursor).take(1, 1, true));
                }
                assertThat(lease.position()).isEqualTo(next[cursor]);
                for (int entry = 0; entry < lease.entries(); entry++) {
                    byte[] body = Batches.read(lease, entry);
                    assertThat(ShapingRig.inflated(lease.codec(entry), body))
                            .isEqualTo(bodies.get(next[cursor]++));
                }
                lease.ack();
            }
            assertThat(next[cursor]).isEqualTo(bodies.size());
        }
    }
}
