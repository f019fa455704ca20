package dev.colonnade.storage;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Decides which runs of sealed segments of one loop's part of a store change their shape, to which
/// one and why, so that held bytes per held record stay under the target at the least CPU.
///
/// It has no thread and changes nothing. Costs are measured, see [ShapeCosts]; a shape that is
/// unknown is tried on a run. The rules:
///
/// - Met target and enough memory: nothing happens. Work begins when the target is missed, goes on
///   beginning a little below it while there is work, and ends 15 % below it; it begins at three
///   quarters of the budget and ends at three fifths.
/// - What an exporter is about to take stays rows: the head window, twice the most bytes that were
///   in flight lately, and at most an eighth of the budget.
/// - Beyond it a run is changed when it will wait for several times what the change and the way
///   back take at the packer's present share of CPU; when memory presses, when it will wait longer
///   than the bare work.
/// - A run needs enough records, unless it has stood long enough or memory presses. The fuller the
///   budget, the smaller the runs: until rows are freed, both shapes exist.
/// - What cannot get smaller than the target gets as small as it can, and [#target] says so.
///   Nothing is tried twice: what is packed stays packed. Columns become packed by the same rules,
///   but those that a consumer of columns comes to next do not; in mode `columnar` only memory
///   makes them.
///
/// Used on the loop's thread; [#target] and [#bytesPerRecord] may be asked by any.
public final class ShapePolicy implements ShapeDecider {
    /// How the target is kept.
    public enum Target {
        /// It is kept, or nothing is held.
        MET("met"),
        /// It is missed, and what may be changed is being changed.
        WORKING("working"),
        /// It is missed, and the smallest shape of these records misses it too.
        NEAREST("nearest");

        private final String label;

        Target(String label) {
            this.label = label;
        }

        /// The name in metrics.
        public String label() {
            return label;
        }
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
    private final ShapeFacts facts;
    private final ShapeCosts costs = new ShapeCosts();
    private final ColumnDemand demand = new ColumnDemand();
    private final DrainPace pace = new DrainPace();
    private ShapeConfig config;

    /// Written on the loop, read by any thread.
    private volatile Target target = Target.MET;

    private boolean isAboveTarget;
    private boolean isPressed;
    private double used;
    private double share = PackerPace.SHARE_MIN;
    private long observedNanos = Long.MIN_VALUE;
    private long roomNanos;
    private long roomWaitNanos;
    private boolean waitsForRoom;
    private double rowBytesPerRecord;
    private int runsSinceColumns = COLUMN_PROBE_RUNS;

    /// A policy for one loop's part of a store.
    ///
    /// @param nanoClock the store's clock
    public ShapePolicy(ShapeConfig config, ShapeFacts facts, LongSupplier nanoClock) {
        this.config = config;
        this.facts = facts;
        this.nanoClock = nanoClock;
    }

    /// Goes on under other settings, from the next decision on.
    public void configure(ShapeConfig changed) {
        config = changed;
    }

    /// What it decides by.
    public ShapeConfig config() {
        return config;
    }

    @Override
    public @Nullable ShapeDecision decide(ShapeCandidate run) {
        long now = nanoClock.getAsLong();
        observe(now);
        if (waitsForRoom && now - roomNanos < roomWaitNanos) {
            return null;
        }
        return config.isRowOnly() ? rowsAgain(run) : smaller(run, now);
    }

    @Override
    public int runRecordsMax() {
        observe(nanoClock.getAsLong());
        int max = recordsMax();
        return costs.isStale(shapeToMake(), nanoClock.getAsLong())
                ? Math.min(max, config.recordsEnough())
                : max;
    }

    @Override
    public long runBytesMax() {
        return config.runBytesMax();
    }

    /// An eighth of the budget at most; what is in flight alone when memory presses; nothing where
    /// rows are not wanted there.
    @Override
    public long headBytes() {
        observe(nanoClock.getAsLong());
        if (config.isRowOnly() || config.mode() == StorageMode.COLUMNAR || demand.wantsColumns()) {
            return 0;
        }
        return keptBytes();
    }

    @Override
    public double packerShare() {
        return share;
    }

    @Override
    public void made(
            ShapeCandidate run, ShapeDecision decision, long records, long bytes, long cpuNanos) {
        waitsForRoom = false;
        roomWaitNanos = 0;
        learned(run, decision, records, bytes, cpuNanos);
    }

