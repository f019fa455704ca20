package dev.colonnade.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.StoreModel.Entry;
import dev.colonnade.storage.StoreModel.Side;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.testkit.Batches;
import dev.colonnade.storage.testkit.DeflatedFormat;
import dev.colonnade.storage.testkit.ManualClock;
import dev.colonnade.storage.testkit.ShapingRig;
import dev.colonnade.storage.testkit.TestMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Random sequences of everything that a store is asked to do, against [StoreModel].
///
/// Scenario: a store with 1 to 4 cursors of both policies, some with a queue limit, and 1 to 3
/// shards, in memory that is sometimes too small. Each step appends, admits and cancels, takes,
/// acks, drops in part or whole, gives back, evicts or lets time pass. In most sequences segments
/// change their shape meanwhile: what the packer does, and what the loop does with its result, are
/// steps of their own between the others.
///
/// Guarantees: nothing is lost, doubled or reordered; after each step the ledger closes for every
/// cursor; every ack is told once with the gravest reason; the bytes read are those written, or
/// what they inflate to; in the end every slab is back.
final class StoreModelTest {
    private static final int SEQUENCES = 3000;
    private static final int STEPS = 120;
    private static final long UNPACK_BYTES = 2L << 20;
    private static final long PACK_BYTES = 1L << 20;
    private static final long RESERVE_BYTES = 256 << 10;
    private static final long FLOORS_BYTES = 3 * UNPACK_BYTES + PACK_BYTES + RESERVE_BYTES;

    private static final long CHECK_BYTES = 256 << 10;

    private int refusedForMemory;
    private int refusedForQueue;
    private int tooLarge;
    private int evicted;
    private int merged;
    private int sealed;
    private int packed;
    private int unpacked;
    private int inColumns;
    private int columnsAsRows;
    private int evictedBlocks;
    private final long[] failures = new long[ShapeMeter.Failure.values().length];

    @Test
    void doesWhatTheModelSays() {
        for (int seed = 0; seed < SEQUENCES; seed++) {
            try {
                new Sequence(seed).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("sequence failed: seed=" + seed, e);
            }
        }
        assertThat(List.of(refusedForMemory, refusedForQueue, tooLarge, evicted, merged, sealed))
                .as("every answer was seen often")
                .allMatch(count -> count > 100);
        assertThat(List.of(packed, unpacked, inColumns, columnsAsRows, evictedBlocks))
                .as("every way of a block was gone often")
                .allMatch(count -> count > 100);
        assertThat(failures[ShapeMeter.Failure.UNFIT.ordinal()]).isGreaterThan(100);
        assertThat(failures[ShapeMeter.Failure.SAVED_NOTHING.ordinal()]).isGreaterThan(100);
        assertThat(failures[ShapeMeter.Failure.OVERTAKEN.ordinal()]).isGreaterThan(100);
    }

    /// A lease that is out and what it should hold.
    private static final class Out {
        final Lease lease;
        final List<Entry> entries;
        final int[] gone;

        Out(Lease lease, List<Entry> entries) {
            this.lease = lease;
            this.entries = entries;
            gone = new int[entries.size()];
        }
    }

    /// One shard, its model, and the exporters' leases.
    private static final class Shard {
        final StoreShard store;
        final StoreModel model;
        final ExtentSpace space;
        final List<List<Out>> out = new ArrayList<>();
        final List<String> told = new ArrayList<>();
        long position;
        long appendedBytes;

        Shard(StoreShard store, StoreModel model, ExtentSpace space) {
            this.store = store;
            this.model = model;
            this.space = space;
            model.sides.forEach(_ -> out.add(new ArrayList<>()));
        }
    }

    private final class Sequence {
        private final SplittableRandom random;

        private final ManualClock clock = new ManualClock();
        private final TestMemory memory;
        private final List<CursorConfig> cursors = new ArrayList<>();
        private final Map<QueueLimit, QueueLimit.Sizer> sizers = new HashMap<>();
        private final List<Shard> shards = new ArrayList<>();
        private final HybridStore store;
        private final @Nullable ShapingRig rig;
        private @Nullable LeaseCheck blocks;
        private boolean clockMoved;

