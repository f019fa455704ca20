package dev.colonnade.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.storage.QueueLimit.Sizer;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.TestMemory;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class StoreShardTest {
    private static final int KIB = 1 << 10;

    private final ManualClock clock = new ManualClock();
    private final TestMemory memory = TestMemory.of(64L << 20);
    private final MemoryBudget budget = memory.budget("pipeline");
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final List<StoreShard> opened = new ArrayList<>();
    private final List<String> told = new ArrayList<>();

    @AfterEach
    void nothingLeaked() {
        for (StoreShard store : opened) {
            store.abandon();
            store.close();
        }
        space.close();
        memory.close();
    }

    @Test
    void refusesUseWithoutAdmission() {
        StoreShard store = store(refusing(null));
        RowBatch batch = batch(new byte[8], 1);
        assertThatThrownBy(() -> store.append(batch, null)).hasMessage("batch was not admitted");
        assertThatThrownBy(() -> store.cancel(1, 8)).hasMessage("batch was not admitted");
        assertThat(store.admit(1, 8)).isEqualTo(Admission.ADMITTED);
        assertThatThrownBy(store::close).hasMessage("store is not empty: entries=0, admitted=1");
        store.append(batch, null);
        space.handOver(batch.payload());
        assertThatThrownBy(store::close).hasMessage("store is not empty: entries=1, admitted=0");
        assertThatThrownBy(() -> new RowBatch().describe(Codec.GZIP, -1, 1, 0, 0))
                .hasMessageContaining("wireBytes=-1");
    }

    @Test
    void needsOneExporterAtLeast() {
        assertThatThrownBy(() -> store()).hasMessageContaining("exporters=0");
        CursorConfig cursor = refusing(null);
        assertThatThrownBy(() -> store(budget, Collections.nCopies(128, cursor)))
                .hasMessageContaining("exporters=128");
        StoreShard most = store(budget, Collections.nCopies(127, cursor));
        append(most, 10, 1);
        for (int index = 0; index < 127; index++) {
            assertThat(most.entries()).isOne();
            take(most, index).ack();
        }
        assertThat(most.entries()).isZero();
    }

    /// Both entries of one request that reaches a store on two ways have room, also where the page
    /// ends.
    @Test
    void holdsOneBatchTwiceWhereAPageEnds() {
        StoreShard store = store(refusing(null));
        for (int entry = 0; entry < 2 * 409 - 1; entry += 2) {
            RowBatch batch = batch(new byte[8], 1);
            assertThat(store.admit(1, 8)).isEqualTo(Admission.ADMITTED);
            assertThat(store.admit(1, 8)).isEqualTo(Admission.ADMITTED);
            store.append(batch, null);
            store.append(batch, null);
            space.handOver(batch.payload());
        }
        assertThat(store.entries()).isEqualTo(818);
    }

    @Test
    void growsTheEntryTableToAHundredThousand() {
        StoreShard store = store(refusing(null), refusing(null));
        for (int entry = 0; entry < 100_000; entry++) {
            assertThat(append(store, 0, entry % 3)).isEqualTo(entry);
        }
        assertThat(store.records()).isEqualTo(99_999);
        for (int cursor = 0; cursor < 2; cursor++) {
            long position = 0;
            @Nullable Lease lease = store.cursor(cursor).take(Long.MAX_VALUE, 100_000, false);
            while (lease != null) {
                assertThat(lease.position()).isEqualTo(position);
                for (int index = 0; index < lease.entries(); index++) {
                    assertThat(lease.records(index)).isEqualTo((int) ((position + index) % 3));
                }
                position += lease.entries();
                lease.ack();
                lease = store.cursor(cursor).take(Long.MAX_VALUE, 100_000, false);
            }
            assertThat(position).isEqualTo(100_000);
        }
        assertThat(store.entries()).isZero();
        assertThat(budget.reserved()).as("one page and the open slab").isLessThan(100 * KIB);
    }

    @Test
    void sealsASegmentAtSixtyFiveThousandRecords() {
        StoreShard store = store(refusing(null));
        append(store, 8, 65_000);
        append(store, 8, 535);
        append(store, 8, 1);
        append(store, 8, 1_000_000);
        append(store, 8, 1);
        assertThat(leasedEntries(store)).containsExactly(2, 1, 1, 1);
    }

    @Test
    void sealsASegmentAtItsShareOfTheBudget() {
        MemoryBudget small = memory.budget("small", 1 << 20);
        StoreShard store = store(small, List.of(refusing(null)));
        for (int entry = 0; entry < 6; entry++) {
            append(store, 100 * KIB, 1);
        }
        assertThat(leasedEntries(store)).as("256 KiB is the least").containsExactly(3, 3);
        StoreShard other = store(refusing(null));
        for (int entry = 0; entry < 5; entry++) {
            append(other, 1024 * KIB, 1);
        }
        assertThat(leasedEntries(other)).as("a sixteenth of 64 MiB").containsExactly(4, 1);
    }

    @Test
    void sealsASegmentThatIsFiveSecondsOld() {
        StoreShard store = store(refusing(null));
        append(store, 8, 1);
        clock.advance(Duration.ofSeconds(5));
        append(store, 8, 1);
        clock.advanceNanos(1);
        append(store, 8, 1);
        clock.advance(Duration.ofSeconds(6));
        store.tick();
        append(store, 8, 1);
        assertThat(leasedEntries(store)).containsExactly(2, 1, 1);
    }

    @Test
    void anIdleStoreGivesBackItsEntryTable() {
        StoreShard store = store(refusing(null));
        append(store, 8, 1);
        clock.advance(Duration.ofSeconds(6));
        store.tick();
        take(store, 0).ack();
        space.trimIdle();
        assertThat(budget.reserved()).isZero();
        append(store, 8, 1);
        Lease next = take(store, 0);
        assertThat(next.position()).isEqualTo(1);
        next.ack();
    }

    @Test
    void anEmptiedSegmentBeginsAnewOnItsFirstPage() {
        StoreShard store = store(refusing(null), refusing(null));
        for (int round = 0; round < 1000; round++) {
            assertThat(append(store, 8, 1)).isEqualTo(round);
            take(store, 0).ack();
            take(store, 1).ack();
        }
        assertThat(memory.pool().misses()).as("one page, one open slab").isEqualTo(2);
        assertThat(store.cursor(0).delivered()).isEqualTo(1000);
    }

    @Test
    void countsAQueueInRequestsRecordsOrBytes() {
        assertThat(fill(Sizer.REQUESTS, 10, 1, 100)).isEqualTo(10);
        assertThat(fill(Sizer.ITEMS, 10, 3, 100)).isEqualTo(3);
        assertThat(fill(Sizer.BYTES, 1000, 1, 300)).isEqualTo(3);
    }

    /// Fills a queue until it refuses, checks that it recovers, and says how much went in.
    private int fill(Sizer sizer, long sizeMax, int records, int bytes) {
        QueueLimit limit = new QueueLimit(sizer, sizeMax);
        StoreShard store = store(refusing(limit));
        int stored = 0;
        while (store.admit(records, bytes) == Admission.ADMITTED) {
            store.cancel(records, bytes);
            append(store, bytes, records);
            stored++;
        }
        assertThat(store.admit(records, bytes)).isEqualTo(Admission.QUEUE_FULL);
        assertThat(limit.size()).isLessThanOrEqualTo(limit.sizeMax());
        take(store, 0).nack();
        assertThat(store.admit(records, bytes)).isEqualTo(Admission.QUEUE_FULL);
        take(store, 0).ack();
        assertThat(limit.size()).isZero();
        assertThat(store.admit(records, bytes)).isEqualTo(Admission.ADMITTED);
        store.cancel(records, bytes);
        return stored;
    }

    @Test
    void tellsTooLargeFromFull() {
        StoreShard items = store(refusing(new QueueLimit(Sizer.ITEMS, 10)));
        assertThat(items.admit(11, 1)).isEqualTo(Admission.TOO_LARGE);
        assertThat(items.admit(10, Integer.MAX_VALUE)).isEqualTo(Admission.ADMITTED);
        assertThat(items.admit(1, 1)).isEqualTo(Admission.QUEUE_FULL);
        assertThat(items.admit(11, 1)).as("full or not").isEqualTo(Admission.TOO_LARGE);
        items.cancel(10, Integer.MAX_VALUE);
        StoreShard bytes = store(dropping(new QueueLimit(Sizer.BYTES, 10)));
        append(bytes, 8, 1);
        assertThat(bytes.admit(1, 11)).isEqualTo(Admission.TOO_LARGE);
        assertThat(bytes.records()).as("nothing is dropped in vain").isOne();
        assertThatThrownBy(() -> new QueueLimit(Sizer.BYTES, 0)).hasMessageContaining("size=0");
    }

    @Test
    void cancelGivesBackWhatWasAdmittedInEveryQueue() {
        QueueLimit first = new QueueLimit(Sizer.REQUESTS, 2);
        QueueLimit second = new QueueLimit(Sizer.ITEMS, 5);
        StoreShard store = store(refusing(first), refusing(second));
        assertThat(store.admit(3, 10)).isEqualTo(Admission.ADMITTED);
        assertThat(store.admit(3, 10)).as("refused by the second").isEqualTo(Admission.QUEUE_FULL);
        assertThat(List.of(first.size(), second.size())).containsExactly(1L, 3L);
        assertThat(store.cursor(0).queueRefused()).isZero();
        assertThat(store.cursor(1).queueRefused()).isEqualTo(3);
        store.cancel(3, 10);
        assertThat(List.of(first.size(), second.size())).containsExactly(0L, 0L);
        assertThatThrownBy(() -> first.release(1, 1)).hasMessageContaining("released twice");
    }

    @Test
    void aFullQueueWithDropOldestDropsAsMuchAsNeeded() {
        QueueLimit limit = new QueueLimit(Sizer.ITEMS, 10);
        StoreShard store = store(dropping(limit), refusing(null));
        for (int entry = 0; entry < 10; entry++) {
            append(store, 8, 1);
        }
        Lease out = requireNonNull(store.cursor(0).take(16, 100, false));
        assertThat(out.entries()).isEqualTo(2);
        append(store, 8, 3);
        assertThat(store.cursor(0).dropped(DropReason.EVICTED)).isEqualTo(3);
        assertThat(store.cursor(1).dropped(DropReason.EVICTED)).isZero();
        assertThat(out.position()).isZero();
        out.ack();
        Lease next = take(store, 0);
        assertThat(next.position()).as("2, 3 and 4 are gone").isEqualTo(5);
        next.ack();
        assertThat(store.records()).as("the other exporter has them still").isEqualTo(13);
    }

    @Test
    void aQueueFullOfLeasesRefusesEvenWithDropOldest() {
        StoreShard store = store(dropping(new QueueLimit(Sizer.REQUESTS, 1)));
        append(store, 8, 1);
        Lease out = take(store, 0);
        assertThat(store.admit(1, 8)).isEqualTo(Admission.QUEUE_FULL);
        out.nack();
        assertThat(store.admit(1, 8)).isEqualTo(Admission.ADMITTED);
        store.cancel(1, 8);
        assertThat(store.cursor(0).dropped(DropReason.EVICTED)).isOne();
    }

    @Test
    void makesRoomInQueuesForAnotherLoop() {
        QueueLimit limit = new QueueLimit(Sizer.REQUESTS, 3);
        StoreShard store = store(dropping(limit), refusing(new QueueLimit(Sizer.REQUESTS, 9)));
        for (int entry = 0; entry < 3; entry++) {
            append(store, 8, 1);
        }
        store.evictQueues(1, 8);
        assertThat(limit.size()).isEqualTo(2);
        store.evictQueues(1, 8);
        assertThat(limit.size()).as("there is room").isEqualTo(2);
        assertThat(store.cursor(1).dropped(DropReason.EVICTED)).isZero();
    }

    @Test
    void evictsTheLaggardAndNobodyElse() {
        StoreShard store = store(dropping(null), dropping(null), refusing(null));
        for (int entry = 0; entry < 10; entry++) {
            append(store, 100, 1);
        }
        requireNonNull(store.cursor(1).take(600, 100, false)).ack();
        requireNonNull(store.cursor(2).take(1000, 100, false)).ack();
        assertThat(store.evict(250)).isEqualTo(300);
        assertThat(store.cursor(0).dropped(DropReason.EVICTED)).isEqualTo(3);
        assertThat(store.cursor(1).dropped(DropReason.EVICTED)).isZero();
        assertThat(store.cursor(2).dropped(DropReason.EVICTED)).isZero();
        assertThat(store.entries()).isEqualTo(7);
    }

    @Test
    void doesNotEvictWhatAnotherExporterKeepsInMemory() {
        StoreShard store = store(dropping(null), refusing(null));
        append(store, 100, 1);
        append(store, 100, 1);
        assertThat(store.evict(1)).isZero();
        Lease out = requireNonNull(store.cursor(1).take(100, 1, false));
        assertThat(store.evict(1)).as("it is being sent by the other").isZero();
        out.ack();
        assertThat(store.evict(1000)).isEqualTo(100);
        assertThat(store.cursor(0).dropped(DropReason.EVICTED)).isOne();
        assertThat(store.entries()).isOne();
    }

    @Test
    void evictsFromAllLaggardsWhatAllWouldLetGo() {
        StoreShard store = store(dropping(null), dropping(null));
        for (int entry = 0; entry < 4; entry++) {
            append(store, 100, 1);
        }
        assertThat(store.evict(400)).isEqualTo(400);
        assertThat(store.entries()).as("half of it freed two entries").isEqualTo(2);
        assertThat(store.cursor(0).dropped(DropReason.EVICTED)).isEqualTo(2);
        assertThat(store.cursor(1).dropped(DropReason.EVICTED)).isEqualTo(2);
    }

    @Test
    void evictsNoMoreOfAReturnedLeaseThanAsked() {
        StoreShard store = store(dropping(null));
        for (int entry = 0; entry < 10; entry++) {
            append(store, 100, 1);
        }
        Lease lease = requireNonNull(store.cursor(0).take(800, 100, false));
        assertThat(lease.entries()).isEqualTo(8);
        assertThat(store.evict(1)).as("what is out is not touched").isEqualTo(100);
        assertThat(store.cursor(0).waitingEntries()).isEqualTo(1);
        lease.nack();
        assertThat(store.evict(250)).isEqualTo(300);
        Lease rest = take(store, 0);
        assertThat(rest.position()).isEqualTo(3);
        assertThat(rest.entries()).isEqualTo(5);
        rest.nack();
        assertThat(store.evict(10_000)).isEqualTo(600);
        assertThat(store.entries()).isZero();
        assertThat(store.evict(1)).isZero();
    }

    @Test
    void evictionOfEmptyRequestsEnds() {
        StoreShard store = store(dropping(null));
        append(store, 0, 0);
        append(store, 0, 0);
        assertThat(store.evict(1)).isEqualTo(1);
        assertThat(store.entries()).isOne();
    }

    @Test
    void tellsAcksOnceWhenTheLastExporterIsDoneWithTheGravestReason() {
        StoreShard store = store(refusing(null), refusing(null));
        appendTold(store, "all delivered");
        appendTold(store, "some rejected");
        appendTold(store, "both");
        Lease first = requireNonNull(store.cursor(0).take(8, 100, false));
        first.ack();
        Lease second = requireNonNull(store.cursor(0).take(8, 100, false));
        second.drop(0, 2, DropReason.REJECTED);
        second.ack();
        requireNonNull(store.cursor(0).take(8, 100, false)).drop(DropReason.REJECTED);
        assertThat(told).isEmpty();
        requireNonNull(store.cursor(1).take(8, 100, false)).ack();
        requireNonNull(store.cursor(1).take(8, 100, false)).ack();
        requireNonNull(store.cursor(1).take(8, 100, false)).drop(DropReason.SHUTDOWN);
        assertThat(told)
                .containsExactly(
                        "all delivered: null", "some rejected: REJECTED", "both: SHUTDOWN");
    }

    @Test
    void countsSeveralReasonsInOneLease() {
        StoreShard store = store(refusing(null));
        append(store, 8, 10);
        append(store, 8, 5);
        Lease lease = take(store, 0);
        lease.drop(0, 3, DropReason.REJECTED);
        lease.drop(0, 0, DropReason.SHUTDOWN);
        Cursor cursor = store.cursor(0);
        assertThat(cursor.dropped(DropReason.REJECTED)).as("counted at once").isEqualTo(3);
        assertThat(cursor.backlogRecords()).isEqualTo(12);
        assertThatThrownBy(lease::nack).hasMessage("lease with drops cannot be given back");
        assertThatThrownBy(() -> lease.drop(0, 8, DropReason.REJECTED))
                .hasMessage("more records dropped than there are: dropped=8, left=7");
        assertThatThrownBy(() -> lease.drop(1, Integer.MAX_VALUE, DropReason.REJECTED))
                .hasMessageContaining("left=5");
        assertThatThrownBy(() -> lease.drop(2, 1, DropReason.REJECTED))
                .isInstanceOf(IndexOutOfBoundsException.class);
        lease.drop(DropReason.EXPIRED);
        assertThat(cursor.dropped(DropReason.REJECTED)).isEqualTo(3);
        assertThat(cursor.dropped(DropReason.EXPIRED)).isEqualTo(12);
        assertThat(cursor.delivered()).isZero();
        assertThat(cursor.backlogRecords()).isZero();
    }

    @Test
    void leaseThatEndedIsRefused() {
        StoreShard store = store(refusing(null));
        append(store, 8, 1);
        Lease lease = take(store, 0);
        lease.nack();
        assertThatThrownBy(lease::ack).hasMessage("lease has ended");
        assertThatThrownBy(lease::nack).hasMessage("lease has ended");
        assertThatThrownBy(() -> lease.view(0)).hasMessage("lease has ended");
        assertThat(take(store, 0)).isSameAs(lease);
        lease.ack();
        assertThatThrownBy(lease::ack).hasMessage("lease has ended");
        assertThatThrownBy(() -> lease.drop(DropReason.EVICTED)).hasMessage("lease has ended");
        assertThatThrownBy(lease::position).hasMessage("lease has ended");
        assertThatThrownBy(() -> lease.address(0)).hasMessage("lease has ended");
        assertThat(store.cursor(0).delivered()).isOne();
    }

    @Test
    void handsReturnedLeasesOutInStoreOrder() {
        StoreShard store = store(refusing(null));
        for (int entry = 0; entry < 4; entry++) {
            append(store, 8, 1);
        }
        List<Lease> out = new ArrayList<>();
        for (int lease = 0; lease < 3; lease++) {
            out.add(requireNonNull(store.cursor(0).take(1, 1, false)));
        }
        out.get(1).nack();
        out.get(2).nack();
        out.get(0).nack();
        for (int position = 0; position < 4; position++) {
            Lease lease = requireNonNull(store.cursor(0).take(1, 1, false));
            assertThat(lease.position()).isEqualTo(position);
            lease.ack();
        }
        assertThat(store.cursor(0).take(1, 1, false)).isNull();
    }

    @Test
    void mergesUpToTheLimitsAndNoFurther() {
        StoreShard store = store(refusing(null));
        for (int entry = 0; entry < 10; entry++) {
            append(store, 100, 10);
        }
        assertThat(ackEntries(store, 100, 1000)).isEqualTo(1);
        assertThat(ackEntries(store, 250, 1000)).isEqualTo(2);
        assertThat(ackEntries(store, 1000, 25)).isEqualTo(2);
        assertThat(ackEntries(store, 1, 1)).as("one goes at least").isEqualTo(1);
        assertThat(ackEntries(store, 300, 30)).isEqualTo(3);
        assertThat(ackEntries(store, 1000, 1000)).isEqualTo(1);
    }

    @Test
    void mergesOnlyTheSameMetadataAndCompressedOnesOnRequest() {
        StoreShard store = store(refusing(null));
        appendAs(store, Codec.IDENTITY, 1);
        appendAs(store, Codec.IDENTITY, 2);
        appendAs(store, Codec.IDENTITY, 2);
        appendAs(store, Codec.GZIP, 2);
        appendAs(store, Codec.GZIP, 2);
        appendAs(store, Codec.ZSTD, 2);
        assertThat(ackEntries(store, 10_000, 1000)).isEqualTo(1);
        assertThat(ackEntries(store, 10_000, 1000)).as("plain ones").isEqualTo(2);
        assertThat(ackEntries(store, 10_000, 1000)).as("compressed alone").isEqualTo(1);
        Lease both = requireNonNull(store.cursor(0).take(10_000, 1000, true));
        assertThat(List.of(both.codec(0), both.codec(1))).containsExactly(Codec.GZIP, Codec.ZSTD);
        assertThat(both.metadataId()).isEqualTo(2);
        both.ack();
    }

    @Test
    void payloadOutlivesTheLeaseWhileNettyHasAView() {
        StoreShard store = store(refusing(null));
        byte[] payload = "payload".repeat(20).getBytes(StandardCharsets.UTF_8);
        RowBatch batch = batch(payload, 1);
        assertThat(store.admit(1, payload.length)).isEqualTo(Admission.ADMITTED);
        store.append(batch, null);
        space.handOver(batch.payload());
        Lease lease = take(store, 0);
        ByteBuf view = lease.view(0);
        lease.ack();
        append(store, 200, 1);
        byte[] seen = new byte[payload.length];
        view.readBytes(seen);
        view.release();
        assertThat(seen).isEqualTo(payload);
    }

    @Test
    void wakesListenersOnPublishOnly() {
        StoreShard store = store(refusing(null), refusing(null));
        store.cursor(1).onAvailable(() -> told.add("woken"));
        append(store, 8, 1);
        assertThat(told).isEmpty();
        store.publish();
        assertThat(told).containsExactly("woken");
    }

    @Test
    void tickSaysHowOldTheOldestUnsettledEntryIs() {
        StoreShard store = store(refusing(null));
        Cursor cursor = store.cursor(0);
        store.tick();
        assertThat(cursor.oldestNanos()).isEqualTo(Long.MAX_VALUE);
        append(store, 8, 1);
        long first = clock.getAsLong();
        clock.advance(Duration.ofSeconds(1));
        append(store, 8, 1);
        store.tick();
        assertThat(cursor.oldestNanos()).isEqualTo(first);
        Lease lease = requireNonNull(cursor.take(1, 1, false));
        store.tick();
        assertThat(cursor.oldestNanos()).as("being sent").isEqualTo(first);
        lease.nack();
        store.tick();
        assertThat(cursor.oldestNanos()).as("given back").isEqualTo(first);
        take(store, 0).ack();
        store.tick();
        assertThat(cursor.oldestNanos()).isEqualTo(clock.getAsLong());
    }

    private List<Integer> leasedEntries(StoreShard store) {
        List<Integer> entries = new ArrayList<>();
        @Nullable Lease lease = store.cursor(0).take(Long.MAX_VALUE, Integer.MAX_VALUE, false);
        while (lease != null) {
            entries.add(lease.entries());
            lease.ack();
            lease = store.cursor(0).take(Long.MAX_VALUE, Integer.MAX_VALUE, false);
        }
        return entries;
    }

    private static int ackEntries(StoreShard store, long bytesMax, int recordsMax) {
        Lease lease = requireNonNull(store.cursor(0).take(bytesMax, recordsMax, false));
        int entries = lease.entries();
        lease.ack();
        return entries;
    }

    private static Lease take(StoreShard store, int cursor) {
        return requireNonNull(store.cursor(cursor).take(Long.MAX_VALUE, Integer.MAX_VALUE, false));
    }

    private long append(StoreShard store, int bytes, int records) {
        return append(store, batch(new byte[bytes], records), null);
    }

    private void appendTold(StoreShard store, String name) {
        append(store, batch(new byte[8], 10), worst -> told.add(name + ": " + worst));
    }

    private void appendAs(StoreShard store, Codec codec, int metadataId) {
        RowBatch batch = batch(new byte[100], 1);
        batch.describe(codec, 200, 1, metadataId, 0);
        append(store, batch, null);
    }

    private long append(StoreShard store, RowBatch batch, @Nullable Ack ack) {
        assertThat(store.admit(batch.records(), batch.wireBytes())).isEqualTo(Admission.ADMITTED);
        long position = store.append(batch, ack);
        space.handOver(batch.payload());
        return position;
    }

    private RowBatch batch(byte[] payload, int records) {
        RowBatch batch = new RowBatch();
        assertThat(space.reserve(batch.payload(), payload.length)).isTrue();
        return Batches.describePlain(batch, payload, records, clock.getAsLong());
    }

    private StoreShard store(CursorConfig... cursors) {
        return store(budget, List.of(cursors));
    }

    private StoreShard store(MemoryBudget charged, List<CursorConfig> cursors) {
        StoreConfig config =
                new StoreConfig("logs", Signal.LOGS, charged, Durability.MEMORY, cursors);
        StoreShard store = new HybridStore(config, List.of(memory.loop()), clock).shard(0);
        opened.add(store);
        return store;
    }

    private static CursorConfig refusing(@Nullable QueueLimit limit) {
        return new CursorConfig("otlp", OnFull.REFUSE, limit);
    }

    private static CursorConfig dropping(@Nullable QueueLimit limit) {
        return new CursorConfig("otlp", OnFull.DROP_OLDEST, limit);
    }
}
