package dev.colonnade.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.columnar.Otlp;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Held telemetry is off heap: what stands on the heap does not grow with the number of requests.
final class HeldHeapTest {
    private static final int REQUESTS = 1_000_000;
    private static final int BODY_BYTES = 200;
    private static final int PACKED_AT_ONCE = 16_000;
    private static final long HEAP_GROWTH_MAX = 2L << 20;

    /// The best of some readings: a collection that another thread's garbage escapes reads high,
    /// never low.
    private static final int READINGS = 5;

    @Test
    void aMillionHeldRequestsCostUnderTwoMebibytesOfHeap() {
        ManualClock clock = new ManualClock();
        TestMemory memory = TestMemory.of(512L << 20);
        MemoryBudget budget = memory.budget("pipeline");
        ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
        StoreConfig config =
                new StoreConfig(
                        "logs",
                        Signal.LOGS,
                        budget,
                        Durability.MEMORY,
                        List.of(new CursorConfig("otlp", OnFull.REFUSE, null)));
        StoreShard store = new HybridStore(config, memory.loops(), clock).shard(0);
        RowBatch batch = new RowBatch();
        byte[] body = Batches.bytes(new SplittableRandom(1), BODY_BYTES);
        hold(store, space, batch, body, 1000);
        long before = usedHeap();
        hold(store, space, batch, body, REQUESTS);
        long growth = usedHeap() - before;
        assertThat(store.records()).isEqualTo(REQUESTS + 1000);
        assertThat(growth).as("heap for a million requests").isLessThan(HEAP_GROWTH_MAX);
        double bytesPerRecord = (double) budget.reserved() / store.records();
        assertThat(bytesPerRecord).as("payload, entry and slack").isBetween(240.0, 260.0);
        store.abandon();
        assertThat(store.cursor(0).dropped(DropReason.SHUTDOWN)).isEqualTo(REQUESTS + 1000);
        store.close();
        space.close();
        memory.close();
    }

    /// Scenario: a backend is down, and connections of one record each fill the store, which packs
    /// as they come. Guarantees: what is packed stands on the heap as little as what is not.
    @Test
    void aMillionPackedRequestsOfOneRecordCostUnderTwoMebibytesOfHeap() {
        TestMemory memory = TestMemory.of(512L << 20);
        MemoryBudget budget = memory.budget("pipeline", 256L << 20);
        ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
        ColumnarFormat format = ColumnarFormat.ofReaderBytes(10 << 20);
        ShapingRig rig =
                new ShapingRig(
                        memory,
                        format,
                        Unpacker.floorBytes(format, 1 << 20, 1, 1 << 20),
                        format.writerBytesMax() + (4 << 20),
                        4 << 20);
        ShapeDecision always = new ShapeDecision(Shape.PACKED, ShapeReason.RECORD_COUNT);
        HybridStore store = rig.store(budget, new ManualClock(), _ -> always);
        OneLog log = new OneLog();
        holdPacked(store, rig, space, log, 2 * PACKED_AT_ONCE);
        long before = usedHeap();
        holdPacked(store, rig, space, log, REQUESTS);
        long growth = usedHeap() - before;
        StoreShard shard = store.shard(0);
        assertThat(store.records(Shape.PACKED)).isEqualTo(REQUESTS + 2L * PACKED_AT_ONCE);
        assertThat(growth).as("heap for a million packed requests").isLessThan(HEAP_GROWTH_MAX);
        assertThat(store.bytes() / (double) store.records()).as("bytes held").isLessThan(30);
        shard.abandon();
        rig.packer().close();
        rig.settle();
        shard.close();
        space.close();
        rig.close();
        memory.close();
    }

    /// A request of one log record whose time and body are its own.
    private static final class OneLog {
        private static final String MARK = "00000000";
        private final byte[] bytes =
                Otlp.logs(
                        new Otlp()
                                .fixed64(1, 0x1111_1111_1111_1111L)
                                .message(5, new Otlp().text(1, "job " + MARK + " is done"))
                                .attribute("queue", new Otlp().text(1, "orders")));
        private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        private final int time = new String(bytes, ISO_8859_1).indexOf("\u0011".repeat(Long.BYTES));
        private final int mark = new String(bytes, ISO_8859_1).indexOf(MARK);
        private long number;

        byte[] next() {
            number++;
            buffer.putLong(time, 1_790_000_000_000_000_000L + number * 1_000_003);
            long rest = number;
            for (int digit = mark + MARK.length() - 1; digit >= mark; digit--) {
                bytes[digit] = (byte) ('0' + rest % 10);
                rest /= 10;
            }
            return bytes;
        }
    }

    private static void holdPacked(
            HybridStore store, ShapingRig rig, ExtentSpace space, OneLog log, int count) {
        RowBatch batch = new RowBatch();
        for (int held = 0; held < count; held++) {
            hold(store.shard(0), space, batch, log.next(), 1);
            if ((held + 1) % PACKED_AT_ONCE == 0 || held + 1 == count) {
                store.shard(0).considerShapes();
                rig.settle();
            }
        }
    }

    private static void hold(
            StoreShard store, ExtentSpace space, RowBatch batch, byte[] body, int count) {
        for (int request = 0; request < count; request++) {
            if (!space.reserve(batch.payload(), body.length)
                    || store.admit(1, body.length) != Admission.ADMITTED) {
                throw new AssertionError("full: request=" + request);
            }
            Batches.describePlain(batch, body, 1, request);
            store.append(batch, null);
            space.handOver(batch.payload());
        }
    }

    private static long usedHeap() {
        MemoryMXBean heap = ManagementFactory.getMemoryMXBean();
        long least = Long.MAX_VALUE;
        for (int reading = 0; reading < READINGS; reading++) {
            System.gc();
            least = Math.min(least, heap.getHeapMemoryUsage().getUsed());
        }
        return least;
    }
}
