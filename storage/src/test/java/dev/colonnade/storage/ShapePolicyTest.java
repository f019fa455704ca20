package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/// The policy under loads that come in steps, on a clock that the test moves.
@NullUnmarked // an unexpected null fails the test
final class ShapePolicyTest {
    private static final double TARGET = ShapeConfig.TARGET_BYTES_PER_RECORD_DEFAULT;

    private static SimulatedShard hybrid() {
        return new SimulatedShard(ShapeConfig.DEFAULT, 1);
    }

    private static SimulatedShard with(StorageMode mode, int target) {
        return new SimulatedShard(ShapeConfig.DEFAULT.with(mode, target, false), 1);
    }

    private static void made(SimulatedShard shard, SimulatedShard.Change change) {
        long records = change.run().records();
        shard.policy.made(change.run(), change.decision(), records, records * 20, records * 800);
    }

    @Test
    void rowsPassWhileTheExporterKeepsUp() {
        SimulatedShard shard = hybrid();
        shard.inFlight = 4 << 20;
        shard.run(600, 50_000, 50_000);
        assertThat(shard.runs).isEmpty();
        assertThat(shard.policy.target()).isEqualTo(ShapePolicy.Target.MET);
    }

    @Test
    void backendDownBringsTheStoreUnderItsTargetAndThenWorkEnds() {
        SimulatedShard shard = hybrid();
        shard.run(60, 20_000, 20_000);
        shard.run(120, 20_000, 0);
        assertThat(shard.heldPerRecord()).isLessThanOrEqualTo(TARGET);
        assertThat(shard.reasons).containsOnlyKeys(ShapeReason.RECORD_COUNT);
        shard.run(10, 0, 0);
        long worked = shard.workedNanos;
        shard.run(600, 0, 0);
        assertThat(shard.workedNanos).isEqualTo(worked);
        assertThat(shard.policy.target()).isEqualTo(ShapePolicy.Target.MET);
        assertThat(shard.changesAtMost()).as("columns were tried on one run").isLessThan(3);
    }

    @Test
    void satisfiedMeansThatNothingIsWorkedOn() {
        SimulatedShard shard = hybrid();
        shard.bytesPerRecord.put(Shape.ROW, 49.0);
        shard.run(600, 20_000, 0);
        assertThat(shard.budgetUsed()).isBetween(0.3, 0.7);
        assertThat(shard.runs).isEmpty();
    }

    @Test
    void memoryPressurePacksEvenWhereTheTargetIsMetAndStopsWithHysteresis() {
        SimulatedShard shard = hybrid();
        shard.bytesPerRecord.put(Shape.ROW, 49.0);
        shard.sealed(60, 5_000);
        shard.clock.advance(Duration.ofSeconds(2));
        shard.foreignUse = 0.74;
        assertThat(shard.next()).isNull();
        shard.foreignUse = 0.76;
        SimulatedShard.Change run = shard.next();
        assertThat(run.reason()).isEqualTo(ShapeReason.MEMORY_PRESSURE);
        assertThat(run.to()).isEqualTo(Shape.PACKED);
        made(shard, run);
        shard.foreignUse = 0.61;
        SimulatedShard.Change second = shard.next();
        assertThat(second).as("pressure ends below three fifths only").isNotNull();
        made(shard, second);
        shard.foreignUse = 0.59;
        assertThat(shard.next()).isNull();
        shard.foreignUse = 0.74;
        assertThat(shard.next()).isNull();
    }

    @Test
    void workEndsATenthBelowTheTargetAndBeginsAboveIt() {
        SimulatedShard shard = with(StorageMode.HYBRID, 200);
        shard.run(300, 1_000, 0);
        List<Double> heldWhenDecided = new ArrayList<>();
        boolean wasIdle = true;
        int begun = 0;
        for (int second = 0; second < 600; second++) {
            int before = shard.runs.size();
            shard.run(1, 5_000, 0);
            boolean isIdle = shard.runs.size() == before;
            begun += wasIdle && !isIdle ? 1 : 0;
            wasIdle = isIdle;
            heldWhenDecided.add(shard.heldPerRecord());
        }
        assertThat(begun).as("3 million records came, work began now and then").isBetween(1, 80);
        assertThat(heldWhenDecided).allMatch(held -> held < 200 * 1.1);
        assertThat(heldWhenDecided).anyMatch(held -> held > 200 * 0.92);
    }