        Sequence(long seed) {
            random = new SplittableRandom(seed);
            int loops = random.nextInt(1, 4);
            int limit = random.nextBoolean() ? 256 << 10 : 8 << 20;
            memory = TestMemory.of(limit + FLOORS_BYTES + CHECK_BYTES, loops);
            MemoryBudget budget = memory.budget("pipeline", limit);
            int count = random.nextInt(1, 5);
            for (int cursor = 0; cursor < count; cursor++) {
                OnFull onFull = random.nextBoolean() ? OnFull.REFUSE : OnFull.DROP_OLDEST;
                cursors.add(new CursorConfig("exporter/" + cursor, onFull, limit()));
            }
            StoreConfig config =
                    new StoreConfig("logs", Signal.LOGS, budget, Durability.MEMORY, cursors);
            rig = random.nextInt(4) == 0 ? null : rig();
            store =
                    rig == null
                            ? new HybridStore(config, memory.loops(), clock)
                            : new HybridStore(
                                    config,
                                    memory.loops(),
                                    clock,
                                    rig.reshaping(),
                                    _ -> new Whim());
            for (int loop = 0; loop < loops; loop++) {
                shards.add(
                        new Shard(
                                store.shard(loop),
                                new StoreModel(cursors),
                                new ExtentSpace(memory.loop(loop), BudgetShare.of(budget))));
            }
        }

        private ShapingRig rig() {
            int wireBytesMax = random.nextInt(2_000, 60_000);
            int entriesMax = random.nextInt(1, 40);
            DeflatedFormat format = new DeflatedFormat(wireBytesMax, entriesMax, () -> false);
            MemoryBudget own = memory.root().floor("check", LeaseCheck.bytes(format));
            blocks = new LeaseCheck(format, memory.pool(), own);
            return new ShapingRig(memory, format, UNPACK_BYTES, PACK_BYTES, RESERVE_BYTES);
        }

        /// Decides at random.
        private final class Whim implements ShapeDecider {
            @Override
            public @Nullable ShapeDecision decide(ShapeCandidate candidate) {
                if (random.nextInt(3) == 0) {
                    return null;
                }
                return new ShapeDecision(
                        random.nextBoolean() ? Shape.COLUMN : Shape.PACKED,
                        ShapeReason.MEMORY_PRESSURE,
                        0,
                        random.nextInt(8) == 0);
            }

            @Override
            public long headBytes() {
                return random.nextBoolean() ? 0 : random.nextInt(20_000);
            }
        }

        private @Nullable QueueLimit limit() {
            return switch (random.nextInt(6)) {
                case 0 -> limit(QueueLimit.Sizer.REQUESTS, random.nextInt(1, 20));
                case 1 -> limit(QueueLimit.Sizer.ITEMS, random.nextInt(3, 60));
                case 2 -> limit(QueueLimit.Sizer.BYTES, random.nextInt(2000, 40_000));
                default -> null;
            };
        }

        private QueueLimit limit(QueueLimit.Sizer sizer, long sizeMax) {
            QueueLimit limit = new QueueLimit(sizer, sizeMax);
            sizers.put(limit, sizer);
            return limit;
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                Shard shard = shards.get(random.nextInt(shards.size()));
                switch (random.nextInt(16)) {
                    case 0, 1, 2, 3, 4 -> append(shard);
                    case 5, 6 -> take(shard);
                    case 7, 8 -> end(shard);
                    case 9 -> partialDrop(shard);
                    case 10 -> evict(shard);
                    case 11, 12, 13, 14 -> reshape(shard);
                    default -> passTime();
                }
                shards.forEach(this::check);
                checkSums();
            }
            drain();
            memory.close();
        }

        /// One of the three steps of a change of shape, or all of them.
        private void reshape(Shard shard) {
            if (rig == null) {
                return;
            }
            switch (random.nextInt(5)) {
                case 0, 1 -> shard.store.considerShapes();
                case 2 -> rig.packer().runOnce();
                case 3 -> rig.loop(shards.indexOf(shard)).runOnce();
                default -> rig.settle();
            }
            shards.forEach(this::notePacked);
        }

        /// Tells the model which entries are in blocks now.
        private void notePacked(Shard shard) {
            for (Segment segment = shard.store.oldest(); segment != null; segment = segment.next) {
                if (segment.packed == null) {
                    continue;
                }
                long first = segment.basePosition + segment.from;
                long end = segment.basePosition + segment.count;
                for (Entry entry : shard.model.held) {
                    if (entry.position >= first && entry.position < end && !entry.isPacked) {
                        entry.pack();
                        packed++;
                    }
                }
            }
        }

