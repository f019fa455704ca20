package dev.colonnade.agent.graph;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked // an unexpected null fails the test
final class ReshapePlanTest {
    private static final long MIB = 1L << 20;

    @Test
    void takesAModestPartOfAnyBudgetThatIsLargeEnough() {
        for (long mebibytes : new long[] {12, 16, 24, 64, 128, 512, 1024, 16_384}) {
            ReshapePlan plan = ReshapePlan.of(mebibytes * MIB, 1, 3);
            assertThat(plan).as("MiB=%d", mebibytes).isNotNull();
            assertThat(plan.bytes(1)).isLessThanOrEqualTo(mebibytes * MIB / 2);
            if (mebibytes >= 64) {
                assertThat(plan.bytes(1)).isLessThan(mebibytes * MIB / 5);
            }
        }
    }

    @Test
    void blocksAreSmallWhereMemoryIs() {
        assertThat(ReshapePlan.of(12 * MIB, 1, 1).blockWireBytes()).isEqualTo(256 << 10);
        assertThat(ReshapePlan.of(64 * MIB, 1, 1).blockWireBytes()).isEqualTo(1 << 20);
        assertThat(ReshapePlan.of(16_384 * MIB, 1, 1).blockWireBytes()).isEqualTo(24 << 20);
    }

    @Test
    void doesWithoutWhereNothingWouldBeLeftToHold() {
        assertThat(ReshapePlan.of(8 * MIB, 1, 1)).isNull();
        assertThat(ReshapePlan.of(16 * MIB, 8, 1)).isNull();
    }
}