    @Test
    void smallRunsWaitUntilTheyHaveDwelt() {
        SimulatedShard shard = hybrid();
        shard.run(25, 100, 0);
        assertThat(shard.runs).isEmpty();
        shard.run(120, 100, 0);
        assertThat(shard.reasons).containsOnlyKeys(ShapeReason.DWELL);
        SimulatedShard tiny = hybrid();
        tiny.run(3600, 0.02 * 10, 0);
        assertThat(tiny.runs).as("too little for a block").isEmpty();
    }

    @Test
    void batchHintStandsForTheRecordCount() {
        SimulatedShard shard =
                new SimulatedShard(ShapeConfig.DEFAULT.withRuns(10_000, 2_000, 0), 1);
        shard.sealed(1, 2_500);
        shard.clock.advance(Duration.ofSeconds(2));
        assertThat(shard.next().reason()).isEqualTo(ShapeReason.BATCH_HINT);
        SimulatedShard without = hybrid();
        without.sealed(1, 2_500);
        without.clock.advance(Duration.ofSeconds(2));
        assertThat(without.next()).isNull();
    }

    @Test
    void streamingMakesRowsOfWhatIsNot() {
        SimulatedShard shard = hybrid();
        shard.run(60, 20_000, 0);
        assertThat(shard.heldPerRecord()).isLessThan(100);
        shard.policy.configure(ShapeConfig.DEFAULT.with(StorageMode.HYBRID, 50, true));
        shard.reasons.clear();
        shard.run(60, 0, 0);
        assertThat(shard.reasons).containsOnlyKeys(ShapeReason.STREAMING);
        assertThat(shard.heldPerRecord()).isEqualTo(400);
        SimulatedShard fresh =
                new SimulatedShard(ShapeConfig.DEFAULT.with(StorageMode.HYBRID, 50, true), 1);
        fresh.run(60, 20_000, 0);
        assertThat(fresh.runs).isEmpty();
    }

    @Test
    void modeRowNeverWorks() {
        SimulatedShard shard = with(StorageMode.ROW, 1);
        shard.foreignUse = 0.99;
        shard.run(60, 20_000, 0);
        assertThat(shard.runs).isEmpty();
    }

    @Test
    void modeColumnarMakesColumnsWithoutNeedAndPacksUnderPressure() {
        SimulatedShard shard = with(StorageMode.COLUMNAR, 1_000);
        shard.run(60, 20_000, 0);
        assertThat(shard.runs).isNotEmpty().allMatch(run -> run.to() == Shape.COLUMN);
        shard.foreignUse = 0.8;
        shard.run(60, 0, 0);
        assertThat(shard.reasons).containsKey(ShapeReason.MEMORY_PRESSURE);
        assertThat(shard.heldPerRecord()).isLessThan(40);
    }

    @Test
    void columnsAreMadeOfTheHeadForWhoAsksForThem() {
        SimulatedShard shard = with(StorageMode.HYBRID, 1_000);
        shard.inFlight = 16 << 20;
        shard.sealed(20, 10_000);
        for (int asked = 0; asked < 20; asked++) {
            shard.policy.asked(Shape.COLUMN);
        }
        shard.run(60, 0, 0);
        assertThat(shard.reasons).containsOnlyKeys(ShapeReason.ACCESS_PATTERN);
        assertThat(shard.runs.getFirst().first()).isZero();
        assertThat(shard.runs)
                .hasSizeBetween(4, 6)
                .allMatch(run -> run.run().wireBytesAhead() <= 16 << 20);
        for (int asked = 0; asked < 40; asked++) {
            shard.policy.asked(asked % 2 == 0 ? Shape.COLUMN : Shape.ROW);
        }
        shard.sealed(1, 10_000);
        assertThat(shard.next()).isNull();
    }

