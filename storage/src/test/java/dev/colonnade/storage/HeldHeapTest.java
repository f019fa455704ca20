package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.TestMemory;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Held telemetry is off heap: what stands on the heap does not grow with the number of requests.
final class HeldHeapTest {
    private static final int REQUESTS = 1_000_000;
    private static final int BODY_BYTES = 200;
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
