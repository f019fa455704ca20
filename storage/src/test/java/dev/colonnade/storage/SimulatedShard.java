package dev.colonnade.storage;

import dev.colonnade.storage.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A shard in figures alone: segments fill, seal, change shape as the policy says at a set cost,
/// and are freed as cursors pass; time is the test's.
final class SimulatedShard implements ShapeFacts {
    static final int WIRE_BYTES_PER_RECORD = 400;
    private static final int SEGMENT_RECORDS = 20_000;
    private static final long SEGMENT_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long STEP_NANOS = Duration.ofMillis(100).toNanos();

    final ManualClock clock = new ManualClock();
    final ShapePolicy policy;
    final Map<Shape, Double> bytesPerRecord = new EnumMap<>(Shape.class);
    final Map<ShapeReason, Integer> reasons = new EnumMap<>(ShapeReason.class);
    final List<Change> runs = new ArrayList<>();
    long budgetBytes = 1L << 30;
    double foreignUse;
    double nanosPerRecord = 800;

    /// How often any record was changed, and how often one was changed back for a cursor.
    long changedRecords;

    long unpackedRecords;
    long workedNanos;

    private final ArrayDeque<Part> parts = new ArrayDeque<>();
    private final List<Part> sealed = new ArrayList<>();
    private final long[] taken;
    long inFlight;
    private final Map<Long, Integer> changesOf = new HashMap<>();
    private @Nullable Part open;
    private long appendedWire;
    private @Nullable Change current;
    private double doneRecords;

    SimulatedShard(ShapeConfig config, int cursors) {
        policy = new ShapePolicy(config, this, clock);
        taken = new long[cursors];
        bytesPerRecord.put(Shape.ROW, 400.0);
        bytesPerRecord.put(Shape.COLUMN, 84.0);
        bytesPerRecord.put(Shape.PACKED, 20.0);
    }

    /// A run that the policy has said yes to.
    record Change(ShapeCandidate run, ShapeDecision decision, int first, List<Part> parts) {
        ShapeReason reason() {
            return decision.reason();
        }

        Shape to() {
            return decision.shape();
        }
    }

    static final class Part {
        Shape shape = Shape.ROW;
        long start;
        long records;
        double bytes;
        long openedNanos;
        long sealedNanos;
        boolean isBusy;
        boolean isTried;

        long wire() {
            return records * WIRE_BYTES_PER_RECORD;
        }
    }

    /// Runs for `seconds` at so many records a second in, and out of each cursor.
    void run(double seconds, double in, double... out) {
        for (long step = 0; step < Math.round(seconds * 10); step++) {
            clock.advanceNanos(STEP_NANOS);
            append(Math.round(in / 10));
            sealIfOld();
            for (int cursor = 0; cursor < taken.length; cursor++) {
                take(cursor, Math.round(out[cursor] / 10) * WIRE_BYTES_PER_RECORD);
            }
            work();
        }
    }

    /// Appends `count` segments of `records` each at once, sealed now.
    void sealed(int count, long records) {
        for (int segment = 0; segment < count; segment++) {
            append(records);
            seal();
        }
    }

    double heldPerRecord() {
        return heldRecords() == 0 ? 0 : heldBytes() / (double) heldRecords();
    }

