package dev.colonnade.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.columnar.BlockEncoder;
import dev.colonnade.storage.columnar.ColumnarFormat;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What packed segments are to a store, with the real format for blocks; see [StoreModelTest] for
/// everything at random.
final class PackedStoreTest {
    private static final int MIB = 1 << 20;
    private static final int BODY_BYTES = 2_000;
    private static final ColumnarFormat FORMAT =
            new ColumnarFormat(new BlockEncoder.Limits(BlockEncoder.RECORDS_MAX, MIB));
    private static final long UNPACK_BYTES = Unpacker.floorBytes(FORMAT, MIB, 3, 64 << 10);
    private static final long PACK_BYTES = FORMAT.writerBytesMax() + 2 * MIB;
    private static final long RESERVE_BYTES = MIB;
    private static final long BUDGET_BYTES = 6 * MIB;

    private final SplittableRandom random = new SplittableRandom(1);
    private final ManualClock clock = new ManualClock();
    private final TestMemory memory =
            TestMemory.of(BUDGET_BYTES + UNPACK_BYTES + PACK_BYTES + RESERVE_BYTES + MIB, 1, 0);
    private final MemoryBudget budget = memory.budget("pipeline", BUDGET_BYTES);
    private final ExtentSpace space = new ExtentSpace(memory.loop(), BudgetShare.of(budget));
    private final ShapingRig rig =
            new ShapingRig(memory, FORMAT, UNPACK_BYTES, PACK_BYTES, RESERVE_BYTES);
    private final List<byte[]> bodies = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private @Nullable HybridStore store;

    @AfterEach
    void nothingLeaked() {
        rig.packer().close();
        rig.settle();
        shard().abandon();
        shard().close();
        space.close();
        rig.close();
        memory.close();
    }

    @Test
    void holdsManyTimesMoreWhenPacked() {
        open(refusing());
        fill();
        long rows = shard().records();
        fillAndPack();
        assertThat(shard().records()).isGreaterThan(5 * rows);
        long packed = hybrid().records(Shape.PACKED);
        assertThat(packed).isGreaterThan(4 * rows);
        assertThat(hybrid().records(Shape.ROW)).isEqualTo(shard().records() - packed);
        assertThat(hybrid().wireBytes(Shape.PACKED)).isEqualTo(packed * BODY_BYTES);
        assertThat(hybrid().bytes(Shape.PACKED)).isPositive();
        assertThat(hybrid().bytes(Shape.ROW) + hybrid().bytes(Shape.PACKED))
                .isEqualTo(hybrid().bytes());
        assertThat(hybrid().opaqueEntries()).isEqualTo(packed);
        assertThat(switches()).isPositive();
        listsWhatIsHeld();
        drain(0);
    }

    private void listsWhatIsHeld() {
        SegmentFacts.Listing all = shard().segments(Integer.MAX_VALUE);
        assertThat(all.oldest()).hasSize(all.segments());
        assertThat(all.oldest().stream().mapToLong(SegmentFacts::records).sum())
                .isEqualTo(shard().records());
        assertThat(all.oldest().stream().mapToLong(SegmentFacts::wireBytes).sum())
                .isEqualTo(shard().wireBytes());
        assertThat(all.oldest())
                .isSortedAccordingTo(Comparator.comparingLong(SegmentFacts::position));
        assertThat(all.oldest().getFirst().shape()).isEqualTo(Shape.PACKED);
        assertThat(all.oldest().getFirst().reason()).isNotNull();
        assertThat(all.oldest().getFirst().isSealed()).isTrue();
        SegmentFacts.Listing few = shard().segments(2);
        assertThat(few.segments()).isEqualTo(all.segments());
        assertThat(few.oldest()).isEqualTo(all.oldest().subList(0, 2));
    }

    /// Scenario: everything but the floors is taken, by others too. Guarantees: what is packed
    /// drains all the same, in order.
    @Test
    void aFullStoreDrainsThroughTheFloor() {
        open(refusing());
        fillAndPack();
        long hog = memory.root().available();
        assertThat(memory.root().tryReserve(hog)).isTrue();
        assertThat(budget.available()).isZero();
        drain(0);
        memory.root().release(hog);
        assertThat(hybrid().unpackedBytes()).isZero();
        assertThat(shard().records()).isZero();
    }