        private void append(Shard shard) {
            RowBatch batch = new RowBatch();
            byte[] payload =
                    Batches.bytes(random, random.nextInt(8) == 0 ? 0 : random.nextInt(3000));
            if (!shard.space.reserve(batch.payload(), payload.length)) {
                refusedForMemory++;
                return;
            }
            Codec codec = random.nextInt(4) == 0 ? Codec.GZIP : Codec.IDENTITY;
            int wireBytes = ShapingRig.inflated(codec, payload).length;
            int records = random.nextInt(5);
            Batches.fill(batch.payload(), payload);
            batch.describe(codec, wireBytes, records, random.nextInt(8) / 7, clock.getAsLong());
            clock.advanceNanos(LeaseCheck.STORE_DELAY_NANOS);
            List<Long> sizes =
                    cursors.stream()
                            .map(cursor -> cursor.limit() == null ? 0 : cursor.limit().size())
                            .toList();
            Admission admission = shard.store.admit(records, wireBytes);
            if (admission == Admission.MEMORY_FULL) {
                refusedForMemory++;
            } else {
                assertThat(admission).isEqualTo(expectAdmission(shard, sizes, records, wireBytes));
            }
            if (admission != Admission.ADMITTED) {
                refusedForQueue += admission == Admission.QUEUE_FULL ? 1 : 0;
                tooLarge += admission == Admission.TOO_LARGE ? 1 : 0;
                shard.space.release(batch.payload());
                return;
            }
            if (random.nextInt(8) == 0) {
                shard.store.cancel(records, wireBytes);
                shard.space.release(batch.payload());
                return;
            }
            // Whether an empty request was dropped is not looked up in a block that goes unread.
            Ack ack = ackOf(shard, (records > 0 || rig == null) && random.nextBoolean());
            assertThat(shard.store.append(batch, ack)).isEqualTo(shard.position);
            shard.space.handOver(batch.payload());
            Entry entry = new Entry(shard.position, payload, batch, cursors.size());
            shard.model.append(entry, ack != null);
            shard.position++;
            shard.appendedBytes += payload.length;
            shard.store.publish();
        }

        private @Nullable Ack ackOf(Shard shard, boolean wanted) {
            long position = shard.position;
            return wanted ? worst -> shard.told.add(position + " " + worst) : null;
        }

        /// What the queue limits, whose sizes were `sizes`, say; they evict what waits where that
        /// was written.
        private Admission expectAdmission(
                Shard shard, List<Long> sizes, int records, int wireBytes) {
            for (CursorConfig cursor : cursors) {
                if (cursor.limit() != null && !cursor.limit().canHold(records, wireBytes)) {
                    return Admission.TOO_LARGE;
                }
            }
            for (int index = 0; index < cursors.size(); index++) {
                QueueLimit limit = cursors.get(index).limit();
                if (limit == null) {
                    continue;
                }
                Side side = shard.model.sides.get(index);
                long size = sizes.get(index);
                long amount = amount(limit, records, wireBytes);
                while (size + amount > limit.sizeMax()) {
                    if (!side.mayEvict || side.waiting().isEmpty()) {
                        return Admission.QUEUE_FULL;
                    }
                    Entry oldest = side.waiting().getFirst();
                    size -= amount(limit, oldest.records, oldest.wireBytes);
                    shard.model.evictOldest(side);
                    evicted++;
                }
            }
            return Admission.ADMITTED;
        }

        private long amount(QueueLimit limit, int records, int wireBytes) {
            return switch (requireNonNull(sizers.get(limit))) {
                case REQUESTS -> 1;
                case ITEMS -> records;
                case BYTES -> wireBytes;
            };
        }

        private void take(Shard shard) {
            int index = random.nextInt(cursors.size());
            Side side = shard.model.sides.get(index);
            long bytesMax = random.nextInt(3) == 0 ? Long.MAX_VALUE : random.nextInt(6000);
            int recordsMax = random.nextInt(3) == 0 ? Integer.MAX_VALUE : random.nextInt(12);
            boolean mergeCompressed = random.nextBoolean();
            Cursor cursor = shard.store.cursor(index);
            boolean wantsColumns = random.nextInt(3) == 0;
            boolean back = !side.returned.isEmpty();
            boolean backInColumns = back && side.isReturnedInColumns();
            @Nullable Lease lease =
                    wantsColumns
                            ? cursor.takeColumns(bytesMax, recordsMax, mergeCompressed)
                            : cursor.take(bytesMax, recordsMax, mergeCompressed);
            boolean isColumns = lease != null && lease.isColumns();
            List<Entry> next =
                    isColumns
                            ? side.next(Long.MAX_VALUE, Integer.MAX_VALUE, true)
                            : side.next(bytesMax, recordsMax, mergeCompressed);
            assertThat(isColumns && !wantsColumns).as("columns for who wants rows").isFalse();
            inColumns += isColumns ? 1 : 0;
            columnsAsRows += backInColumns && !isColumns ? 1 : 0;
            if (next.isEmpty()) {
                assertThat(lease).isNull();
                return;
            }
            requireNonNull(lease);
            boolean oneSegment = !clockMoved && rig == null && shard.appendedBytes < 256 << 10;
            unpacked += next.getFirst().isPacked ? 1 : 0;
            if ((back && isColumns == backInColumns) || oneSegment) {
                assertThat(lease.entries()).isEqualTo(next.size());
            } else {
                assertThat(lease.entries()).isBetween(1, next.size());
                sealed += lease.entries() < next.size() ? 1 : 0;
            }
            merged += lease.entries() > 1 ? 1 : 0;
            List<Entry> entries = side.take(next, lease.entries());
            assertThat(entries).allMatch(entry -> !isColumns || entry.isPacked);
            shard.out.get(index).add(new Out(lease, entries));
            LeaseCheck.compare(lease, entries, blocks);
        }

