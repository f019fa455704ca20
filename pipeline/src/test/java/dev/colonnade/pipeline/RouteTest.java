package dev.colonnade.pipeline;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.QueueLimit;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.TestMemory;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A route, its shards and the evictor, on two real loops whose tasks are waited for.
final class RouteTest {
    private static final int KIB = 1 << 10;
    private static final long WAIT_SECONDS = 20;

    private final ManualClock clock = new ManualClock();
    private final TestMemory memory = TestMemory.of(2L << 20, 2, 0);
    private final Loops loops = new Loops(2, new DefaultThreadFactory("route"));
    private final List<HybridStore> stores = new ArrayList<>();
    private final List<Route> routes = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(5);

    @AfterEach
    void nothingLeaked() throws Exception {
        for (int loop = 0; loop < 2; loop++) {
            int index = loop;
            on(
                    index,
                    () -> {
                        stores.forEach(store -> store.shard(index).abandon());
                        stores.forEach(store -> store.shard(index).close());
                        routes.forEach(route -> route.shard(index).close());
                        return index;
                    });
        }
        loops.close().get(WAIT_SECONDS, TimeUnit.SECONDS);
        memory.close();
    }

    @Test
    void holdsOnePayloadForTwoStoresAndSplitsItsCharge() throws Exception {
        HybridStore first = store("logs/a", Durability.MEMORY, refusing());
        HybridStore second = store("logs/b", Durability.MEMORY, refusing());
        Route route = route(first, second);
        byte[] payload = Batches.bytes(random, 1000);
        on(
                0,
                () -> {
                    RowBatch batch = batch(route.shard(0), payload, 3);
                    assertThat(route.shard(0).offer(batch, null)).isEqualTo(Admission.ADMITTED);
                    assertThat(batch.payload().isOpen()).isFalse();
                    assertThat(memory.loop(0).live())
                            .as("one open slab, two entry pages")
                            .isEqualTo(3);
                    assertThat(List.of(first.bytes(), second.bytes()))
                            .containsExactly((32 + 16) * 1024L, (32 + 16) * 1024L);
                    Lease one = take(first, 0);
                    Lease other = take(second, 0);
                    assertThat(one.address(0)).isEqualTo(other.address(0));
                    assertThat(Batches.read(one, 0)).isEqualTo(payload);
                    one.ack();
                    assertThat(Batches.readView(other, 0))
                            .as("still the second's")
                            .isEqualTo(payload);
                    other.ack();
                    route.shard(0).trimIdle();
                    assertThat(memory.loop(0).live()).as("entry pages").isEqualTo(2);
                    return 0;
                });
        assertThat(List.of(first.stored(), second.stored())).containsExactly(3L, 3L);
    }

    @Test
    void tellsThatAQueueIsFullBeforeABodyIsRead() throws Exception {
        QueueLimit bytes = new QueueLimit(QueueLimit.Sizer.BYTES, 100);
        HybridStore roomy =
                store("logs/a", Durability.MEMORY, new CursorConfig("x", OnFull.REFUSE, null));
        HybridStore tight =
                store("logs/b", Durability.MEMORY, new CursorConfig("y", OnFull.REFUSE, bytes));
        Route route = route(roomy, tight);
        on(
                0,
                () -> {
                    RouteShard shard = route.shard(0);
                    assertThat(shard.isQueueFullFor(100)).isFalse();
                    assertThat(shard.offer(batch(shard, new byte[60], 1), null))
                            .isEqualTo(Admission.ADMITTED);
                    assertThat(shard.isQueueFullFor(40)).isFalse();
                    assertThat(shard.isQueueFullFor(41)).isTrue();
                    assertThat(shard.isQueueFullFor(101)).as("too large, not full").isFalse();
                    return 0;
                });
    }

