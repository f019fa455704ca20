package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.colonnade.storage.testkit.ManualClock;
import java.time.Duration;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Each bound of the policy from both of its sides, on set figures; [ShapePolicyTest] has loads.
@NullUnmarked // an unexpected null fails the test
final class ShapeRulesTest {
    private static final int TARGET = 100;
    private static final int ENOUGH = ShapeConfig.RECORD_COUNT_DEFAULT;
    private static final int ROW_BYTES = 400;
    private static final long WORK_NANOS = ENOUGH * (long) ShapeCosts.NANOS_UNKNOWN;
    private static final ShapeConfig CONFIG =
            ShapeConfig.DEFAULT
                    .with(StorageMode.HYBRID, TARGET, false)
                    .sized(ShapeConfig.RUN_BYTES_MAX_DEFAULT, true, 2);

    private final ManualClock clock = new ManualClock();
    private final Figures facts = new Figures();
    private ShapePolicy policy = new ShapePolicy(CONFIG, facts, clock);

    /// What the store says, as the test sets it.
    private static final class Figures implements ShapeFacts {
        private long heldBytes;
        private long budgetBytes = 1 << 30;
        private double used;
        private long settledBytes;
        private long inFlightBytes;

        @Override
        public long heldBytes() {
            return heldBytes;
        }

        @Override
        public long heldRecords() {
            return 1_000_000;
        }

        @Override
        public long budgetBytes() {
            return budgetBytes;
        }

        @Override
        public double budgetUsed() {
            return used;
        }

        @Override
        public long settledBytes() {
            return settledBytes;
        }

        @Override
        public long inFlightBytes() {
            return inFlightBytes;
        }
    }

    private void held(double bytesPerRecord) {
        facts.heldBytes = (long) (bytesPerRecord * facts.heldRecords());
    }

    private void drain(long bytesPerSecond, int seconds) {
        for (int step = 0; step < 10 * seconds; step++) {
            facts.settledBytes += bytesPerSecond / 10;
            clock.advance(Duration.ofMillis(100));
            assertThat(policy.runRecordsMax()).isPositive();
        }
    }

    /// Rows that came two seconds ago.
    private ShapeCandidate run(long records, long bytes, long ahead) {
        long came = clock.getAsLong() - Duration.ofSeconds(2).toNanos();
        return new ShapeCandidate(Shape.ROW, 1, 1, records, bytes, bytes, came, ahead, false);
    }

    private ShapeCandidate run() {
        return ahead(0);
    }

    private ShapeCandidate ahead(double bytes) {
        return run(ENOUGH, ENOUGH * (long) ROW_BYTES, (long) bytes);
    }

    private @Nullable ShapeDecision ask(ShapeCandidate run) {
        clock.advance(Duration.ofMillis(1));
        return policy.decide(run);
    }

    private boolean works() {
        return ask(run()) != null;
    }

    private void made(Shape shape, long bytesPerRecord, long nanosPerRecord) {
        ShapeDecision decision = new ShapeDecision(shape, ShapeReason.RECORD_COUNT);
        long records = run().records();
        policy.made(run(), decision, records, records * bytesPerRecord, records * nanosPerRecord);
    }

    @Test
    void workBeginsAboveTheTargetAndEndsFifteenPercentBelow() {
        held(99);
        assertThat(works()).isFalse();
        held(101);
        assertThat(works()).isTrue();
        held(86);
        assertThat(works()).isTrue();
        held(84);
        assertThat(works()).isFalse();
        held(99);
        assertThat(works()).as("it has ended").isFalse();
    }

    @Test
    void workBeginsFivePercentEarlyWhereRowsWereSeenToMissTheTarget() {
        made(Shape.PACKED, 20, 800);
        held(94);
        assertThat(works()).isFalse();
        held(96);
        assertThat(works()).isTrue();
    }

    @Test
    void aFullRunIsEnoughHoweverFewItsRecords() {
        held(150);
        ShapeCandidate few = run(2_000, 2_000 * ROW_BYTES, 0);
        assertThat(ask(few)).as("may grow").isNull();
        ShapeCandidate full =
                new ShapeCandidate(
                        Shape.ROW, 1, 1, 2_000, 1, few.heldBytes(), few.oldestNanos(), 0, true);
        assertThat(ask(full).reason()).isEqualTo(ShapeReason.RECORD_COUNT);
        long half = CONFIG.runBytesMax() / 2;
        assertThat(ask(run(2_000, half - 1, 0))).isNull();
        assertThat(ask(run(2_000, half, 0)).reason()).isEqualTo(ShapeReason.RECORD_COUNT);
    }

