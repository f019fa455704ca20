package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class PackerPaceTest {
    @Test
    void shareGrowsWithNeedAndWithPressure() {
        assertThat(PackerPace.share(1, 0, 2)).isEqualTo(PackerPace.SHARE_MIN);
        assertThat(PackerPace.share(8, 0, 2)).isEqualTo(0.5);
        assertThat(PackerPace.share(1, 0.9, 2)).isEqualTo(1);
        assertThat(PackerPace.share(2, 0.6, 2)).isBetween(0.2, 0.4);
    }

    @Test
    void dataPathKeepsHalfOfASmallMachine() {
        assertThat(PackerPace.share(100, 1, 1)).isEqualTo(0.5);
        assertThat(PackerPace.share(100, 1, 0.25)).isEqualTo(0.125);
        assertThat(PackerPace.share(1, 0, 0.25)).isEqualTo(0.0125);
        assertThat(PackerPace.share(100, 1, 64)).isEqualTo(1);
    }

    @Test
    void restsSoLongThatTheShareIsKept() {
        assertThat(PackerPace.restNanos(PackerPace.SLICE_NANOS, 1)).isZero();
        for (double share : new double[] {0.0125, 0.1, 0.5, 0.9}) {
            long rest = PackerPace.restNanos(PackerPace.SLICE_NANOS, share);
            double kept = PackerPace.SLICE_NANOS / (double) (PackerPace.SLICE_NANOS + rest);
            assertThat(kept).isCloseTo(share, within(1e-4));
        }
    }
}