    @Test
    void columnsArePackedWhereTheyCostTooMuchAndNobodyComesToThem() {
        SimulatedShard shard = hybrid();
        shard.inFlight = 16 << 20;
        shard.sealed(10, 20_000);
        shard.clock.advance(Duration.ofSeconds(2));
        ShapeDecision decision = shard.policy.decide(block(1 << 20));
        assertThat(decision.shape()).isEqualTo(Shape.PACKED);
        assertThat(decision.reason()).isEqualTo(ShapeReason.RECORD_COUNT);
        for (int asked = 0; asked < 20; asked++) {
            shard.policy.asked(Shape.COLUMN);
        }
        assertThat(shard.policy.decide(block(1 << 20))).as("he comes to it next").isNull();
        assertThat(shard.policy.decide(block(64 << 20)).shape()).isEqualTo(Shape.PACKED);
    }

    @Test
    void columnarModeKeepsColumnsUntilMemoryPresses() {
        SimulatedShard shard = with(StorageMode.COLUMNAR, 50);
        shard.sealed(10, 20_000);
        shard.clock.advance(Duration.ofSeconds(2));
        assertThat(shard.policy.decide(block(1 << 20))).isNull();
        shard.foreignUse = 0.76;
        ShapeDecision decision = shard.policy.decide(block(1 << 20));
        assertThat(decision.shape()).isEqualTo(Shape.PACKED);
        assertThat(decision.reason()).isEqualTo(ShapeReason.MEMORY_PRESSURE);
        shard.foreignUse = 0.1;
        assertThat(shard.policy.decide(block(1 << 20))).isNull();
    }

    private static ShapeCandidate block(long wireBytesAhead) {
        return new ShapeCandidate(
                Shape.COLUMN, 1, 16, 16_000, 5_800_000, 3_000_000, 0, wireBytesAhead, true);
    }

    @Test
    void headWindowStaysRowsWhileRecordsDrain() {
        SimulatedShard shard = with(StorageMode.HYBRID, 1);
        shard.inFlight = 8 << 20;
        shard.sealed(40, 20_000);
        shard.run(10, 1_000, 1_000);
        SimulatedShard.Change run = shard.runs.getFirst();
        assertThat(run.run().wireBytesAhead()).isGreaterThanOrEqualTo(8 << 20);
        assertThat(run.run().wireBytesAhead()).isLessThan(17 << 20);
        assertThat(shard.policy.headBytes()).isEqualTo(8 << 20);
        shard.run(60, 0, 0);
        assertThat(shard.policy.headBytes()).as("nothing drains").isZero();
    }

    @Test
    void columnsThatCannotBeHeldUnpackedArePacked() {
        ShapeConfig packedOnly = ShapeConfig.DEFAULT.sized(16 << 20, false, 2);
        SimulatedShard shard =
                new SimulatedShard(packedOnly.with(StorageMode.COLUMNAR, 1_000, false), 1);
        shard.run(60, 20_000, 0);
        assertThat(shard.runs).isNotEmpty().allMatch(run -> run.to() == Shape.PACKED);
    }

    @Test
    void whatWillBeSentSoonerThanWorkPaysStaysRows() {
        SimulatedShard fast = with(StorageMode.HYBRID, 100);
        fast.sealed(6, 20_000);
        fast.run(10, 400_000, 400_000);
        assertThat(fast.runs).as("it waits for 300 ms").isEmpty();
        SimulatedShard slow = with(StorageMode.HYBRID, 100);
        slow.sealed(6, 20_000);
        slow.run(10, 2_000, 2_000);
        assertThat(slow.runs).as("it waits for a minute").isNotEmpty();
        assertThat(slow.runs.getLast().decision().predictedWaitNanos())
                .isBetween(5_000_000_000L, 120_000_000_000L);
    }

    @Test
    void standingBacklogAtAConstantRateChangesEachRecordOnce() {
        SimulatedShard shard = with(StorageMode.HYBRID, 50);
        shard.run(100, 20_000, 10_000);
        shard.run(900, 20_000, 20_000);
        assertThat(shard.heldPerRecord()).isLessThan(60);
        assertThat(shard.changesAtMost()).isLessThanOrEqualTo(2);
        assertThat(shard.changedRecords).isLessThan(1_000L * 20_000 * 11 / 10);
        assertThat(shard.unpackedRecords).isLessThanOrEqualTo(shard.changedRecords);
    }

    @Test
    void slowerExporterDecidesWhereTheFasterHasPassed() {
        SimulatedShard shard = new SimulatedShard(ShapeConfig.DEFAULT, 2);
        shard.run(120, 20_000, 20_000, 0);
        assertThat(shard.heldPerRecord()).isLessThanOrEqualTo(TARGET);
        assertThat(shard.runs)
                .allMatch(run -> run.decision().predictedWaitNanos() == Long.MAX_VALUE);
    }

