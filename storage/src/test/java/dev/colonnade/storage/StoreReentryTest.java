package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the store calls may call the store: acks and listeners run inside of a lease's end, an
/// admission or a publication, and offer and take themselves.
final class StoreReentryTest {
    private final ManualClock clock = new ManualClock();
    private final TestMemory memory = TestMemory.of(1 << 20);
    private final MemoryBudget budget = memory.budget("pipeline");
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final SplittableRandom random = new SplittableRandom(3);
    private int left;
    private int told;

    @BeforeEach
    void someRounds() {
        left = 2000;
    }

    @AfterEach
    void nothingLeaked() {
        space.close();
        memory.close();
    }

    /// A sender on the same loop sends its next request as soon as the last is acknowledged, and
    /// the exporter delivers inside of the publication.
    @Test
    void ackOffersTheNextRequestWhichIsDeliveredAtOnce() {
        StoreShard store = store(OnFull.REFUSE, null, null);
        for (int index = 0; index < 2; index++) {
            Cursor cursor = store.cursor(index);
            cursor.onAvailable(() -> deliver(cursor, 1));
        }
        left = 200;
        offer(store);
        assertThat(told).isEqualTo(200);
        assertThat(store.entries()).isZero();
        assertThat(store.cursor(0).delivered()).isEqualTo(200);
        assertThat(store.cursor(1).delivered()).isEqualTo(200);
        store.close();
    }

    /// Each ack of a merged lease offers two more while the lease is still being settled.
    @Test
    void acksOfAMergedLeaseAppendToTheSegmentThatIsBeingSettled() {
        StoreShard store = store(OnFull.REFUSE, (QueueLimit) null);
        for (int entry = 0; entry < 8; entry++) {
            offer(store);
        }
        Cursor cursor = store.cursor(0);
        long position = 0;
        @Nullable Lease lease = cursor.take(Long.MAX_VALUE, 50, false);
        while (lease != null) {
            assertThat(lease.position()).isEqualTo(position);
            position += lease.entries();
            lease.ack();
            lease = cursor.take(Long.MAX_VALUE, 50, false);
        }
        assertThat(told).isEqualTo((int) position);
        assertThat(store.stored()).isEqualTo(cursor.delivered());
        assertThat(store.entries()).isZero();
        store.close();
    }

    /// Making room in a full queue drops an entry whose ack offers another request, which makes
    /// room in turn: the table keeps room for the outer request all the time.
    @Test
    void evictionInsideOfAdmissionTellsAnAckThatOffers() {
        left = 20;
        StoreShard store =
                store(OnFull.DROP_OLDEST, new QueueLimit(QueueLimit.Sizer.REQUESTS, 410));
        for (int entry = 0; entry < 410; entry++) {
            append(store, null);
        }
        for (int entry = 0; entry < 410; entry++) {
            appendOffering(store);
        }
        long dropped = store.cursor(0).dropped(DropReason.EVICTED);
        assertThat(store.stored()).isEqualTo(dropped + store.cursor(0).backlogRecords());
        assertThat(store.entries()).isLessThanOrEqualTo(410);
        store.abandon();
        assertThat(store.entries()).isZero();
        store.close();
    }

    private void appendOffering(StoreShard store) {
        append(
                store,
                _ -> {
                    told++;
                    if (left-- > 0) {
                        appendOffering(store);
                    }
                });
    }

    private void offer(StoreShard store) {
        if (left-- > 0
                && append(
                        store,
                        _ -> {
                            told++;
                            offer(store);
                            if (random.nextInt(4) == 0) {
                                offer(store);
                            }
                        })) {
            store.publish();
        }
    }

    private boolean append(StoreShard store, @Nullable Ack ack) {
        RowBatch batch = new RowBatch();
        assertThat(space.reserve(batch.payload(), 64)).isTrue();
        Batches.describePlain(batch, Batches.bytes(random, 64), 1, clock.getAsLong());
        if (store.admit(1, 64) != Admission.ADMITTED) {
            space.release(batch.payload());
            return false;
        }
        store.append(batch, ack);
        space.handOver(batch.payload());
        return true;
    }

    private static void deliver(Cursor cursor, int recordsMax) {
        @Nullable Lease lease = cursor.take(Long.MAX_VALUE, recordsMax, false);
        if (lease != null) {
            assertThat(lease.entries()).isOne();
            lease.ack();
        }
    }

    private StoreShard store(OnFull onFull, @Nullable QueueLimit... limits) {
        List<CursorConfig> cursors =
                Arrays.stream(limits)
                        .map(limit -> new CursorConfig("otlp", onFull, limit))
                        .toList();
        StoreConfig config =
                new StoreConfig("logs", Signal.LOGS, budget, Durability.DELIVERED, cursors);
        return new HybridStore(config, List.of(memory.loop()), clock).shard(0);
    }
}
