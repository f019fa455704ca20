package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.colonnade.storage.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class DrainMeterTest {
    private static final long SECOND = 1_000_000_000L;

    private final ManualClock clock = new ManualClock();
    private final AtomicLong settled = new AtomicLong();
    private final DrainMeter meter = new DrainMeter(settled::get, clock);

    @Test
    void rateApproachesWhatDrainsPerSecond() {
        drain(1_000_000, 1);
        assertThat(meter.bytesPerSecond()).isCloseTo(500_000, within(1.0));
        drain(1_000_000, 20);
        assertThat(meter.bytesPerSecond()).isCloseTo(1_000_000, within(10.0));
        drain(0, 1);
        assertThat(meter.bytesPerSecond()).isCloseTo(500_000, within(10.0));
    }

    @Test
    void rateDoesNotDependOnHowOftenItIsAsked() {
        for (int tenth = 0; tenth < 100; tenth++) {
            settled.addAndGet(100_000);
            clock.advance(Duration.ofMillis(100));
            meter.bytesPerSecond();
        }
        assertThat(meter.bytesPerSecond()).isCloseTo(1_000_000, within(1_000.0));
        settled.addAndGet(60_000_000);
        clock.advance(Duration.ofSeconds(60));
        assertThat(meter.bytesPerSecond()).isCloseTo(1_000_000, within(1_000.0));
    }

    @Test
    void samplesTenTimesASecondAtMost() {
        drain(1_000_000, 20);
        double before = meter.bytesPerSecond();
        settled.addAndGet(50_000_000);
        clock.advance(Duration.ofMillis(99));
        assertThat(meter.bytesPerSecond()).isEqualTo(before);
        clock.advance(Duration.ofMillis(1));
        assertThat(meter.bytesPerSecond()).isGreaterThan(before);
    }

    @Test
    void retryAfterIsAnEighthOfTheBacklogWithinLimits() {
        drain(1_000_000, 30);
        assertThat(meter.retryAfterNanos(80_000_000)).isCloseTo(10 * SECOND, within(SECOND / 1000));
        assertThat(meter.retryAfterNanos(0)).isEqualTo(SECOND);
        assertThat(meter.retryAfterNanos(1_000_000)).isEqualTo(SECOND);
        assertThat(meter.retryAfterNanos(1_000_000_000)).isEqualTo(30 * SECOND);
        assertThat(meter.retryAfterNanos(Long.MAX_VALUE)).isEqualTo(30 * SECOND);
    }

    @Test
    void whileNothingDrainsTheWaitGrowsWithTheStall() {
        assertThat(meter.retryAfterNanos(100)).isEqualTo(SECOND);
        clock.advance(Duration.ofSeconds(7));
        assertThat(meter.retryAfterNanos(100)).isEqualTo(7 * SECOND);
        clock.advance(Duration.ofHours(1));
        assertThat(meter.retryAfterNanos(100)).isEqualTo(30 * SECOND);
        assertThat(meter.bytesPerSecond()).isZero();
    }

    @Test
    void stallAfterTrafficEndsInTheLongestWait() {
        drain(1_000_000, 30);
        drain(0, 3600);
        assertThat(meter.retryAfterNanos(100_000_000)).isEqualTo(30 * SECOND);
        drain(1_000_000, 10);
        assertThat(meter.retryAfterNanos(8_000_000)).isBetween(SECOND, 2 * SECOND);
    }

    /// The clock may be negative and may stand still.
    @Test
    void worksOnAnyMonotonicClock() {
        ManualClock negative = new ManualClock(Long.MIN_VALUE / 2);
        DrainMeter other = new DrainMeter(settled::get, negative);
        settled.addAndGet(1000);
        assertThat(other.bytesPerSecond()).isZero();
        negative.advance(Duration.ofSeconds(1));
        assertThat(other.bytesPerSecond()).isCloseTo(500, within(0.01));
        assertThat(other.retryAfterNanos(8000)).isEqualTo(2 * SECOND);
    }

    /// Scenario: four threads ask at once, each with a clock that moves on with every reading, so
    /// that some come to the claim with a time that another has passed already.
    ///
    /// Guarantees: the rate stays a number, and between what was drained least and most.
    @Test
    void askersOnManyThreadsKeepTheRateANumber() throws Exception {
        AtomicLong now = new AtomicLong();
        AtomicLong bytes = new AtomicLong();
        DrainMeter shared =
                new DrainMeter(bytes::get, () -> now.addAndGet(DrainMeter.RETRY_NANOS_MIN / 20));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Boolean>> jobs = new ArrayList<>();
            for (int job = 0; job < 4; job++) {
                jobs.add(() -> {
                    boolean sane = true;
                    for (int round = 0; round < 20_000; round++) {
                        bytes.addAndGet(1000);
                        double rate = shared.bytesPerSecond();
                        long wait = shared.retryAfterNanos(1_000_000);
                        sane &= rate >= 0 && rate < 1e9 && wait >= SECOND && wait <= 30 * SECOND;
                    }
                    return sane;
                });
            }
            for (Future<Boolean> job : threads.invokeAll(jobs)) {
                assertThat(job.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(shared.bytesPerSecond()).isPositive();
    }

    private void drain(long bytesPerSecond, int seconds) {
        for (int second = 0; second < seconds; second++) {
            settled.addAndGet(bytesPerSecond);
            clock.advance(Duration.ofSeconds(1));
            meter.bytesPerSecond();
        }
    }
}
