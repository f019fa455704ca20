package dev.colonnade.pipeline.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `batch` and `memory_limiter` as settings: defaults, refusals, and what they mean here.
final class SettingsTest {
    private static final long GIB = 1L << 30;

    @Test
    void batchHasTheDefaultsOfTheCollector() {
        BatchConfig batch = BatchConfig.DEFAULT;
        assertThat(batch.problems()).isEmpty();
        assertThat(batch.timeout()).isEqualTo(Duration.ofMillis(200));
        assertThat(batch.recordsMin()).isEqualTo(8192);
        assertThat(batch.recordsMax()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void batchSizesBoundMerging() {
        BatchConfig bounded = new BatchConfig(Duration.ofSeconds(1), 100, 250, List.of(), 1000);
        assertThat(bounded.recordsMin()).isEqualTo(100);
        assertThat(bounded.recordsMax()).isEqualTo(250);
        BatchConfig immediate = new BatchConfig(Duration.ZERO, 100, 250, List.of(), 1000);
        assertThat(immediate.recordsMin()).isEqualTo(1);
    }

    @Test
    void batchTellsEveryProblem() {
        BatchConfig batch =
                new BatchConfig(Duration.ofMillis(-1), 100, 50, List.of("tenant", "Tenant"), -1);
        assertThat(batch.problems())
                .extracting(ConfigProblem::toString)
                .containsExactlyInAnyOrder(
                        "metadata_cardinality_limit: must be between 0 and 4294967295: value=-1",
                        "send_batch_max_size must be greater or equal to send_batch_size",
                        "timeout must be greater or equal to 0",
                        "metadata_keys: duplicate entry in metadata_keys: \"Tenant\""
                                + " (case-insensitive)");
    }

    @Test
    void memoryLimiterCapsTheBudget() {
        MemoryLimiterConfig fixed = limiter(512, 128, 80, 20);
        assertThat(fixed.problems()).isEmpty();
        assertThat(fixed.capBytes(8 * GIB)).isEqualTo(GIB / 2);
        assertThat(fixed.capBytes(GIB / 4)).isEqualTo(GIB / 4);
        MemoryLimiterConfig share = limiter(0, 0, 75, 25);
        assertThat(share.problems()).isEmpty();
        assertThat(share.capBytes(4 * GIB)).isEqualTo(3 * GIB);
        assertThat(limiter(0, 0, 100, 0).capBytes(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void memoryLimiterIsCheckedAsTheCollectorDoes() {
        assertThat(MemoryLimiterConfig.DEFAULT.problems())
                .extracting(ConfigProblem::message)
                .containsExactly(
                        "'check_interval' must be greater than zero",
                        "'limit_mib' or 'limit_percentage' must be greater than zero");
        assertThat(limiter(100, 100, 0, 0).problems())
                .extracting(ConfigProblem::message)
                .containsExactly("'spike_limit_mib' must be smaller than 'limit_mib'");
        assertThat(limiter(0, 0, 101, 0).problems())
                .extracting(ConfigProblem::message)
                .containsExactly(
                        "'limit_percentage' and 'spike_limit_percentage' must be greater than zero"
                                + " and less than or equal to hundred");
    }

    private static MemoryLimiterConfig limiter(
            long limitMib, long spikeLimitMib, long limitPercentage, long spikeLimitPercentage) {
        return new MemoryLimiterConfig(
                Duration.ofSeconds(1),
                limitMib,
                spikeLimitMib,
                limitPercentage,
                spikeLimitPercentage);
    }
}
