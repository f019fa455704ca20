package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.columnar.Otlp;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.SlabPool;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Scenario: a backend goes and comes back, time and again: what comes meanwhile is packed as it
/// comes, and drains. Once a second what nobody needs is freed. The pool may keep an eighth of the
/// budget, as in the agent.
///
/// Guarantees: of the slabs beside those by which the backlog itself grows, which no pool can have
/// kept, nine in ten are slabs that were used before.
final class PoolHitRateTest {
    private static final int MIB = 1 << 20;
    private static final int CYCLES = 3;
    private static final int SECONDS = 20;
    private static final int REQUESTS_PER_SECOND = 300;
    private static final int REQUESTS_PER_LOOK = 30;
    private static final int RECORDS = 100;
    private static final ColumnarFormat FORMAT = ColumnarFormat.ofReaderBytes(4 * MIB);
    private static final long UNPACK_BYTES = Unpacker.floorBytes(FORMAT, MIB, 1, 256 << 10);
    private static final long PACK_BYTES = FORMAT.writerBytesMax() + 2 * MIB;

    private final SplittableRandom random = new SplittableRandom(4);
    private final List<byte[]> bodies = Stream.generate(this::logs).limit(50).toList();
    private final ManualClock clock = new ManualClock();
    private final TestMemory memory = TestMemory.of(64 * MIB, 1, 8 * MIB);
    private final MemoryBudget budget = memory.budget("pipeline");
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final ShapingRig rig =
            new ShapingRig(memory, FORMAT, UNPACK_BYTES, PACK_BYTES, 2 * MIB);
    private final HybridStore store = rig.store(budget, clock, PoolHitRateTest::decide);
    private final StoreShard shard = store.shard(0);

    private static @Nullable ShapeDecision decide(ShapeCandidate run) {
        return run.records() < 10_000
                ? null
                : new ShapeDecision(Shape.PACKED, ShapeReason.RECORD_COUNT);
    }

    @Test
    void nineSlabsInTenThatPassWereUsedBefore() {
        SlabPool pool = memory.pool();
        long grown = 0;
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            int empty = pool.live();
            for (int second = 0; second < SECONDS; second++) {
                receive();
                pass();
            }
            assertThat(store.records(Shape.PACKED)).isGreaterThan(500_000);
            grown += pool.live() - empty;
            for (int second = 0; second < SECONDS && shard.records() > 0; second++) {
                take(shard.records() / 4);
                pass();
            }
            take(Long.MAX_VALUE);
            assertThat(shard.records()).isZero();
        }
        assertThat(pool.hits()).isGreaterThan(1_000);
        assertThat(pool.misses()).isGreaterThan(grown);
        double reusable = pool.hits() + pool.misses() - grown;
        assertThat(pool.hits() / reusable).isGreaterThanOrEqualTo(0.9);
        rig.packer().close();
        rig.settle();
        shard.close();
        space.close();
        rig.close();
        memory.close();
    }

    /// A second.
    private void pass() {
        clock.advance(Duration.ofSeconds(1));
        shard.tick();
        rig.settle();
        space.trimIdle();
        memory.pool().trimIdle();
    }

    private void receive() {
        for (int request = 0; request < REQUESTS_PER_SECOND; request++) {
            byte[] body = bodies.get(request % bodies.size());
            RowBatch batch = new RowBatch();
            assertThat(space.reserve(batch.payload(), body.length)).isTrue();
            Batches.describePlain(batch, body, RECORDS, clock.getAsLong());
            assertThat(shard.admit(RECORDS, body.length)).isEqualTo(Admission.ADMITTED);
            shard.append(batch, null);
            space.handOver(batch.payload());
            if (request % REQUESTS_PER_LOOK == 0) {
                shard.considerShapes();
                rig.settle();
            }
        }
    }

    private byte[] logs() {
        Otlp[] records = new Otlp[RECORDS];
        for (int record = 0; record < RECORDS; record++) {
            records[record] =
                    new Otlp()
                            .fixed64(1, 1_790_000_000_000_000_000L + random.nextInt())
                            .message(5, new Otlp().text(1, "took " + random.nextInt() + " ms"))
                            .bytes(9, Batches.bytes(random, 16));
        }
        return Otlp.logs(records);
    }

    /// Takes and acknowledges about so many records.
    private void take(long records) {
        long left = records;
        while (left > 0) {
            @Nullable Lease lease = shard.cursor(0).take(MIB, Integer.MAX_VALUE, true);
            if (lease == null) {
                return;
            }
            left -= lease.records();
            lease.ack();
        }
    }
}