    @Test
    void aLaggardFindsPackedWhatAFasterExporterHasPassed() {
        open(refusing(), refusing());
        append(1000);
        pack();
        long blocks = hybrid().bytes(Shape.PACKED);
        drain(0);
        assertThat(hybrid().bytes(Shape.PACKED)).isEqualTo(blocks);
        assertThat(shard().holdings().records(Shape.PACKED)).isEqualTo(shard().records());
        assertThat(windows()).isZero();
        assertThat(shard().cursor(1).backlogRecords()).isEqualTo(1000);
        drain(1);
        assertThat(shard().records()).isZero();
    }

    /// Scenario: one exporter keeps what it was given from the first block, as a dead backend does.
    /// Guarantees: the other drains everything meanwhile, through room that the first cannot take.
    @Test
    void nobodyWaitsForWhoKeepsHisWindows() {
        open(refusing(), refusing());
        fillAndPack();
        long hog = memory.root().available();
        assertThat(memory.root().tryReserve(hog)).isTrue();
        List<Lease> kept = new ArrayList<>();
        @Nullable Lease lease = take(0);
        while (lease != null) {
            kept.add(lease);
            lease = take(0);
        }
        assertThat(kept).isNotEmpty();
        assertThat(shard().cursor(0).waitingEntries()).as("no room for more").isPositive();
        List<MemoryBudget> parts = rig.unpacking(0).children();
        long rows = parts.stream().skip(1).mapToLong(MemoryBudget::reserved).sum();
        long room = UNPACK_BYTES - FORMAT.readerBytesMax();
        assertThat(rows).as("one half for all, a quarter for each").isLessThan(room * 3 / 4 + 1);
        drain(1);
        kept.forEach(Lease::nack);
        drain(0);
        memory.root().release(hog);
        assertThat(shard().records()).isZero();
    }

    /// Scenario: three exporters share the floor, and an entry is larger than the part of each.
    @Test
    void anEntryTooLargeForACursorsOwnPartDrainsThroughTheCommonOne() {
        open(refusing(), refusing(), refusing());
        byte[] large = new byte[600_000];
        Arrays.fill(large, (byte) 0xff);
        RowBatch batch = new RowBatch();
        assertThat(space.reserve(batch.payload(), large.length)).isTrue();
        bodies.add(large);
        offer(Batches.describePlain(batch, large, 1, 0), null);
        pack();
        assertThat(hybrid().records(Shape.PACKED)).isOne();
        long hog = memory.root().available();
        assertThat(memory.root().tryReserve(hog)).isTrue();
        for (int cursor = 0; cursor < 3; cursor++) {
            drain(cursor);
        }
        memory.root().release(hog);
        assertThat(shard().records()).isZero();
    }

    @Test
    void whoFoundNoRoomIsWokenWhenThereIsSome() {
        open(refusing());
        append(2000);
        pack();
        long hog = memory.root().available();
        assertThat(memory.root().tryReserve(hog)).isTrue();
        List<Lease> kept = new ArrayList<>();
        @Nullable Lease lease = take(0);
        while (lease != null) {
            kept.add(lease);
            lease = take(0);
        }
        assertThat(shard().cursor(0).waitingEntries()).isPositive();
        List<String> woken = new ArrayList<>();
        shard().cursor(0).onAvailable(() -> woken.add("woken"));
        rig.settle();
        assertThat(woken).isEmpty();
        kept.forEach(Lease::ack);
        rig.settle();
        assertThat(woken).containsExactly("woken");
        assertThat(take(0)).isNotNull().satisfies(next -> requireNonNull(next).nack());
        memory.root().release(hog);
    }

    @Test
    void rowsThatNobodyTakesFromArePackedAgainForNothing() {
        open(refusing());
        append(1000);
        pack();
        long packed = budget.reserved();
        Lease lease = shard().cursor(0).take(BODY_BYTES, Integer.MAX_VALUE, true);
        requireNonNull(lease).ack();
        assertThat(windows()).isOne();
        shard().tick();
        assertThat(windows()).as("somebody took from it").isOne();
        shard().tick();
        assertThat(windows()).isZero();
        assertThat(budget.reserved()).isEqualTo(packed);
        drain(0, 1);
    }

    @Test
    void aChangeThatAnExporterOvertookIsDropped() {
        open(refusing());
        append(1000);
        shard().considerShapes();
        Lease lease = requireNonNull(take(0));
        assertThat(rig.packer().runOnce()).isTrue();
        rig.settle();
        assertThat(hybrid().records(Shape.PACKED)).isZero();
        assertThat(failures(Failure.OVERTAKEN)).isOne();
        lease.nack();
        drain(0);
    }