    @Test
    void whatOneStoreRefusesLeavesNothingInTheOther() throws Exception {
        QueueLimit limit = new QueueLimit(QueueLimit.Sizer.ITEMS, 100);
        QueueLimit small = new QueueLimit(QueueLimit.Sizer.ITEMS, 5);
        HybridStore first =
                store("logs/a", Durability.MEMORY, new CursorConfig("x", OnFull.REFUSE, limit));
        HybridStore second =
                store("logs/b", Durability.MEMORY, new CursorConfig("y", OnFull.REFUSE, small));
        Route route = route(first, second);
        on(
                0,
                () -> {
                    RouteShard shard = route.shard(0);
                    RowBatch large = batch(shard, new byte[10], 6);
                    assertThat(shard.offer(large, null)).isEqualTo(Admission.TOO_LARGE);
                    shard.release(large.payload());
                    assertThat(shard.offer(batch(shard, new byte[10], 4), null))
                            .isEqualTo(Admission.ADMITTED);
                    RowBatch refused = batch(shard, new byte[10], 2);
                    assertThat(shard.offer(refused, null)).isEqualTo(Admission.QUEUE_FULL);
                    assertThat(refused.payload().isOpen()).as("still the caller's").isTrue();
                    shard.release(refused.payload());
                    return 0;
                });
        assertThat(List.of(first.records(), second.records())).containsExactly(4L, 4L);
        assertThat(List.of(limit.size(), small.size())).containsExactly(4L, 4L);
        assertThat(List.of(first.stored(), second.stored())).containsExactly(4L, 4L);
    }

    @Test
    void aStoreThatIsReachedOnTwoWaysHoldsTheBatchTwice() throws Exception {
        HybridStore store = store("logs", Durability.DELIVERED, refusing());
        Route route = route(store, store);
        assertThat(route.waitsForDelivery()).isEqualTo(2);
        List<@Nullable DropReason> told = new ArrayList<>();
        on(
                0,
                () -> {
                    assertThat(
                                    route.shard(0)
                                            .offer(
                                                    batch(route.shard(0), new byte[9], 1),
                                                    told::add))
                            .isEqualTo(Admission.ADMITTED);
                    assertThat(store.records()).isEqualTo(2);
                    take(store, 0).ack();
                    return 0;
                });
        assertThat(told).containsExactly(null, null);
    }

    @Test
    void onlyStoresThatWaitForDeliveryTellTheAck() throws Exception {
        HybridStore memoryStore = store("logs/a", Durability.MEMORY, refusing());
        HybridStore delivered = store("logs/b", Durability.DELIVERED, refusing());
        Route route = route(memoryStore, delivered);
        assertThat(route.waitsForDelivery()).isOne();
        List<@Nullable DropReason> told = new ArrayList<>();
        on(
                0,
                () -> {
                    route.shard(0).offer(batch(route.shard(0), new byte[9], 1), told::add);
                    take(memoryStore, 0).ack();
                    assertThat(told).isEmpty();
                    take(delivered, 0).drop(DropReason.REJECTED);
                    return 0;
                });
        assertThat(told).containsExactly(DropReason.REJECTED);
    }

    @Test
    void exporterMaySendBeforeTheOfferReturns() throws Exception {
        HybridStore store = store("logs", Durability.MEMORY, refusing());
        Route route = route(store);
        on(
                0,
                () -> {
                    store.shard(0).cursor(0).onAvailable(() -> take(store, 0).ack());
                    for (int request = 0; request < 1000; request++) {
                        assertThat(
                                        route.shard(0)
                                                .offer(
                                                        batch(route.shard(0), new byte[100], 1),
                                                        null))
                                .isEqualTo(Admission.ADMITTED);
                    }
                    return 0;
                });
        assertThat(store.delivered(0)).isEqualTo(1000);
        assertThat(memory.pool().misses()).as("open slab and entry page").isEqualTo(2);
    }