        private @Nullable Out anyOut(Shard shard, Side side, boolean remove) {
            List<Out> out = shard.out.get(side.index);
            if (out.isEmpty()) {
                return null;
            }
            int index = random.nextInt(out.size());
            return remove ? out.remove(index) : out.get(index);
        }

        private void end(Shard shard) {
            Side side = shard.model.sides.get(random.nextInt(cursors.size()));
            @Nullable Out out = anyOut(shard, side, true);
            if (out == null) {
                return;
            }
            LeaseCheck.compare(out.lease, out.entries, blocks);
            boolean isColumns = out.lease.isColumns();
            int choice = random.nextInt(isColumns ? 2 : 4);
            boolean dropped = IntStream.of(out.gone).sum() > 0;
            if (choice == 0 && !dropped) {
                out.lease.nack();
                side.giveBack(out.entries, isColumns);
                return;
            }
            @Nullable DropReason reason = choice == 1 ? reason() : null;
            if (reason == null) {
                out.lease.ack();
            } else {
                out.lease.drop(reason);
            }
            for (int index = 0; index < out.entries.size(); index++) {
                Entry entry = out.entries.get(index);
                shard.model.end(side, entry, entry.records - out.gone[index], reason);
            }
        }

        private void partialDrop(Shard shard) {
            Side side = shard.model.sides.get(random.nextInt(cursors.size()));
            @Nullable Out out = anyOut(shard, side, false);
            if (out == null) {
                return;
            }
            int index = random.nextInt(out.entries.size());
            Entry entry = out.entries.get(index);
            int count = random.nextInt(entry.records - out.gone[index] + 1);
            DropReason reason = reason();
            out.lease.drop(index, count, reason);
            out.gone[index] += count;
            shard.model.drop(side, entry, count, reason);
        }

        /// Step by step, because how much goes at once depends on where the blocks are.
        private void evict(Shard shard) {
            long bytes = random.nextInt(5000);
            long gone = 0;
            while (gone < bytes) {
                @Nullable Side side = shard.model.nextToEvict();
                if (side != null && shard.store.cursor(side.index).isOldestPinned()) {
                    side = null;
                }
                if (side == null) {
                    assertThat(shard.store.evict(1)).isZero();
                    return;
                }
                Cursor cursor = shard.store.cursor(side.index);
                boolean whole = cursor.isBeforeWhole();
                int before = cursor.waitingEntries();
                Entry oldest = side.waiting().getFirst();
                long step = shard.store.evict(1);
                int entries = before - cursor.waitingEntries();
                if (whole) {
                    assertThat(entries).isPositive();
                    evictedBlocks++;
                } else {
                    assertThat(entries).isOne();
                    assertThat(step).isEqualTo(Math.max(1, oldest.payload.length));
                }
                for (int entry = 0; entry < entries; entry++) {
                    assertThat(side.waiting().getFirst().isPacked).isEqualTo(oldest.isPacked);
                    shard.model.evictOldest(side);
                }
                gone += step;
                evicted++;
            }
        }

        private void passTime() {
            if (random.nextInt(4) == 0) {
                clock.advanceNanos(random.nextLong(6_000_000_000L));
                clockMoved = true;
            }
            shards.forEach(shard -> shard.store.tick());
            shards.forEach(this::notePacked);
            shards.forEach(shard -> shard.space.trimIdle());
        }

        private DropReason reason() {
            return DropReason.values()[random.nextInt(DropReason.values().length)];
        }