    @Test
    void whatWasSettledMeanwhileStaysSettled() {
        open(refusing());
        append(1000);
        shard().considerShapes();
        assertThat(rig.packer().runOnce()).isTrue();
        Lease lease = requireNonNull(take(0));
        int taken = lease.entries();
        lease.ack();
        rig.settle();
        assertThat(hybrid().records(Shape.PACKED)).isEqualTo(1000 - taken);
        assertThat(shard().cursor(0).delivered()).isEqualTo(taken);
        drain(0, taken);
    }

    /// Scenario: the beginning of a run was delivered while the packer read it. Guarantees: the
    /// block begins behind it; nobody is inside of it, so that it can be dropped whole.
    @Test
    void aBlockWhoseBeginningWasSettledMeanwhileIsEvictedWhole() {
        open(evicting(null));
        append(1000);
        shard().considerShapes();
        assertThat(rig.packer().runOnce()).isTrue();
        Lease lease = requireNonNull(take(0));
        int taken = lease.entries();
        lease.ack();
        rig.settle();
        SegmentFacts first = shard().segments(1).oldest().getFirst();
        assertThat(first.position()).isEqualTo(taken);
        long blocks = hybrid().blocks(Shape.PACKED);
        assertThat(shard().evict(1)).isGreaterThan(1);
        assertThat(hybrid().blocks(Shape.PACKED)).isEqualTo(blocks - 1);
        long evicted = shard().cursor(0).dropped(DropReason.EVICTED);
        assertThat(evicted).isEqualTo(first.records());
        drain(0, taken + (int) evicted);
    }

    @Test
    void rowsThatAnExporterIsAboutToTakeStayRows() {
        int head = 100;
        open(
                MetadataKeys.NONE,
                new Always() {
                    @Override
                    public long headBytes() {
                        return head * (long) BODY_BYTES;
                    }
                },
                refusing(),
                refusing());
        append(1000);
        pack();
        SegmentFacts oldest = shard().segments(1).oldest().getFirst();
        assertThat(oldest.shape()).isEqualTo(Shape.ROW);
        assertThat(oldest.records()).isEqualTo(head);
        assertThat(hybrid().records(Shape.PACKED)).isEqualTo(1000 - head);
        drain(0);
        drain(1);
    }

    @Test
    void noRoomForABlockLosesNothing() {
        open(refusing());
        append(1000);
        assertThat(rig.reserve().tryReserve(RESERVE_BYTES)).isTrue();
        long left = budget.available();
        assertThat(budget.tryReserve(left)).isTrue();
        pack();
        budget.release(left);
        rig.reserve().release(RESERVE_BYTES);
        assertThat(failures(Failure.NO_ROOM)).isOne();
        assertThat(hybrid().records(Shape.PACKED)).isZero();
        pack();
        assertThat(hybrid().records(Shape.PACKED)).isEqualTo(1000);
        drain(0);
    }

    /// Scenario: the packer's reserve is taken, by blocks whose rows are not gone yet, and the
    /// pipeline has room. Guarantees: the block is made all the same.
    @Test
    void aBlockFindsRoomBesideTheReserve() {
        open(refusing());
        append(1000);
        assertThat(rig.reserve().tryReserve(RESERVE_BYTES)).isTrue();
        pack();
        rig.reserve().release(RESERVE_BYTES);
        assertThat(failures(Failure.NO_ROOM)).isZero();
        assertThat(hybrid().records(Shape.PACKED)).isEqualTo(1000);
        drain(0);
    }

    @Test
    void evictionDropsAWholeBlockUnread() {
        open(evicting(null));
        append(1000);
        pack();
        long blocks = hybrid().blocks(Shape.PACKED);
        long bytes = hybrid().bytes(Shape.PACKED);
        assertThat(shard().evict(1)).isEqualTo(bytes / blocks);
        assertThat(hybrid().blocks(Shape.PACKED)).isEqualTo(blocks - 1);
        long evicted = shard().cursor(0).dropped(DropReason.EVICTED);
        assertThat(evicted).isPositive();
        assertThat(hybrid().bytes(Shape.PACKED)).isLessThan(bytes);
        assertThat(shard().cursor(0).backlogRecords()).isEqualTo(1000 - evicted);
        drain(0, (int) evicted);
    }