    @Test
    void refusesWhenMemoryIsFullAndRecovers() throws Exception {
        HybridStore store = store("logs", Durability.MEMORY, refusing());
        Route route = route(store);
        on(
                0,
                () -> {
                    int held = fill(route.shard(0));
                    assertThat(held).isGreaterThan(400);
                    Extent extent = new Extent();
                    assertThat(route.shard(0).reserve(extent, 64 * KIB)).isFalse();
                    assertThat(extent.isOpen()).isFalse();
                    assertThat(store.dropped(0, DropReason.EVICTED)).isZero();
                    take(store, 0).ack();
                    assertThat(route.shard(0).reserve(extent, 64 * KIB)).isTrue();
                    assertThat(route.shard(0).grow(extent, 128 * KIB)).isTrue();
                    assertThat(route.shard(0).grow(extent, 4096 * KIB)).isFalse();
                    route.shard(0).release(extent);
                    return 0;
                });
        assertThat(route.retryAfterNanos()).isBetween(1_000_000_000L, 30_000_000_000L);
    }

    @Test
    void evictsOnThisLoopAtOnce() throws Exception {
        HybridStore store = store("logs", Durability.MEMORY, dropping(null));
        Route route = route(store);
        on(
                0,
                () -> {
                    int held = 0;
                    for (int request = 0; request < 2000; request++) {
                        RowBatch batch = batch(route.shard(0), new byte[4 * KIB - 8], 1);
                        assertThat(route.shard(0).offer(batch, null)).isEqualTo(Admission.ADMITTED);
                        held++;
                    }
                    long dropped = store.dropped(0, DropReason.EVICTED);
                    assertThat(dropped).isPositive();
                    assertThat(store.records()).isEqualTo(held - dropped);
                    assertThat(store.records())
                            .as("no more than needed")
                            .isGreaterThan(3 * 512 / 4);
                    Lease oldest = take(store, 0);
                    assertThat(oldest.position()).as("the oldest went").isEqualTo(dropped);
                    oldest.nack();
                    return 0;
                });
    }

    @Test
    void evictsOnAnotherLoopByAMessage() throws Exception {
        HybridStore store = store("logs", Durability.MEMORY, dropping(null));
        Route route = route(store);
        on(0, () -> fill(route.shard(0), store));
        boolean room = false;
        for (int attempt = 0; attempt < 100 && !room; attempt++) {
            room =
                    on(
                            1,
                            () -> {
                                Extent extent = new Extent();
                                boolean reserved = route.shard(1).reserve(extent, 64 * KIB);
                                if (reserved) {
                                    route.shard(1).release(extent);
                                }
                                return reserved;
                            });
            on(0, () -> 0);
        }
        assertThat(room).isTrue();
        assertThat(store.dropped(0, DropReason.EVICTED)).isPositive();
        assertThat(store.records()).as("no more than asked").isPositive();
    }

    @Test
    void makesRoomInAQueueThatAnotherLoopFilled() throws Exception {
        QueueLimit limit = new QueueLimit(QueueLimit.Sizer.REQUESTS, 4);
        HybridStore store = store("logs", Durability.MEMORY, dropping(limit));
        Route route = route(store);
        on(
                0,
                () -> {
                    for (int request = 0; request < 4; request++) {
                        route.shard(0).offer(batch(route.shard(0), new byte[8], 1), null);
                    }
                    return 0;
                });
        assertThat(on(1, () -> offerOrRelease(route.shard(1)))).isEqualTo(Admission.QUEUE_FULL);
        on(0, () -> 0);
        assertThat(store.dropped(0, DropReason.EVICTED)).isOne();
        assertThat(on(1, () -> offerOrRelease(route.shard(1)))).isEqualTo(Admission.ADMITTED);
        assertThat(store.records()).isEqualTo(4);
    }

    @Test
    void aClosedLoopIsNoReasonToFail() throws Exception {
        Loops closed = new Loops(2, new DefaultThreadFactory("closed"));
        closed.close().get(WAIT_SECONDS, TimeUnit.SECONDS);
        HybridStore store = store("logs", Durability.MEMORY, dropping(null));
        Evictor evictor = new Evictor(closed, List.of(store));
        evictor.evictElsewhere(0, 1);
        evictor.evictQueuesElsewhere(0, store, 1, 1);
        assertThat(evictor.evictHere(0, 1)).isZero();
        assertThat(closed.count()).isEqualTo(2);
        assertThat(closed.indexOf(closed.loop(1))).isOne();
        EventLoop stranger = loops.loop(0);
        assertThatThrownBy(() -> closed.indexOf(stranger)).hasMessageContaining("not a loop");
    }

