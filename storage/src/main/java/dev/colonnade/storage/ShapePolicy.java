package dev.colonnade.storage;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Decides which runs of sealed segments of one loop's part of a store change their shape, to which
/// one and why, so that held bytes per held record stay under the target at the least CPU.
///
/// It has no thread and changes nothing: the store asks [#next] when a segment was sealed, when a
/// run was done and once a second, has the run done, and reports what it took by one of [#made],
/// [#savedNothing], [#foundNoRoom] and [#overtaken]. One run at a time.
///
/// Costs are measured, see [ShapeCosts]; a shape that is unknown is tried on a run. The rules:
///
/// - Met target and enough memory: nothing happens. Work begins when the target is missed, goes on
///   beginning a little below it while there is work, and ends 15 % below it; it begins at three
///   quarters of the budget and ends at three fifths.
/// - What a cursor is about to take stays rows: its head window, twice the most bytes that it had in
///   flight lately, and at most an eighth of the budget.
/// - Beyond it a segment is changed when it will wait for several times what the change and the way
///   back take at the packer's present share of CPU; when memory presses, when it will wait longer
///   than the bare work.
/// - A run needs enough records, unless it has stood long enough or memory presses. The fuller the
///   budget, the smaller the runs: until rows are freed, both shapes exist.
/// - What cannot get smaller than the target gets as small as it can, and [#target] says so. Nothing
///   is tried twice: changed segments are changed.
///
/// Used on the loop's thread; [#target] may be asked by any.
final class ShapePolicy {
    /// How the target is kept.
    enum Target {
        /// It is kept, or nothing is held.
        MET,
        /// It is missed, and what may be changed is being changed.
        WORKING,
        /// It is missed, and the smallest shape of these records misses it too.
        NEAREST
    }

    /// Where rows alone were seen to miss the target, work begins before it is missed again: they
    /// go on arriving while it is done.
    private static final double TARGET_HIGH = 0.95;

    private static final double TARGET_LOW = 0.85;
    private static final double PRESSURE_HIGH = 0.75;
    private static final double PRESSURE_LOW = 0.6;

    /// A change must save a fifth, or it is not worth its CPU.
    private static final double GAIN_MIN = 0.8;

    /// How much longer than the work a segment must wait.
    private static final double WAIT_FACTOR = 4;

    /// Bursts pass within this time, and their segments with them.
    private static final long SETTLE_NANOS = 1_000_000_000L;

    /// Fewer records, in less memory, are not worth a block of their own.
    private static final int SMALL_RECORDS = 256;

    private static final int SMALL_BYTES = 64 << 10;

    /// The smallest run under full memory; packed, it takes some 30 KiB.
    private static final int RUN_RECORDS_MIN = 1_024;

    private static final double SHRINK_FROM = 0.5;
    private static final double SHRINK_TO = 0.95;

    private static final long NO_ROOM_NANOS_MIN = 100_000_000L;
    private static final long NO_ROOM_NANOS_MAX = 10_000_000_000L;

    /// Columns may be cheaper than packed where packed is far below the target; one run in so many
    /// finds out.
    private static final int COLUMN_PROBE_RUNS = 256;

    private static final double COLUMN_PROBE_BELOW = 0.5;
    private static final double HEAD_PART_MAX = 0.125;
    private static final double ROWS_AGAIN_USED_MAX = 0.6;

    private final LongSupplier nanoClock;
    private final ShapeCosts costs = new ShapeCosts();
    private final ColumnDemand demand = new ColumnDemand();
    private final CursorPace[] paces;
    private ShapeConfig config;

    /// Written on the loop, read by any thread.
    private volatile Target target = Target.MET;

    private boolean isAboveTarget;
    private boolean isPressed;
    private boolean isBusy;
    private double share = PackerPace.SHARE_MIN;
    private long roomNanos;
    private long roomWaitNanos;
    private boolean waitsForRoom;
    private double rowBytesPerRecord;
    private int runsSinceColumns = COLUMN_PROBE_RUNS;

    ShapePolicy(ShapeConfig config, int cursors, LongSupplier nanoClock) {
        this.config = config;
        this.nanoClock = nanoClock;
        paces = new CursorPace[cursors];
        for (int cursor = 0; cursor < cursors; cursor++) {
            paces[cursor] = new CursorPace();
        }
    }

    /// Goes on under other settings, from the next decision on.
    void configure(ShapeConfig changed) {
        config = changed;
    }