    @Override
    public void savedNothing(
            ShapeCandidate run, ShapeDecision decision, long records, long bytes, long cpuNanos) {
        learned(run, decision, records, bytes, cpuNanos);
    }

    /// Smaller runs, after a while.
    @Override
    public void foundNoRoom() {
        waitsForRoom = true;
        roomNanos = nanoClock.getAsLong();
        roomWaitNanos = Math.clamp(roomWaitNanos * 2, NO_ROOM_NANOS_MIN, NO_ROOM_NANOS_MAX);
    }

    @Override
    public void unmade(Shape shape, long records, long nanos) {
        costs.unmade(shape, records, nanos);
    }

    @Override
    public void asked(Shape shape) {
        demand.asked(shape != Shape.ROW);
    }

    /// How the target is kept, as of the last time that it looked.
    public Target target() {
        return target;
    }

    /// Bytes per record of a shape of these records, as measured; NaN when none was made. A recent
    /// value.
    public double bytesPerRecord(Shape shape) {
        return costs.bytesPerRecord(shape);
    }

    private int recordsMax() {
        double left = Math.clamp((SHRINK_TO - used) / (SHRINK_TO - SHRINK_FROM), 0.0, 1.0);
        int max = (int) (left * Segment.RECORDS_MAX);
        // After each refusal for want of room half as many, down to the minimum.
        int refusals = roomWaitNanos == 0 ? 0 : (int) (roomWaitNanos / NO_ROOM_NANOS_MIN);
        return Math.max(RUN_RECORDS_MIN, max / Math.max(1, refusals * 2));
    }

    private void learned(
            ShapeCandidate run, ShapeDecision decision, long records, long bytes, long nanos) {
        if (run.shape() == Shape.ROW) {
            rowBytesPerRecord = run.heldBytes() / (double) run.records();
        }
        runsSinceColumns = decision.shape() == Shape.COLUMN ? 0 : runsSinceColumns + 1;
        costs.made(decision.shape(), records, bytes, nanos, nanoClock.getAsLong());
    }

    private void observe(long now) {
        used = facts.budgetUsed();
        isPressed = used >= (isPressed ? PRESSURE_LOW : PRESSURE_HIGH);
        if (now == observedNanos) {
            return;
        }
        observedNanos = now;
        pace.sample(facts.settledBytes(), facts.inFlightBytes(), now);
        long records = facts.heldRecords();
        int wanted = config.targetBytesPerRecord();
        double missed = records <= 0 ? 0 : facts.heldBytes() / (double) records / wanted;
        double begin = rowBytesPerRecord > wanted ? TARGET_HIGH : 1;
        isAboveTarget = missed > (isAboveTarget ? TARGET_LOW : begin);
        share = PackerPace.share(missed, used, config.processors());
        double smallest = smallestBytesPerRecord();
        boolean canMeet = Double.isNaN(smallest) || smallest <= wanted;
        if (missed <= 1) {
            target = Target.MET;
        } else {
            target = canMeet ? Target.WORKING : Target.NEAREST;
        }
    }

    /// To be made smaller, or columns for who asks for them.
    private @Nullable ShapeDecision smaller(ShapeCandidate run, long now) {
        boolean isNext = !isSmall(run) && run.wireBytesAhead() <= pace.peakBytes();
        if (demand.wantsColumns() && isNext) {
            Shape asked = config.hasColumns() ? Shape.COLUMN : Shape.PACKED;
            return run.shape() == asked ? null : decision(run, asked, ShapeReason.ACCESS_PATTERN);
        }
        if (config.mode() != StorageMode.COLUMNAR && !isAboveTarget && !isPressed) {
            return null;
        }
        Shape to = shapeToMake();
        if (!mayBecome(run, to, now)) {
            return null;
        }
        @Nullable ShapeReason reason = reason(run, now);
        return reason == null ? null : decision(run, to, reason);
    }