    @Test
    void whatIsTooSmallForABlockIsPackedForNoReason() {
        facts.used = 0.8;
        held(10);
        assertThat(ask(run(255, (64 << 10) - 1, 0))).isNull();
        assertThat(ask(run(255, 64 << 10, 0)).reason()).isEqualTo(ShapeReason.MEMORY_PRESSURE);
        assertThat(ask(run(256, 1_000, 0)).reason()).isEqualTo(ShapeReason.MEMORY_PRESSURE);
        facts.used = 0;
        held(150);
        ShapeCandidate small = run(255, (64 << 10) - 1, 0);
        ShapeCandidate large = run(256, (64 << 10) - 1, 0);
        clock.advance(Duration.ofNanos(ShapeConfig.DWELL_NANOS_DEFAULT));
        assertThat(ask(small)).isNull();
        assertThat(ask(large).reason()).isEqualTo(ShapeReason.DWELL);
    }

    @Test
    void aShapeThatSavesLessThanAFifthIsNotWorthIt() {
        held(150);
        made(Shape.PACKED, 324, 800);
        assertThat(works()).as("0.81 of the rows").isFalse();
        policy = new ShapePolicy(CONFIG, facts, clock);
        made(Shape.PACKED, 316, 800);
        assertThat(works()).as("0.79 of the rows").isTrue();
    }

    @Test
    void aRunMustWaitFourTimesAsLongAsItsChangeTakesAtThePackersShare() {
        long bytesPerSecond = 100_000_000;
        held(101);
        drain(bytesPerSecond, 30);
        double bytesOfWork = WORK_NANOS / 1e9 * bytesPerSecond;
        double share = policy.packerShare();
        assertThat(share).isCloseTo(0.1, within(0.01));
        assertThat(ask(ahead(0.95 * 4 * bytesOfWork / share))).isNull();
        assertThat(ask(ahead(1.05 * 4 * bytesOfWork / share))).isNotNull();
        facts.used = 0.8;
        assertThat(ask(ahead(0.95 * bytesOfWork))).as("pressed: the bare work").isNull();
        assertThat(ask(ahead(1.05 * bytesOfWork))).isNotNull();
    }

    @Test
    void whatComesBackSlowlyHasToWaitLonger() {
        policy.unmade(Shape.PACKED, ENOUGH, ENOUGH * 9_000L);
        long bytesPerSecond = 100_000_000;
        held(101);
        drain(bytesPerSecond, 30);
        double bytesOfWork = 5 * WORK_NANOS / 1e9 * bytesPerSecond;
        double share = policy.packerShare();
        assertThat(ask(ahead(0.95 * 4 * bytesOfWork / share))).isNull();
        assertThat(ask(ahead(1.05 * 4 * bytesOfWork / share))).isNotNull();
    }

    @Test
    void whatIsAboutToBeSentStaysRows() {
        held(150);
        facts.inFlightBytes = 8 << 20;
        drain(20_000, 30);
        assertThat(policy.headBytes()).isEqualTo(8 << 20);
        assertThat(ask(ahead((8 << 20) - 1))).isNull();
        assertThat(ask(ahead(8 << 20))).isNotNull();
        facts.budgetBytes = 16 << 20;
        assertThat(policy.headBytes()).as("an eighth of the budget").isEqualTo(2 << 20);
        assertThat(ask(ahead((2 << 20) - 1))).isNull();
        assertThat(ask(ahead(2 << 20))).isNotNull();
    }

    @Test
    void pressureLeavesNoMoreRowsThanAreInFlight() {
        held(150);
        facts.inFlightBytes = 8 << 20;
        drain(20_000, 30);
        facts.inFlightBytes = 1 << 20;
        clock.advance(Duration.ofMillis(1));
        assertThat(policy.headBytes()).as("as many as lately").isGreaterThan(7 << 20);
        facts.used = 0.8;
        clock.advance(Duration.ofMillis(1));
        assertThat(policy.headBytes()).isEqualTo(1 << 20);
    }