    @Test
    void aFullQueueDropsOnlyAsManyAsItMust() {
        QueueLimit limit = new QueueLimit(QueueLimit.Sizer.REQUESTS, 1000);
        open(evicting(limit));
        append(1000);
        pack();
        assertThat(hybrid().records(Shape.PACKED)).isEqualTo(1000);
        append(3);
        assertThat(shard().cursor(0).dropped(DropReason.EVICTED)).isEqualTo(3);
        assertThat(limit.size()).isEqualTo(1000);
        drain(0, 3);
        assertThat(limit.size()).isZero();
    }

    @Test
    void whatThePackerReadsIsNotEvicted() {
        open(evicting(null));
        append(1000);
        shard().considerShapes();
        assertThat(shard().evict(1)).isZero();
        rig.settle();
        assertThat(shard().evict(1)).isPositive();
    }

    @Test
    void abandonsBlocksUnreadAndCountsEachRecord() {
        open(refusing(), refusing());
        append(1000, this::ack);
        pack();
        requireNonNull(take(0)).ack();
        long delivered = shard().cursor(0).delivered();
        shard().abandon();
        assertThat(shard().cursor(0).dropped(DropReason.SHUTDOWN)).isEqualTo(1000 - delivered);
        assertThat(shard().cursor(1).dropped(DropReason.SHUTDOWN)).isEqualTo(1000);
        assertThat(hybrid().blocks(Shape.PACKED)).isZero();
        assertThat(told).hasSize(1000).allMatch("SHUTDOWN"::equals);
    }

    @Test
    void theGravestDropOfAnEntryOutlivesItsPacking() {
        open(refusing(), refusing());
        append(10, this::ack);
        Lease first = requireNonNull(take(0));
        first.drop(0, 1, DropReason.EXPIRED);
        first.ack();
        pack();
        assertThat(hybrid().records(Shape.PACKED)).isEqualTo(10);
        drain(1);
        assertThat(told).hasSize(10);
        assertThat(told.getFirst()).isEqualTo("EXPIRED");
        assertThat(told.subList(1, 10)).allMatch("null"::equals);
    }

    @Test
    void keepsRequestMetadataForAsLongAsAnEntryHasIt() {
        open(new MetadataKeys(List.of("tenant"), 0), new Always(), refusing());
        for (int tenant = 0; tenant < 3; tenant++) {
            String name = "t" + tenant;
            for (int request = 0; request < 20; request++) {
                RowBatch batch = batch();
                int id =
                        shard().metadata()
                                .acquire(key -> key.equals("tenant") ? List.of(name) : List.of());
                batch.metadataId(id);
                offer(batch, null);
            }
        }
        pack();
        assertThat(hybrid().records(Shape.PACKED)).isEqualTo(60);
        List<String> tenants = new ArrayList<>();
        for (@Nullable Lease lease = take(0); lease != null; lease = take(0)) {
            tenants.addAll(lease.metadata("tenant"));
            lease.ack();
        }
        assertThat(tenants).containsExactly("t0", "t1", "t2");
        assertThat(shard().metadata().size()).isZero();
    }

    @Test
    void compressedOriginalsArePackedAsWhatTheyInflateTo() {
        open(refusing());
        for (int request = 0; request < 50; request++) {
            RowBatch batch = batch();
            byte[] body = bodies.removeLast();
            byte[] plain = ShapingRig.inflated(Codec.GZIP, body);
            bodies.add(plain);
            batch.describe(Codec.GZIP, plain.length, 1, 0, clock.getAsLong());
            offer(batch, null);
        }
        pack();
        assertThat(hybrid().wireBytes(Shape.PACKED)).isEqualTo(50L * BODY_BYTES * ShapingRig.RATIO);
        drain(0);
    }

    @Test
    void aBlockThatWouldNotBeSmallerStaysRows() {
        open(refusing());
        RowBatch batch = new RowBatch();
        byte[] noise = Batches.bytes(random, 40_000);
        bodies.add(noise);
        assertThat(space.reserve(batch.payload(), noise.length)).isTrue();
        offer(Batches.describePlain(batch, noise, 1, 0), null);
        pack();
        assertThat(failures(Failure.SAVED_NOTHING)).isOne();
        pack();
        assertThat(failures(Failure.SAVED_NOTHING)).as("is not tried again").isOne();
        drain(0);
    }

    @Test
    void isNotClosedWhileThePackerReads() {
        open(refusing());
        append(10);
        shard().considerShapes();
        shard().abandon();
        assertThatThrownBy(() -> shard().close()).hasMessageContaining("packer has not given back");
    }