        private void check(Shard shard) {
            StoreModel model = shard.model;
            assertThat(shard.told).containsExactlyInAnyOrderElementsOf(model.told);
            assertThat(shard.store.stored()).isEqualTo(model.stored);
            assertThat(shard.store.entries()).isEqualTo(model.held.size());
            assertThat(shard.store.records())
                    .isEqualTo(model.held.stream().mapToLong(entry -> entry.records).sum());
            assertThat(shard.store.wireBytes())
                    .isEqualTo(model.held.stream().mapToLong(entry -> entry.wireBytes).sum());
            assertThat(shard.store.payloadBytes())
                    .isEqualTo(
                            model.held.stream()
                                    .filter(entry -> !entry.isPacked)
                                    .mapToLong(entry -> entry.payload.length)
                                    .sum());
            assertThat(shard.store.holdings().records(Shape.ROW))
                    .isEqualTo(
                            model.held.stream()
                                    .filter(entry -> !entry.isPacked)
                                    .mapToLong(entry -> entry.records)
                                    .sum());
            assertThat(shard.store.holdings().wireBytes(Shape.ROW))
                    .isEqualTo(
                            model.held.stream()
                                    .filter(entry -> !entry.isPacked)
                                    .mapToLong(entry -> entry.wireBytes)
                                    .sum());
            for (Side side : model.sides) {
                Cursor cursor = shard.store.cursor(side.index);
                long dropped = 0;
                for (DropReason reason : DropReason.values()) {
                    assertThat(cursor.dropped(reason)).isEqualTo(side.dropped[reason.ordinal()]);
                    dropped += cursor.dropped(reason);
                }
                assertThat(cursor.delivered()).isEqualTo(side.delivered);
                assertThat(cursor.backlogRecords()).isEqualTo(side.backlogRecords);
                assertThat(cursor.backlogBytes()).isEqualTo(side.backlogBytes);
                assertThat(cursor.delivered() + dropped + cursor.backlogRecords())
                        .as("ledger of %s", cursor)
                        .isEqualTo(shard.store.stored());
                List<Entry> waiting = side.waiting();
                assertThat(cursor.waitingEntries()).isEqualTo(waiting.size());
                assertThat(cursor.waitingBytes()).isEqualTo(side.waitingBytes());
                assertThat(cursor.waitingRecords())
                        .isEqualTo(waiting.stream().mapToLong(entry -> entry.records).sum());
                assertThat(cursor.oldestWaitingNanos())
                        .isEqualTo(
                                waiting.isEmpty()
                                        ? Long.MAX_VALUE
                                        : waiting.getFirst().receivedNanos);
            }
        }

        private void checkSums() {
            assertThat(store.stored())
                    .isEqualTo(shards.stream().mapToLong(shard -> shard.model.stored).sum());
            for (int index = 0; index < cursors.size(); index++) {
                int cursor = index;
                long backlog =
                        shards.stream()
                                .mapToLong(shard -> shard.model.sides.get(cursor).backlogRecords)
                                .sum();
                assertThat(store.backlogRecords(cursor)).isEqualTo(backlog);
            }
        }

        /// Ends what is out, takes the rest, and closes.
        private void drain() {
            if (rig != null) {
                rig.packer().close();
                rig.settle();
                shards.forEach(this::notePacked);
            }
            for (Shard shard : shards) {
                for (Side side : shard.model.sides) {
                    for (Out out : shard.out.get(side.index)) {
                        out.lease.ack();
                        for (int index = 0; index < out.entries.size(); index++) {
                            Entry entry = out.entries.get(index);
                            shard.model.end(side, entry, entry.records - out.gone[index], null);
                        }
                    }
                }
                shard.store.abandon();
                for (Side side : shard.model.sides) {
                    while (!side.waiting().isEmpty()) {
                        Entry entry = side.removeOldest();
                        shard.model.end(side, entry, entry.records, DropReason.SHUTDOWN);
                    }
                }
                check(shard);
                assertThat(shard.model.held).isEmpty();
                shard.store.close();
                shard.space.close();
            }
            for (CursorConfig cursor : cursors) {
                if (cursor.limit() != null) {
                    assertThat(cursor.limit().size()).isZero();
                }
            }
            for (ShapeMeter.Failure failure : ShapeMeter.Failure.values()) {
                failures[failure.ordinal()] += store.shapes(meter -> meter.failures(failure));
            }
            for (Shape shape : Shape.values()) {
                assertThat(store.records(shape)).isZero();
                assertThat(store.wireBytes(shape)).isZero();
                assertThat(store.blocks(shape)).isZero();
            }
            if (rig != null) {
                requireNonNull(blocks).close();
                rig.close();
            }
        }
    }
}