    /// A consumer has asked for records in that shape.
    void asked(Shape shape) {
        demand.asked(shape != Shape.ROW);
    }

    /// The run to change now; null when there is none. Until it is reported there is no other.
    @Nullable Reshape next(ShapeView view) {
        long now = nanoClock.getAsLong();
        observe(view, now);
        if (isBusy || (waitsForRoom && now - roomNanos < roomWaitNanos)) {
            return null;
        }
        @Nullable Reshape found = config.isRowOnly() ? rowsAgain(view, now) : smaller(view, now);
        isBusy = found != null;
        return found;
    }

    /// A run was changed.
    ///
    /// @param records how many it had, at least one
    /// @param bytes the capacity of what it became
    /// @param nanos the CPU time that it took
    void made(Reshape run, long records, long bytes, long nanos) {
        isBusy = false;
        waitsForRoom = false;
        roomWaitNanos = 0;
        learned(run, records, bytes, nanos);
    }

    /// A run would not have become smaller and stays what it is; its segments are not free any
    /// more. Parameters as of [#made].
    void savedNothing(Reshape run, long records, long bytes, long nanos) {
        isBusy = false;
        learned(run, records, bytes, nanos);
    }

    /// There was no memory for the change: smaller runs, after a while.
    void foundNoRoom() {
        isBusy = false;
        waitsForRoom = true;
        roomNanos = nanoClock.getAsLong();
        roomWaitNanos = Math.clamp(roomWaitNanos * 2, NO_ROOM_NANOS_MIN, NO_ROOM_NANOS_MAX);
    }

    /// A cursor came to the run before it was done, or the work ended without a result.
    void overtaken() {
        isBusy = false;
    }

    /// Records of a shape were made rows again for a cursor, at least one.
    void unmade(Shape shape, long records, long nanos) {
        costs.unmade(shape, records, nanos);
    }

    /// How the target is kept, as of the last [#next].
    Target target() {
        return target;
    }

    /// Bytes per record of a shape of these records, as measured; NaN when none was made.
    double bytesPerRecord(Shape shape) {
        return costs.bytesPerRecord(shape);
    }

    /// The most records of a run while so much of the budget is in use.
    int runRecordsMax(double budgetUsed) {
        double left = Math.clamp((SHRINK_TO - budgetUsed) / (SHRINK_TO - SHRINK_FROM), 0.0, 1.0);
        int max = (int) (left * Segment.RECORDS_MAX);
        // After each refusal for want of room half as many, down to the minimum.
        int halvings = roomWaitNanos == 0 ? 0 : (int) (roomWaitNanos / NO_ROOM_NANOS_MIN);
        return Math.max(RUN_RECORDS_MIN, max / Math.max(1, halvings * 2));
    }

    private void learned(Reshape run, long records, long bytes, long nanos) {
        if (run.from() == Shape.ROW) {
            rowBytesPerRecord = run.bytes() / (double) run.records();
        }
        runsSinceColumns = run.to() == Shape.COLUMN ? 0 : runsSinceColumns + 1;
        costs.made(run.to(), records, bytes, nanos, nanoClock.getAsLong());
    }

    private void observe(ShapeView view, long now) {
        for (int cursor = 0; cursor < paces.length; cursor++) {
            paces[cursor].sample(view.settledBytes(cursor), view.inFlightBytes(cursor), now);
        }
        double used = view.budgetUsed();
        isPressed = used >= (isPressed ? PRESSURE_LOW : PRESSURE_HIGH);
        long records = view.heldRecords();
        double missed =
                records <= 0 ? 0 : view.heldBytes() / (double) records / targetBytesPerRecord();
        double begin = rowBytesPerRecord > targetBytesPerRecord() ? TARGET_HIGH : 1;
        isAboveTarget = missed > (isAboveTarget ? TARGET_LOW : begin);
        share = PackerPace.share(missed, used, config.processors());
        double smallest = smallestBytesPerRecord();
        boolean canMeet = Double.isNaN(smallest) || smallest <= targetBytesPerRecord();
        if (missed <= 1) {
            target = Target.MET;
        } else {
            target = canMeet ? Target.WORKING : Target.NEAREST;
        }
    }

