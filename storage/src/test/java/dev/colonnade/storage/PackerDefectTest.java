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
import java.util.List;
import org.junit.jupiter.api.Test;

/// Scenario: the format has a defect that shows with some records only.
///
/// Guarantees: those stay rows and are delivered, later ones are packed, the error is told once.
final class PackerDefectTest {
    private static final int MIB = 1 << 20;

    private boolean isBroken = true;

    @Test
    void anErrorLeavesItsRecordsRowsAndLaterOnesArePacked() {
        TestMemory memory = TestMemory.of(8 * MIB);
        MemoryBudget budget = memory.budget("pipeline", 4 * MIB);
        ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
        ShapingRig rig =
                new ShapingRig(
                        memory,
                        new DeflatedFormat(100_000, 1000, this::breaks),
                        MIB,
                        MIB,
                        256 << 10);
        ShapeDecision always = new ShapeDecision(Shape.PACKED, ShapeReason.RECORD_COUNT);
        HybridStore store =
                new HybridStore(
                        new StoreConfig(
                                "logs",
                                Signal.LOGS,
                                budget,
                                Durability.MEMORY,
                                List.of(new CursorConfig("otlp", OnFull.REFUSE, null))),
                        memory.loops(),
                        new ManualClock(),
                        rig.reshaping(),
                        _ -> _ -> always);
        StoreShard shard = store.shard(0);
        append(shard, space, 10);
        shard.considerShapes();
        rig.settle();
        assertThat(rig.takeDefects()).singleElement().isInstanceOf(ArithmeticException.class);
        assertThat(store.shapes(meter -> meter.failures(Failure.DEFECT))).isOne();
        isBroken = false;
        shard.considerShapes();
        rig.settle();
        assertThat(store.records(Shape.ROW)).as("what failed is not tried again").isEqualTo(10);
        append(shard, space, 20);
        shard.considerShapes();
        rig.settle();
        assertThat(store.records(Shape.ROW)).isEqualTo(10);
        assertThat(store.records(Shape.PACKED)).isEqualTo(20);
        for (int entry = 0; entry < 30; entry++) {
            Lease lease = requireNonNull(shard.cursor(0).take(1, 1, true));
            assertThat(Batches.read(lease, 0)).isEqualTo(body(entry < 10 ? entry : entry - 10));
            lease.ack();
        }
        shard.close();
        space.close();
        rig.close();
        budget.close();
        memory.close();
    }

    private boolean breaks() {
        if (isBroken) {
            throw new ArithmeticException("a defect");
        }
        return false;
    }

    private static void append(StoreShard shard, ExtentSpace space, int count) {
        for (int number = 0; number < count; number++) {
            RowBatch batch = new RowBatch();
            byte[] body = body(number);
            assertThat(space.reserve(batch.payload(), body.length)).isTrue();
            Batches.describePlain(batch, body, 1, 0);
            assertThat(shard.admit(1, body.length)).isEqualTo(Admission.ADMITTED);
            shard.append(batch, null);
            space.handOver(batch.payload());
        }
        shard.publish();
    }

    private static byte[] body(int number) {
        byte[] body = new byte[100];
        body[0] = (byte) number;
        return body;
    }
}
