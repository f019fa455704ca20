package dev.colonnade.storage;

import dev.colonnade.storage.testkit.ShapingRig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a store shard should do, said with lists: the oracle of [StoreModelTest].
final class StoreModel {
    /// A held batch; `needs` says which cursors have not settled it.
    static final class Entry {
        final long position;
        final int wireBytes;
        final int records;
        final int metadataId;
        final long receivedNanos;
        final boolean[] needs;
        byte[] payload;
        Codec codec;
        boolean isPacked;
        @Nullable DropReason worst;

        Entry(long position, byte[] payload, RowBatch batch, int cursors) {
            this.position = position;
            this.payload = payload;
            wireBytes = batch.wireBytes();
            records = batch.records();
            codec = batch.codec();
            metadataId = batch.metadataId();
            receivedNanos = batch.receivedNanos();
            needs = new boolean[cursors];
            Arrays.fill(needs, true);
        }

        /// From now on it is held in a block, and read as plain OTLP.
        void pack() {
            isPacked = true;
            payload = ShapingRig.inflated(codec, payload);
            codec = Codec.IDENTITY;
        }

        boolean isSettled() {
            for (boolean need : needs) {
                if (need) {
                    return false;
                }
            }
            return true;
        }
    }

    /// One exporter's side.
    static final class Side {
        final int index;
        final boolean mayEvict;
        final Deque<Entry> fresh = new ArrayDeque<>();
        final List<List<Entry>> returned = new ArrayList<>();

        /// The positions of entries that were given back as columns.
        final Set<Long> inColumns = new HashSet<>();

        final long[] dropped = new long[DropReason.values().length];
        long delivered;
        long backlogRecords;
        long backlogBytes;

        Side(int index, boolean mayEvict) {
            this.index = index;
            this.mayEvict = mayEvict;
        }

        List<Entry> waiting() {
            List<Entry> waiting = new ArrayList<>();
            returned.forEach(waiting::addAll);
            waiting.addAll(fresh);
            return waiting;
        }

        long waitingBytes() {
            return waiting().stream().mapToLong(entry -> entry.wireBytes).sum();
        }

        /// What [Cursor#take] should hand out at most.
        List<Entry> next(long wireBytesMax, int recordsMax, boolean mergeCompressed) {
            if (!returned.isEmpty()) {
                return returned.getFirst();
            }
            List<Entry> run = new ArrayList<>();
            long wireBytes = 0;
            long records = 0;
            for (Entry entry : fresh) {
                if (!run.isEmpty()) {
                    Entry first = run.getFirst();
                    boolean plain = first.codec == Codec.IDENTITY && entry.codec == Codec.IDENTITY;
                    if (!(plain || mergeCompressed)
                            || entry.metadataId != first.metadataId
                            || wireBytes + entry.wireBytes > wireBytesMax
                            || records + entry.records > recordsMax) {
                        break;
                    }
                }
                run.add(entry);
                wireBytes += entry.wireBytes;
                records += entry.records;
            }
            return run;
        }

        /// Moves the first `count` entries of what [#next] said out of waiting.
        List<Entry> take(List<Entry> next, int count) {
            if (!returned.isEmpty()) {
                List<Entry> back = returned.getFirst();
                List<Entry> some = List.copyOf(back.subList(0, count));
                some.forEach(_ -> removeOldest());
                return some;
            }
            List<Entry> taken = List.copyOf(next.subList(0, count));
            taken.forEach(_ -> fresh.removeFirst());
            return taken;
        }

        boolean isReturnedInColumns() {
            return inColumns.contains(returned.getFirst().getFirst().position);
        }

        void giveBack(List<Entry> entries, boolean isColumns) {
            for (Entry entry : entries) {
                if (isColumns) {
                    inColumns.add(entry.position);
                } else {
                    inColumns.remove(entry.position);
                }
            }
            returned.add(new ArrayList<>(entries));
            returned.sort(Comparator.comparingLong(list -> list.getFirst().position));
        }

        Entry removeOldest() {
            if (returned.isEmpty()) {
                return fresh.removeFirst();
            }
            Entry oldest = returned.getFirst().removeFirst();
            if (returned.getFirst().isEmpty()) {
                returned.removeFirst();
            }
            return oldest;
        }
    }

    final List<Side> sides = new ArrayList<>();
    final List<Entry> held = new ArrayList<>();
    final List<String> told = new ArrayList<>();
    final List<Long> waitForAck = new ArrayList<>();
    long stored;

    StoreModel(List<CursorConfig> cursors) {
        for (CursorConfig cursor : cursors) {
            sides.add(new Side(sides.size(), cursor.onFull() == OnFull.DROP_OLDEST));
        }
    }

    void append(Entry entry, boolean ack) {
        held.add(entry);
        stored += entry.records;
        for (Side side : sides) {
            side.fresh.add(entry);
            side.backlogRecords += entry.records;
            side.backlogBytes += entry.wireBytes;
        }
        if (ack) {
            waitForAck.add(entry.position);
        }
    }

    void drop(Side side, Entry entry, int count, DropReason reason) {
        if (count > 0) {
            side.dropped[reason.ordinal()] += count;
            side.backlogRecords -= count;
            if (entry.worst == null || entry.worst.compareTo(reason) < 0) {
                entry.worst = reason;
            }
        }
    }

    /// The end of an entry for one side, of which `left` records were not counted as dropped.
    void end(Side side, Entry entry, int left, @Nullable DropReason reason) {
        if (reason == null) {
            side.delivered += left;
            side.backlogRecords -= left;
        } else {
            drop(side, entry, left, reason);
        }
        side.backlogBytes -= entry.wireBytes;
        entry.needs[side.index] = false;
        if (entry.isSettled()) {
            held.remove(entry);
            if (waitForAck.remove(entry.position)) {
                told.add(entry.position + " " + entry.worst);
            }
        }
    }

    void evictOldest(Side side) {
        Entry victim = side.removeOldest();
        end(side, victim, victim.records, DropReason.EVICTED);
    }

    /// Whose oldest entry [StoreShard#evict] would drop next; null when that would free nothing.
    @Nullable Side nextToEvict() {
        @Nullable Side laggard = null;
        for (Side side : sides) {
            if (side.mayEvict
                    && !side.waiting().isEmpty()
                    && (laggard == null || side.waitingBytes() > laggard.waitingBytes())) {
                laggard = side;
            }
        }
        if (laggard == null) {
            return null;
        }
        Entry oldest = laggard.waiting().getFirst();
        for (Side side : sides) {
            boolean lets = side.mayEvict && side.waiting().contains(oldest);
            if (oldest.needs[side.index] && !lets) {
                return null;
            }
        }
        return laggard;
    }
}
