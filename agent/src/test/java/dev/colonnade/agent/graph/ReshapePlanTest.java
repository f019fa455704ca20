package dev.colonnade.agent.graph;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked // an unexpected null fails the test
final class ReshapePlanTest {
    private static final long MIB = 1L << 20;

    @Test
    void takesAModestPartOfAnyBudgetThatIsLargeEnough() {
        for (long mebibytes : new long[] {8, 16, 32, 48, 64, 128, 512, 1024, 16_384}) {
            ReshapePlan plan = ReshapePlan.of(mebibytes * MIB, 1, 3);
            assertThat(plan).as("MiB=%d", mebibytes).isNotNull();
            assertThat(plan.bytes(1)).isLessThanOrEqualTo(mebibytes * MIB / 2);
            if (mebibytes >= 512) {
                assertThat(plan.bytes(1)).isLessThan(mebibytes * MIB / 6);
            }
        }
    }

    @Test
    void blocksAreSmallWhereMemoryIs() {
        int small = ReshapePlan.of(64 * MIB, 1, 1).blockWireBytes();
        int large = ReshapePlan.of(16_384 * MIB, 1, 1).blockWireBytes();
        assertThat(small).isBetween(1 << 20, large / 2);
    }

    /// Scenario: the smallest budget an agent starts with, and the smallest for more loops.
    /// Guarantees: records are packed, and half of the budget is left for them when all floors are
    /// taken, those for sending too.
    @ParameterizedTest
    @CsvSource({
        "8, 1, 1",
        "8, 1, 3",
        "8, 2, 3",
        "10, 2, 3",
        "12, 4, 3",
        "24, 4, 12",
        // As many loops as there are at most where nobody says how many.
        "32, 2, 3",
        "256, 16, 3",
        "2048, 128, 3"
    })
    void packsInSmallBudgetsAndLeavesHalfOfThem(long mebibytes, int loops, int cursors) {
        long budget = mebibytes * MIB;
        assertThat(ReshapePlan.of(budget, loops, cursors)).isNotNull();
        assertThat(TelemetryMemory.keptBytes(budget, loops, cursors))
                .isLessThanOrEqualTo(budget / 2);
    }

    @Test
    void blocksGrowWithTheBudgetAndNeverShrink() {
        int before = 0;
        for (long mebibytes = 8; mebibytes <= 512; mebibytes++) {
            int block = ReshapePlan.of(mebibytes * MIB, 1, 3).blockWireBytes();
            assertThat(block).as("MiB=%d", mebibytes).isGreaterThanOrEqualTo(before);
            before = block;
        }
        assertThat(ReshapePlan.of(8 * MIB, 1, 3).blockWireBytes()).isEqualTo(768 << 10);
    }

    /// A store that is full of rows can only be packed into the reserve; logs become an eighth.
    @Test
    void theReserveHoldsWhatTheLargestBlockBecomes() {
        for (long mebibytes : new long[] {8, 16, 64, 512, 16_384}) {
            ReshapePlan plan = ReshapePlan.of(mebibytes * MIB, 1, 3);
            assertThat(plan.reserveBytes())
                    .as("MiB=%d", mebibytes)
                    .isGreaterThanOrEqualTo(plan.blockWireBytes() / 8);
        }
    }

    @Test
    void doesWithoutWhereNothingWouldBeLeftToHold() {
        assertThat(ReshapePlan.of(8 * MIB, 4, 3)).isNull();
        assertThat(ReshapePlan.of(64 * MIB, 64, 1)).isNull();
    }
}