    /// Unknown: packed, of which most is to be hoped. Else the cheapest that keeps the target.
    private Shape shapeToMake() {
        if (!config.hasColumns()) {
            return Shape.PACKED;
        }
        if (config.mode() == StorageMode.COLUMNAR && !isPressed) {
            return Shape.COLUMN;
        }
        if (isPressed || !costs.knows(Shape.PACKED)) {
            return Shape.PACKED;
        }
        int wanted = config.targetBytesPerRecord();
        if (runsSinceColumns >= COLUMN_PROBE_RUNS) {
            boolean mayPay = costs.bytesPerRecord(Shape.PACKED) <= COLUMN_PROBE_BELOW * wanted;
            return mayPay ? Shape.COLUMN : Shape.PACKED;
        }
        boolean keepsTarget = costs.bytesPerRecord(Shape.COLUMN) <= TARGET_LOW * wanted;
        boolean isCheaper =
                costs.thereAndBackNanos(Shape.COLUMN) < costs.thereAndBackNanos(Shape.PACKED);
        return keepsTarget && isCheaper ? Shape.COLUMN : Shape.PACKED;
    }

    /// Why a run that may be changed is; null when it is too small.
    private @Nullable ShapeReason reason(ShapeCandidate run, long now) {
        if (run.shape() != Shape.ROW && config.mode() == StorageMode.COLUMNAR) {
            // Columns are what is wanted there: nothing else makes less of them.
            return ShapeReason.MEMORY_PRESSURE;
        }
        int enough = config.recordsEnough();
        boolean isSmall = isSmall(run);
        boolean isEnough = run.isFull() || run.heldBytes() >= config.runBytesMax() / 2;
        if (run.records() >= enough && (isAboveTarget || !isPressed)) {
            return config.enoughReason();
        }
        if (isPressed) {
            return isSmall ? null : ShapeReason.MEMORY_PRESSURE;
        }
        if (isEnough) {
            return ShapeReason.RECORD_COUNT;
        }
        boolean hasDwelt = now - run.oldestNanos() >= config.dwellNanos();
        return hasDwelt && !isSmall ? ShapeReason.DWELL : null;
    }

    private static boolean isSmall(ShapeCandidate run) {
        return run.records() < SMALL_RECORDS && run.heldBytes() < SMALL_BYTES;
    }

    private boolean mayBecome(ShapeCandidate run, Shape to, long now) {
        boolean isSettled = isPressed || now - run.oldestNanos() >= SETTLE_NANOS;
        boolean isColumnar = config.mode() == StorageMode.COLUMNAR;
        return run.records() > 0
                && run.shape().compareTo(to) < 0
                && isSettled
                && (isColumnar || (saves(run, to, now) && waitsLongEnough(run, to)));
    }

    private boolean saves(ShapeCandidate run, Shape to, long now) {
        return costs.isStale(to, now)
                || costs.bytesPerRecord(to) * run.records() <= GAIN_MIN * run.heldBytes();
    }

    private boolean waitsLongEnough(ShapeCandidate run, Shape to) {
        double work = run.records() * costs.thereAndBackNanos(to);
        double waitMin = isPressed ? work : WAIT_FACTOR * work / share;
        return !isInHead(run) && pace.waitNanos(run.wireBytesAhead()) >= waitMin;
    }

    private boolean isInHead(ShapeCandidate run) {
        return run.wireBytesAhead() < keptBytes();
    }

    private long keptBytes() {
        long head = (long) Math.min(HEAD_PART_MAX * facts.budgetBytes(), pace.headBytes());
        return isPressed ? Math.min(head, facts.inFlightBytes()) : head;
    }

    /// What is not rows becomes rows, as far as there is memory for them.
    private @Nullable ShapeDecision rowsAgain(ShapeCandidate run) {
        return run.shape() == Shape.ROW || used >= ROWS_AGAIN_USED_MAX
                ? null
                : decision(run, Shape.ROW, ShapeReason.STREAMING);
    }

    private ShapeDecision decision(ShapeCandidate run, Shape to, ShapeReason reason) {
        return new ShapeDecision(
                to,
                reason,
                pace.waitNanos(run.wireBytesAhead()),
                config.mode() == StorageMode.HYBRID
                        && to != Shape.ROW
                        && reason != ShapeReason.ACCESS_PATTERN);
    }

    /// Of those that are known; NaN when packed is not.
    private double smallestBytesPerRecord() {
        double packed = costs.bytesPerRecord(Shape.PACKED);
        double column = costs.bytesPerRecord(Shape.COLUMN);
        return Double.isNaN(column) ? packed : Math.min(packed, column);
    }
}