    private void open(CursorConfig... cursors) {
        open(MetadataKeys.NONE, new Always(), cursors);
    }

    private void open(MetadataKeys metadata, ShapeDecider decider, CursorConfig... cursors) {
        StoreConfig config =
                new StoreConfig(
                        "logs", Signal.LOGS, budget, Durability.MEMORY, List.of(cursors), metadata);
        store = new HybridStore(config, memory.loops(), clock, rig.reshaping(), _ -> decider);
    }

    /// Yes to each run.
    private static class Always implements ShapeDecider {
        @Override
        public ShapeDecision decide(ShapeCandidate run) {
            return new ShapeDecision(Shape.PACKED, ShapeReason.RECORD_COUNT, Long.MAX_VALUE, true);
        }
    }

    private HybridStore hybrid() {
        return requireNonNull(store);
    }

    private StoreShard shard() {
        return hybrid().shard(0);
    }

    private static CursorConfig refusing() {
        return new CursorConfig("otlp", OnFull.REFUSE, null);
    }

    private static CursorConfig evicting(@Nullable QueueLimit limit) {
        return new CursorConfig("otlp", OnFull.DROP_OLDEST, limit);
    }

    private Ack ack(long ignored) {
        return worst -> told.add(String.valueOf(worst));
    }

    private void append(int requests) {
        append(requests, null);
    }

    private void append(int requests, @Nullable LongFunction<Ack> acks) {
        for (int request = 0; request < requests; request++) {
            offer(batch(), acks == null ? null : acks.apply(request));
        }
    }

    /// A body that repeats but for twenty bytes, and is no telemetry: its first tag never ends.
    private RowBatch batch() {
        return requireNonNull(tryBatch(), "no room");
    }

    private @Nullable RowBatch tryBatch() {
        byte[] body = new byte[BODY_BYTES];
        Arrays.fill(body, (byte) 0xff);
        System.arraycopy(Batches.bytes(random, 20), 0, body, 100, 20);
        RowBatch batch = new RowBatch();
        if (!space.reserve(batch.payload(), body.length)) {
            return null;
        }
        bodies.add(body);
        return Batches.describePlain(batch, body, 1, clock.getAsLong());
    }

    private void offer(RowBatch batch, @Nullable Ack ack) {
        assertThat(shard().admit(batch.records(), batch.wireBytes())).isEqualTo(Admission.ADMITTED);
        shard().append(batch, ack);
        space.handOver(batch.payload());
    }

    /// Appends until memory is full.
    private void fill() {
        @Nullable RowBatch batch = tryBatch();
        while (batch != null) {
            if (shard().admit(1, BODY_BYTES) != Admission.ADMITTED) {
                space.release(batch.payload());
                bodies.removeLast();
                return;
            }
            shard().append(batch, null);
            space.handOver(batch.payload());
            batch = tryBatch();
        }
    }

    /// Appends and packs until memory is full of both.
    private void fillAndPack() {
        for (int round = 0; round < 20; round++) {
            fill();
            pack();
        }
    }

    private void pack() {
        shard().considerShapes();
        rig.settle();
        space.trimIdle();
    }

    private @Nullable Lease take(int cursor) {
        return shard().cursor(cursor).take(256 << 10, Integer.MAX_VALUE, true);
    }

    private void drain(int cursor) {
        drain(cursor, 0);
    }

    /// Takes and acknowledges everything, which are the bodies from `first` on.
    private void drain(int cursor, int first) {
        int next = first;
        @Nullable Lease lease = take(cursor);
        while (lease != null) {
            assertThat(lease.position()).isEqualTo(next);
            for (int entry = 0; entry < lease.entries(); entry++) {
                assertThat(Batches.read(lease, entry)).isEqualTo(bodies.get(next++));
            }
            lease.ack();
            lease = take(cursor);
        }
        assertThat(next).isEqualTo(bodies.size());
    }

    private int windows() {
        int open = 0;
        for (Segment segment = shard().oldest(); segment != null; segment = segment.next) {
            open += segment.packed == null ? 0 : segment.packed.windows.size();
        }
        return open;
    }

    private long failures(Failure failure) {
        return hybrid().shapes(meter -> meter.failures(failure));
    }

    private long switches() {
        return hybrid().shapes(
                        meter -> meter.switches(Shape.ROW, Shape.PACKED, ShapeReason.RECORD_COUNT));
    }
}
