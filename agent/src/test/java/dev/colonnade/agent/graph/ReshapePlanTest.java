package dev.colonnade.agent.graph;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked // an unexpected null fails the test
final class ReshapePlanTest {
    private static final long MIB = 1L << 20;

    @Test
    void takesAModestPartOfAnyBudgetThatIsLargeEnough() {
        for (long mebibytes : new long[] {48, 64, 128, 512, 1024, 16_384}) {
            ReshapePlan plan = ReshapePlan.of(mebibytes * MIB, 1, 3);
            assertThat(plan).as("MiB=%d", mebibytes).isNotNull();
            assertThat(plan.bytes(1)).isLessThanOrEqualTo(mebibytes * MIB / 2);
            if (mebibytes >= 512) {
                assertThat(plan.bytes(1)).isLessThan(mebibytes * MIB / 8);
            }
        }
    }

    @Test
    void blocksAreSmallWhereMemoryIs() {
        int small = ReshapePlan.of(64 * MIB, 1, 1).blockWireBytes();
        int large = ReshapePlan.of(16_384 * MIB, 1, 1).blockWireBytes();
        assertThat(small).isBetween(1 << 20, large / 2);
    }

    @Test
    void doesWithoutWhereNothingWouldBeLeftToHold() {
        assertThat(ReshapePlan.of(8 * MIB, 1, 1)).isNull();
        assertThat(ReshapePlan.of(64 * MIB, 16, 1)).isNull();
    }
}