    /// A run to be made smaller, or to be made columns for who asks for them.
    private @Nullable Reshape smaller(ShapeView view, long now) {
        if (demand.wantsColumns()) {
            @Nullable Reshape asked = columnsForHead(view, now);
            if (asked != null) {
                return asked;
            }
        }
        boolean always = config.mode() == StorageMode.COLUMNAR;
        if (!always && !isAboveTarget && !isPressed) {
            return null;
        }
        return oldestRun(view, shapeToMake(), now);
    }

    /// Unknown: packed, of which most is to be hoped. Else the cheapest that keeps the target.
    private Shape shapeToMake() {
        if (config.mode() == StorageMode.COLUMNAR && !isPressed) {
            return Shape.COLUMN;
        }
        if (isPressed || !costs.knows(Shape.PACKED)) {
            return Shape.PACKED;
        }
        if (runsSinceColumns >= COLUMN_PROBE_RUNS) {
            boolean mayPay =
                    costs.bytesPerRecord(Shape.PACKED)
                            <= COLUMN_PROBE_BELOW * targetBytesPerRecord();
            return mayPay ? Shape.COLUMN : Shape.PACKED;
        }
        boolean keepsTarget =
                costs.bytesPerRecord(Shape.COLUMN) <= TARGET_LOW * targetBytesPerRecord();
        boolean isCheaper =
                costs.thereAndBackNanos(Shape.COLUMN) < costs.thereAndBackNanos(Shape.PACKED);
        return keepsTarget && isCheaper ? Shape.COLUMN : Shape.PACKED;
    }

    /// The oldest run that may become `to` and is worth it.
    private @Nullable Reshape oldestRun(ShapeView view, Shape to, long now) {
        int recordsMax = runRecordsMax(view.budgetUsed());
        if (costs.isStale(to, now)) {
            recordsMax = Math.min(recordsMax, config.recordsEnough());
        }
        RunScan scan = new RunScan(recordsMax, config.runBytesMax());
        int count = view.segments();
        for (int segment = 0; segment < count; segment++) {
            boolean may = mayBecome(view, segment, to, now);
            if (!may || !scan.takes(view, segment)) {
                @Nullable Reshape run = judged(view, scan, to, now);
                if (run != null) {
                    return run;
                }
                scan.clear();
            }
            if (may) {
                scan.add(view, segment);
            }
        }
        return judged(view, scan, to, now);
    }

    private @Nullable Reshape judged(ShapeView view, RunScan scan, Shape to, long now) {
        if (scan.segments == 0) {
            return null;
        }
        int enough = Math.min(config.recordsEnough(), scan.recordsMax);
        boolean isEnough = scan.records >= enough || scan.bytes >= scan.bytesMax / 2;
        boolean isSmall = scan.records < SMALL_RECORDS && scan.bytes < SMALL_BYTES;
        boolean onlyPressed = isPressed && !isAboveTarget;
        ShapeReason reason;
        if (isEnough && !onlyPressed && scan.records >= config.recordsEnough()) {
            reason = config.enoughReason();
        } else if (isEnough && !isPressed) {
            reason = ShapeReason.RECORD_COUNT;
        } else if (isPressed && !isSmall) {
            reason = ShapeReason.MEMORY_PRESSURE;
        } else if (!isSmall && now - view.sealedNanos(scan.first) >= config.dwellNanos()) {
            reason = ShapeReason.DWELL;
        } else {
            return null;
        }
        return run(view, scan, to, reason, now);
    }

    private Reshape run(ShapeView view, RunScan scan, Shape to, ShapeReason reason, long now) {
        return new Reshape(
                scan.first,
                scan.segments,
                view.shape(scan.first),
                to,
                reason,
                scan.records,
                scan.bytes,
                waitNanos(view, scan.first),
                now,
                share,
                config.mode() == StorageMode.HYBRID
                        && to != Shape.ROW
                        && reason != ShapeReason.ACCESS_PATTERN);
    }

    private boolean mayBecome(ShapeView view, int segment, Shape to, long now) {
        long age = now - view.sealedNanos(segment);
        long records = view.records(segment);
        return view.isFree(segment)
                && records > 0
                && view.shape(segment).compareTo(to) < 0
                && (isPressed || age >= SETTLE_NANOS)
                && (!view.isRebuilt(segment) || age >= config.dwellNanos())
                && saves(view.bytes(segment) / (double) records, to, now)
                && (config.mode() == StorageMode.COLUMNAR || waitsLongEnough(view, segment, to));
    }

