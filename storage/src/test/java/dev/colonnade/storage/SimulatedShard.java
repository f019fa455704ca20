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
import org.jspecify.annotations.Nullable;

/// A shard in figures alone: segments fill, seal, change shape as the policy says at a set cost,
/// and are freed as cursors pass; time is the test's.
final class SimulatedShard implements ShapeView {
    static final int WIRE_BYTES_PER_RECORD = 400;
    private static final int SEGMENT_RECORDS = 20_000;
    private static final long SEGMENT_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long STEP_NANOS = Duration.ofMillis(100).toNanos();

    final ManualClock clock = new ManualClock();
    final ShapePolicy policy;
    final Map<Shape, Double> bytesPerRecord = new EnumMap<>(Shape.class);
    final Map<ShapeReason, Integer> reasons = new EnumMap<>(ShapeReason.class);
    final List<Reshape> runs = new ArrayList<>();
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
    private final long[] inFlight;
    private final Map<Long, Integer> changesOf = new HashMap<>();
    private @Nullable Part open;
    private long appendedWire;
    private @Nullable Reshape current;
    private final List<Part> currentParts = new ArrayList<>();
    private double doneRecords;

    SimulatedShard(ShapeConfig config, int cursors) {
        policy = new ShapePolicy(config, cursors, clock);
        taken = new long[cursors];
        inFlight = new long[cursors];
        bytesPerRecord.put(Shape.ROW, 400.0);
        bytesPerRecord.put(Shape.COLUMN, 84.0);
        bytesPerRecord.put(Shape.PACKED, 20.0);
    }

    private static final class Part {
        Shape shape = Shape.ROW;
        long start;
        long records;
        double bytes;
        long openedNanos;
        long sealedNanos;
        boolean isBusy;
        boolean isTried;
        boolean isRebuilt;

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

    /// Holds what is in flight at each cursor at so many bytes.
    void inFlight(long bytes) {
        Arrays.fill(inFlight, bytes);
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
            part.bytes += now * bytesPerRecord.get(Shape.ROW);
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
                part.bytes = part.records * bytesPerRecord.get(Shape.ROW);
                part.isRebuilt = true;
            }
        }
        taken[cursor] = until;
        long least = Arrays.stream(taken).min().orElseThrow();
        sealed.removeIf(part -> !part.isBusy && part.start + part.wire() <= least);
        parts.removeIf(part -> part != open && !sealed.contains(part));
    }

    private void work() {
        Reshape run = current;
        if (run != null) {
            doneRecords += STEP_NANOS * run.share() / nanosPerRecord;
            if (doneRecords < run.records()) {
                return;
            }
            finish(run);
        }
        start(policy.next(this));
    }

    private void start(@Nullable Reshape run) {
        current = run;
        if (run != null) {
            doneRecords = 0;
            currentParts.clear();
            currentParts.addAll(sealed.subList(run.first(), run.first() + run.segments()));
            currentParts.forEach(part -> part.isBusy = true);
        }
    }

    private void finish(Reshape run) {
        double bytes = run.records() * bytesPerRecord.get(run.to());
        long nanos = (long) (run.records() * nanosPerRecord);
        workedNanos += nanos;
        runs.add(run);
        boolean isUseless = run.mustSave() && bytes >= run.bytes();
        for (Part part : currentParts) {
            part.isBusy = false;
            part.isTried |= isUseless;
            if (!isUseless) {
                part.shape = run.to();
                part.bytes = part.records * bytesPerRecord.get(run.to());
                changedRecords += part.records;
                changesOf.merge(part.start, 1, Integer::sum);
            }
        }
        if (isUseless) {
            policy.savedNothing(run, run.records(), (long) bytes, nanos);
        } else {
            reasons.merge(run.reason(), 1, Integer::sum);
            policy.made(run, run.records(), (long) bytes, nanos);
        }
    }

    @Override
    public int segments() {
        return sealed.size();
    }

    @Override
    public Shape shape(int segment) {
        return sealed.get(segment).shape;
    }

    @Override
    public boolean isFree(int segment) {
        Part part = sealed.get(segment);
        boolean isEntered = false;
        for (long place : taken) {
            isEntered |= place > part.start && place < part.start + part.wire();
        }
        return !part.isBusy && !part.isTried && !isEntered;
    }

    @Override
    public boolean isRebuilt(int segment) {
        return sealed.get(segment).isRebuilt;
    }

    @Override
    public long records(int segment) {
        return sealed.get(segment).records;
    }

    @Override
    public long bytes(int segment) {
        return (long) sealed.get(segment).bytes;
    }

    @Override
    public long sealedNanos(int segment) {
        return sealed.get(segment).sealedNanos;
    }

    @Override
    public int cursors() {
        return taken.length;
    }

    @Override
    public long bytesAhead(int segment, int cursor) {
        return sealed.get(segment).start - taken[cursor];
    }

    @Override
    public long settledBytes(int cursor) {
        return taken[cursor];
    }

    @Override
    public long inFlightBytes(int cursor) {
        return inFlight[cursor];
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