    @Test
    void saysWhenTheTargetIsBelowWhatTheDataCanBecome() {
        SimulatedShard shard = hybrid();
        shard.bytesPerRecord.put(Shape.PACKED, 180.0);
        shard.run(60, 20_000, 0);
        shard.run(30, 0, 0);
        assertThat(shard.policy.target()).isEqualTo(ShapePolicy.Target.NEAREST);
        assertThat(shard.heldPerRecord()).isLessThan(182);
        assertThat(shard.changesAtMost()).isEqualTo(1);
        int before = shard.runs.size();
        shard.run(3600, 0, 0);
        assertThat(shard.runs).hasSize(before);
    }

    @Test
    void whatSavesNothingIsLeftAloneForAWhile() {
        SimulatedShard shard = hybrid();
        shard.bytesPerRecord.put(Shape.PACKED, 500.0);
        shard.run(120, 20_000, 0);
        assertThat(shard.changedRecords).isZero();
        assertThat(shard.runs).as("tried at first, and once a minute").hasSizeBetween(2, 3);
        shard.bytesPerRecord.put(Shape.PACKED, 20.0);
        shard.run(300, 20_000, 0);
        assertThat(shard.heldPerRecord()).as("data have changed").isLessThan(TARGET);
    }

    @Test
    void wantOfRoomIsAnsweredByWaitingAndSmallerRuns() {
        SimulatedShard shard = with(StorageMode.HYBRID, 1);
        shard.sealed(50, 2_000);
        shard.clock.advance(Duration.ofSeconds(2));
        shard.foreignUse = 0.9;
        SimulatedShard.Change first = shard.next();
        shard.policy.foundNoRoom();
        assertThat(shard.next()).isNull();
        shard.clock.advance(Duration.ofMillis(100));
        SimulatedShard.Change second = shard.next();
        assertThat(second.run().records()).isLessThan(first.run().records());
        shard.policy.foundNoRoom();
        shard.clock.advance(Duration.ofMillis(100));
        assertThat(shard.next()).as("twice as long").isNull();
        shard.clock.advance(Duration.ofMillis(100));
        SimulatedShard.Change third = shard.next();
        made(shard, third);
        assertThat(shard.next().run().records()).isGreaterThan(third.run().records());
    }

    @Test
    void runsShrinkAsMemoryFills() {
        SimulatedShard shard = hybrid();
        shard.run(20, 20_000, 0);
        assertThat(shard.runs).as("sizes are known").isNotEmpty();
        int before = Integer.MAX_VALUE;
        for (int percent = 0; percent <= 110; percent++) {
            shard.foreignUse = percent / 100.0;
            int records = shard.policy.runRecordsMax();
            assertThat(records).isBetween(1_024, Math.min(before, Segment.RECORDS_MAX));
            before = records;
        }
        shard.foreignUse = 0.5;
        assertThat(shard.policy.runRecordsMax()).isEqualTo(Segment.RECORDS_MAX);
        shard.foreignUse = 0.95;
        assertThat(shard.policy.runRecordsMax()).isEqualTo(1_024);
    }

    @Test
    void columnsAreTriedOnOneRunWherePackedIsFarBelowTheTarget() {
        SimulatedShard shard = with(StorageMode.HYBRID, 100);
        shard.bytesPerRecord.put(Shape.COLUMN, 60.0);
        shard.nanosPerRecord = 600;
        shard.run(600, 20_000, 0);
        assertThat(shard.runs.get(0).to()).isEqualTo(Shape.PACKED);
        assertThat(shard.runs.get(1).to()).isEqualTo(Shape.COLUMN);
        assertThat(shard.policy.bytesPerRecord(Shape.COLUMN)).isEqualTo(60);
    }

    @Test
    void refusesStreamingColumns() {
        assertThatThrownBy(() -> ShapeConfig.DEFAULT.with(StorageMode.COLUMNAR, 50, true))
                .hasMessageContaining("streaming=true");
        assertThatThrownBy(() -> ShapeConfig.DEFAULT.with(StorageMode.HYBRID, 0, false))
                .hasMessageContaining("target=0");
    }
}