    @Test
    void noHeadIsKeptWhereRowsAreNotWantedOrAllAreRows() {
        facts.inFlightBytes = 8 << 20;
        drain(20_000, 30);
        assertThat(policy.headBytes()).isPositive();
        policy.configure(CONFIG.with(StorageMode.COLUMNAR, TARGET, false));
        assertThat(policy.headBytes()).isZero();
        policy.configure(CONFIG.with(StorageMode.ROW, TARGET, false));
        assertThat(policy.headBytes()).isZero();
        policy.configure(CONFIG);
        for (int asked = 0; asked < 20; asked++) {
            policy.asked(Shape.COLUMN);
        }
        assertThat(policy.headBytes()).isZero();
    }

    @Test
    void columnsAreMadeWhereTheyKeepTheTargetAndCostLess() {
        held(150);
        made(Shape.PACKED, 20, 1_000);
        made(Shape.COLUMN, 80, 300);
        assertThat(ask(run()).shape()).isEqualTo(Shape.COLUMN);
        policy = new ShapePolicy(CONFIG, facts, clock);
        made(Shape.PACKED, 20, 1_000);
        made(Shape.COLUMN, 90, 300);
        assertThat(ask(run()).shape()).as("too large").isEqualTo(Shape.PACKED);
        policy = new ShapePolicy(CONFIG, facts, clock);
        made(Shape.PACKED, 20, 1_000);
        made(Shape.COLUMN, 80, 1_100);
        assertThat(ask(run()).shape()).as("too slow").isEqualTo(Shape.PACKED);
    }

    @Test
    void rowsComeBackOnlyWhereThereIsMemoryForThem() {
        policy.configure(CONFIG.with(StorageMode.HYBRID, TARGET, true));
        ShapeCandidate packed = new ShapeCandidate(Shape.PACKED, 1, 1, ENOUGH, 1, 1, 0, 0, false);
        facts.used = 0.61;
        assertThat(ask(packed)).isNull();
        facts.used = 0.59;
        assertThat(ask(packed).reason()).isEqualTo(ShapeReason.STREAMING);
        assertThat(ask(run())).isNull();
    }

    /// However great the need, half of what the container may use is the data path's.
    @Test
    void thePackersShareGrowsWithNeedWithinWhatTheContainerMayUse() {
        held(101);
        assertThat(works()).isTrue();
        assertThat(policy.packerShare()).isCloseTo(0.1, within(0.01));
        held(8 * TARGET);
        assertThat(works()).isTrue();
        assertThat(policy.packerShare()).isEqualTo(0.5);
        facts.used = 0.9;
        assertThat(works()).isTrue();
        assertThat(policy.packerShare()).isEqualTo(1);
        policy.configure(CONFIG.sized(CONFIG.runBytesMax(), true, 0.25));
        assertThat(works()).isTrue();
        assertThat(policy.packerShare()).isEqualTo(0.125);
    }

    @Test
    void whatShapesCostIsLearnedFromTheLatestRunsTheLastWeighingMost() {
        made(Shape.PACKED, 100, 800);
        assertThat(policy.bytesPerRecord(Shape.PACKED)).isEqualTo(100);
        made(Shape.PACKED, 200, 800);
        assertThat(policy.bytesPerRecord(Shape.PACKED)).isEqualTo(130);
        clock.advance(Duration.ofMinutes(1));
        made(Shape.PACKED, 50, 800);
        assertThat(policy.bytesPerRecord(Shape.PACKED)).as("older is forgotten").isEqualTo(50);
    }

    @Test
    void consumersOfBothKindsNeitherBeginNorEndTheDemandForColumns() {
        ColumnDemand demand = new ColumnDemand();
        for (int asked = 0; asked < 100; asked++) {
            demand.asked(asked % 2 == 0);
            assertThat(demand.wantsColumns()).isFalse();
        }
        for (int asked = 0; asked < 10; asked++) {
            demand.asked(true);
        }
        assertThat(demand.wantsColumns()).isTrue();
        for (int asked = 0; asked < 100; asked++) {
            demand.asked(asked % 2 == 0);
            assertThat(demand.wantsColumns()).isTrue();
        }
        for (int asked = 0; asked < 10; asked++) {
            demand.asked(false);
        }
        assertThat(demand.wantsColumns()).isFalse();
    }
}