    private boolean saves(double bytesNow, Shape to, long now) {
        return costs.isStale(to, now)
                || config.mode() == StorageMode.COLUMNAR
                || costs.bytesPerRecord(to) <= GAIN_MIN * bytesNow;
    }

    private boolean waitsLongEnough(ShapeView view, int segment, Shape to) {
        double work = view.records(segment) * costs.thereAndBackNanos(to);
        double waitMin = isPressed ? work : WAIT_FACTOR * work / share;
        for (int cursor = 0; cursor < paces.length; cursor++) {
            long ahead = view.bytesAhead(segment, cursor);
            if (ahead >= 0
                    && (ahead < headBytes(view, cursor)
                            || paces[cursor].waitNanos(ahead) < waitMin)) {
                return false;
            }
        }
        return true;
    }

    private double headBytes(ShapeView view, int cursor) {
        double most = HEAD_PART_MAX * view.budgetBytes();
        double head = Math.min(most, paces[cursor].headBytes());
        return isPressed ? Math.min(head, view.inFlightBytes(cursor)) : head;
    }

    /// How long until the first cursor comes there.
    private long waitNanos(ShapeView view, int segment) {
        long wait = Long.MAX_VALUE;
        for (int cursor = 0; cursor < paces.length; cursor++) {
            long ahead = view.bytesAhead(segment, cursor);
            if (ahead >= 0) {
                wait = Math.min(wait, paces[cursor].waitNanos(ahead));
            }
        }
        return wait;
    }

    /// The first segment that a cursor comes to and that is not columns yet.
    private @Nullable Reshape columnsForHead(ShapeView view, long now) {
        int count = view.segments();
        for (int segment = 0; segment < count; segment++) {
            if (view.isFree(segment)
                    && view.records(segment) > 0
                    && view.shape(segment) != Shape.COLUMN
                    && isInHead(view, segment)) {
                return single(view, segment, Shape.COLUMN, ShapeReason.ACCESS_PATTERN, now);
            }
        }
        return null;
    }

    private boolean isInHead(ShapeView view, int segment) {
        for (int cursor = 0; cursor < paces.length; cursor++) {
            long ahead = view.bytesAhead(segment, cursor);
            if (ahead >= 0 && ahead <= headBytes(view, cursor)) {
                return true;
            }
        }
        return false;
    }

    /// What is not rows becomes rows, as far as there is memory for them.
    private @Nullable Reshape rowsAgain(ShapeView view, long now) {
        if (view.budgetUsed() >= ROWS_AGAIN_USED_MAX) {
            return null;
        }
        int count = view.segments();
        for (int segment = 0; segment < count; segment++) {
            if (view.isFree(segment) && view.shape(segment) != Shape.ROW) {
                return single(view, segment, Shape.ROW, ShapeReason.STREAMING, now);
            }
        }
        return null;
    }

    private Reshape single(
            ShapeView view, int segment, Shape to, ShapeReason reason, long now) {
        RunScan scan = new RunScan(Segment.RECORDS_MAX, Long.MAX_VALUE);
        scan.add(view, segment);
        return run(view, scan, to, reason, now);
    }

    private int targetBytesPerRecord() {
        return config.targetBytesPerRecord();
    }

    /// Of those that are known; NaN when packed is not.
    private double smallestBytesPerRecord() {
        double packed = costs.bytesPerRecord(Shape.PACKED);
        double column = costs.bytesPerRecord(Shape.COLUMN);
        return Double.isNaN(column) ? packed : Math.min(packed, column);
    }

    /// Neighbours of one shape, collected until they are a run.
    private static final class RunScan {
        final int recordsMax;
        final long bytesMax;
        int first;
        int segments;
        long records;
        long bytes;

        RunScan(int recordsMax, long bytesMax) {
            this.recordsMax = recordsMax;
            this.bytesMax = bytesMax;
        }

        /// The first is always taken: a segment is not divided.
        boolean takes(ShapeView view, int segment) {
            return segments == 0
                    || (view.shape(segment) == view.shape(first)
                            && records + view.records(segment) <= recordsMax
                            && bytes + view.bytes(segment) <= bytesMax);
        }

        void add(ShapeView view, int segment) {
            if (segments == 0) {
                first = segment;
            }
            segments++;
            records += view.records(segment);
            bytes += view.bytes(segment);
        }

        void clear() {
            segments = 0;
            records = 0;
            bytes = 0;
        }
    }
}