    @Test
    void tellsTheLongestWaitOfItsStores() {
        HybridStore first = store("logs/a", Durability.MEMORY, refusing());
        HybridStore second = store("logs/b", Durability.MEMORY, refusing());
        Route route = route(first, second);
        assertThat(route.signal()).isEqualTo(Signal.LOGS);
        assertThat(route.shard(1).route()).isSameAs(route);
        assertThat(route.shard(1).memory()).isSameAs(memory.loop(1));
        clock.advanceNanos(9_000_000_000L);
        assertThat(route.retryAfterNanos()).isEqualTo(9_000_000_000L);
    }

    private Admission offerOrRelease(RouteShard shard) {
        RowBatch batch = batch(shard, new byte[8], 1);
        Admission admission = shard.offer(batch, null);
        if (admission != Admission.ADMITTED) {
            shard.release(batch.payload());
        }
        return admission;
    }

    /// Fills memory with bodies of four kibibytes; the store refuses in the end.
    private int fill(RouteShard shard) {
        int held = 0;
        RowBatch batch = new RowBatch();
        while (shard.reserve(batch.payload(), 4 * KIB)) {
            Batches.describePlain(batch, new byte[4 * KIB], 1, clock.getAsLong());
            if (shard.offer(batch, null) != Admission.ADMITTED) {
                shard.release(batch.payload());
                return held;
            }
            held++;
        }
        return held;
    }

    /// Fills memory until the store would begin to evict.
    private int fill(RouteShard shard, HybridStore store) {
        int held = 0;
        while (memory.root().available() >= 16 * KIB && store.dropped(0, DropReason.EVICTED) == 0) {
            RowBatch batch = batch(shard, new byte[4 * KIB], 1);
            assertThat(shard.offer(batch, null)).isEqualTo(Admission.ADMITTED);
            held++;
        }
        return held;
    }

    private RowBatch batch(RouteShard shard, byte[] payload, int records) {
        RowBatch batch = new RowBatch();
        assertThat(shard.reserve(batch.payload(), payload.length + 100)).isTrue();
        Batches.describePlain(batch, payload, records, clock.getAsLong());
        shard.trim(batch.payload());
        return batch;
    }

    private static Lease take(HybridStore store, int loop) {
        return requireNonNull(
                store.shard(loop).cursor(0).take(Long.MAX_VALUE, Integer.MAX_VALUE, true));
    }

    private Route route(HybridStore... targets) {
        List<HybridStore> evictable =
                stores.stream()
                        .filter(store ->
                                store.config().cursors().stream()
                                        .anyMatch(cursor -> cursor.onFull() == OnFull.DROP_OLDEST))
                        .toList();
        Route route =
                new Route(
                        Signal.LOGS,
                        List.of(targets),
                        memory.loops(),
                        new Evictor(loops, evictable));
        routes.add(route);
        return route;
    }

    private HybridStore store(String pipeline, Durability durability, CursorConfig cursor) {
        MemoryBudget budget = memory.budget(pipeline);
        HybridStore store =
                new HybridStore(
                        new StoreConfig(pipeline, Signal.LOGS, budget, durability, List.of(cursor)),
                        memory.loops(),
                        clock);
        stores.add(store);
        return store;
    }

    private static CursorConfig refusing() {
        return new CursorConfig("otlp", OnFull.REFUSE, null);
    }

    private static CursorConfig dropping(@Nullable QueueLimit limit) {
        return new CursorConfig("otlp", OnFull.DROP_OLDEST, limit);
    }

    private <T> T on(int loop, Callable<T> task) throws Exception {
        return loops.loop(loop).submit(task).get(WAIT_SECONDS, TimeUnit.SECONDS);
    }
}