    int changesAtMost() {
        return changesOf.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    private double each(Shape shape) {
        return Objects.requireNonNull(bytesPerRecord.get(shape));
    }

    private void append(long records) {
        while (records > 0) {
            Part part = open;
            if (part == null) {
                part = new Part();
                part.start = appendedWire;
                part.openedNanos = clock.getAsLong();
                open = part;
                parts.add(part);
            }
            long now = Math.min(records, SEGMENT_RECORDS - part.records);
            part.records += now;
            part.bytes += now * each(Shape.ROW);
            appendedWire += now * WIRE_BYTES_PER_RECORD;
            records -= now;
            if (part.records >= SEGMENT_RECORDS) {
                seal();
            }
        }
    }

    private void sealIfOld() {
        Part part = open;
        if (part != null && clock.getAsLong() - part.openedNanos >= SEGMENT_NANOS) {
            seal();
        }
    }

    private void seal() {
        Part part = open;
        if (part != null) {
            part.sealedNanos = clock.getAsLong();
            sealed.add(part);
            open = null;
        }
    }

    private void take(int cursor, long wire) {
        long until = Math.min(appendedWire, taken[cursor] + wire);
        for (Part part : sealed) {
            boolean reached = part.start < until && part.start + part.wire() > taken[cursor];
            if (reached && part.shape != Shape.ROW) {
                policy.unmade(part.shape, part.records, part.records * 500);
                unpackedRecords += part.records;
                part.shape = Shape.ROW;
                part.bytes = part.records * each(Shape.ROW);
            }
        }
        taken[cursor] = until;
        long least = Arrays.stream(taken).min().orElseThrow();
        sealed.removeIf(part -> !part.isBusy && part.start + part.wire() <= least);
        parts.removeIf(part -> part != open && !sealed.contains(part));
    }

    private void work() {
        Change change = current;
        if (change != null) {
            doneRecords += STEP_NANOS * policy.packerShare() / nanosPerRecord;
            if (doneRecords < change.run().records()) {
                return;
            }
            finish(change);
        }
        current = next();
        doneRecords = 0;
        if (current != null) {
            current.parts().forEach(part -> part.isBusy = true);
        }
    }

    /// Asks the policy as a store does: the oldest run first, behind each exporter's head.
    @Nullable Change next() {
        int max = policy.runRecordsMax();
        long head = policy.headBytes();
        int first = 0;
        while (first < sealed.size()) {
            int end = first;
            long records = 0;
            long bytes = 0;
            boolean isFull = false;
            while (end < sealed.size() && mayChange(sealed.get(end), head)) {
                Part part = sealed.get(end);
                isFull =
                        records > 0
                                && (records + part.records > max
                                        || bytes + part.bytes > policy.runBytesMax());
                if (isFull || part.shape != sealed.get(first).shape) {
                    break;
                }
                records += part.records;
                bytes += (long) part.bytes;
                end++;
            }
            if (end > first) {
                List<Part> run = List.copyOf(sealed.subList(first, end));
                ShapeCandidate candidate = candidate(run, records, bytes, isFull);
                ShapeDecision decision = policy.decide(candidate);
                if (decision != null) {
                    return new Change(candidate, decision, first, run);
                }
            }
            first = Math.max(end, first + 1);
        }
        return null;
    }

    private ShapeCandidate candidate(List<Part> run, long records, long bytes, boolean isFull) {
        Part first = run.getFirst();
        return new ShapeCandidate(
                first.shape,
                run.size(),
                run.size(),
                records,
                records * WIRE_BYTES_PER_RECORD,
                bytes,
                first.openedNanos,
                ahead(first),
                isFull);
    }

    private boolean mayChange(Part part, long head) {
        boolean isEntered = false;
        for (long place : taken) {
            isEntered |= place > part.start && place < part.start + part.wire();
        }
        return !part.isBusy && !part.isTried && !isEntered && ahead(part) >= head;
    }

    /// What the nearest exporter that has not passed it has before it.
    long ahead(Part part) {
        return Arrays.stream(taken)
                .filter(place -> place <= part.start)
                .map(place -> part.start - place)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    List<Part> sealedParts() {
        return sealed;
    }

    private void finish(Change change) {
        ShapeCandidate run = change.run();
        double bytes = run.records() * each(change.to());
        long nanos = (long) (run.records() * nanosPerRecord);
        workedNanos += nanos;
        runs.add(change);
        boolean isUseless = change.decision().mustSave() && bytes >= run.heldBytes();
        for (Part part : change.parts()) {
            part.isBusy = false;
            part.isTried |= isUseless;
            if (!isUseless) {
                part.shape = change.to();
                part.bytes = part.records * each(change.to());
                changedRecords += part.records;
                changesOf.merge(part.start, 1, Integer::sum);
            }
        }
        if (isUseless) {
            policy.savedNothing(run, change.decision(), run.records(), (long) bytes, nanos);
        } else {
            reasons.merge(change.reason(), 1, Integer::sum);
            policy.made(run, change.decision(), run.records(), (long) bytes, nanos);
        }
    }

    @Override
    public long settledBytes() {
        return Arrays.stream(taken).min().orElseThrow();
    }

    @Override
    public long inFlightBytes() {
        return inFlight;
    }

    @Override
    public long heldBytes() {
        return (long) parts.stream().mapToDouble(part -> part.bytes).sum();
    }

    @Override
    public long heldRecords() {
        return parts.stream().mapToLong(part -> part.records).sum();
    }

    @Override
    public long budgetBytes() {
        return budgetBytes;
    }

    @Override
    public double budgetUsed() {
        return Math.max(foreignUse, heldBytes() / (double) budgetBytes);
    }
}
