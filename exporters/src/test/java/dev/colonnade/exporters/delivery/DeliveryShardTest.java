package dev.colonnade.exporters.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.BatchConfig;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.exporters.RetryConfig;
import dev.colonnade.exporters.delivery.FakeTransport.Sent;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Signal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

final class DeliveryShardTest {
    private static final Outcome NOT_NOW =
            new Outcome.Retry(Outcome.Cause.UNAVAILABLE, "not now", 0);
    private static final Outcome REFUSED = new Outcome.Refused(false, "no");
    private static final Outcome DOUBTFUL = new Outcome.Refused(true, "oops");
    private static final RetryConfig EXACT = RetryConfig.DEFAULT.withRandomizationFactor(0);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final RandomOtlp otlp = new RandomOtlp(new Random(1));

    // Sending

    @Test
    void sendsWithinTheAppend() {
        try (DeliveryRig rig = DeliveryRig.of(config(QueueConfig.DEFAULT, EXACT))) {
            byte[] request = logs(10);
            rig.append(0, request, 10);
            assertThat(rig.peer().all).hasSize(1);
            assertThat(rig.peer().all.getFirst().bytes).isEqualTo(request);
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.store.delivered(0)).isEqualTo(10);
        }
    }

    @Test
    void noMoreRequestsThanConsumersOverAllLoopsAndEachLoopGetsItsTurn() {
        DeliveryConfig config = config(QueueConfig.DEFAULT.withNumConsumers(2), EXACT);
        try (DeliveryRig rig =
                new DeliveryRig(config.withSizes(1, 1 << 20), 2, 1 << 20, new Random(1))) {
            for (int i = 0; i < 6; i++) {
                rig.append(0, logs(1), 1);
            }
            rig.append(1, logs(1), 1);
            assertThat(rig.transports.get(0).open).hasSize(2);
            assertThat(rig.transports.get(1).open).isEmpty();
            rig.answer(0, Outcome.DELIVERED);
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.open()).isEqualTo(2);
            assertThat(rig.transports.get(1).all).hasSize(1);
            while (rig.open() > 0) {
                rig.answer(rig.transports.get(0).open.isEmpty() ? 1 : 0, Outcome.DELIVERED);
                assertThat(rig.open()).isLessThanOrEqualTo(2);
            }
            assertThat(rig.store.delivered(0)).isEqualTo(7);
        }
    }

    @Test
    void theWindowHoldsBytesBackButNeverTheFirstRequest() {
        byte[] large = logs(100);
        DeliveryConfig config = config(QueueConfig.DEFAULT, EXACT).withSizes(1, large.length + 1L);
        try (DeliveryRig rig = DeliveryRig.of(config)) {
            rig.append(0, large, 100);
            rig.append(0, large, 100);
            rig.append(0, large, 100);
            assertThat(rig.open()).isEqualTo(2);
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.open()).isEqualTo(2);
            rig.answer(0, Outcome.DELIVERED);
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.store.delivered(0)).isEqualTo(300);
        }
    }

    /// Scenario: a peer that fails while there is little memory. Guarantees: what is leased, on its
    /// way or waiting, is no more than twice what is kept for sending, and one request more; all of
    /// it arrives.
    @Test
    void littleIsLeasedWhereThereIsLittleMemory() {
        byte[] request = logs(100);
        DeliveryConfig config = config(QueueConfig.DEFAULT, EXACT).withSizes(1, 1 << 20);
        try (DeliveryRig rig = new DeliveryRig(config, 1, 2 * request.length, new Random(1))) {
            for (int sent = 0; sent < 8; sent++) {
                rig.append(0, request, 100);
            }
            assertThat(rig.open()).isEqualTo(4);
            for (int failed = 0; failed < 4; failed++) {
                rig.answer(0, NOT_NOW);
            }
            rig.append(0, request, 100);
            rig.pass(Duration.ofSeconds(5));
            assertThat(rig.open()).as("the probe").isEqualTo(1);
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.open()).isEqualTo(4);
            while (rig.open() > 0) {
                rig.answer(0, Outcome.DELIVERED);
                assertThat(rig.open()).isLessThanOrEqualTo(4);
            }
            assertThat(rig.store.delivered(0)).isEqualTo(900);
        }
    }

    // Batches

    @Test
    void aBatchWaitsForItsSizeOrItsTime() {
        BatchConfig batch = new BatchConfig(Duration.ofMillis(200), 30, 0, BatchConfig.Sizer.ITEMS);
        try (DeliveryRig rig =
                DeliveryRig.of(config(QueueConfig.DEFAULT.withBatch(batch), EXACT))) {
            rig.append(0, logs(10), 10);
            rig.append(0, logs(10), 10);
            assertThat(rig.sent()).isZero();
            rig.append(0, logs(10), 10);
            assertThat(rig.sent()).isEqualTo(1);
            rig.append(0, logs(10), 10);
            rig.pass(Duration.ofMillis(199));
            assertThat(rig.sent()).isEqualTo(1);
            rig.pass(Duration.ofMillis(1));
            assertThat(rig.sent()).isEqualTo(2);
            rig.append(0, logs(10), 10);
            assertThat(rig.sent()).isEqualTo(2);
            rig.delivery.flush();
            rig.settle();
            assertThat(rig.sent()).isEqualTo(3);
        }
    }

    @Test
    void aBatchIsNoLargerThanItsLimit() {
        BatchConfig batch = new BatchConfig(SECOND, 0, 25, BatchConfig.Sizer.ITEMS);
        QueueConfig queue = QueueConfig.DEFAULT.withBatch(batch).withNumConsumers(1);
        try (DeliveryRig rig = DeliveryRig.of(config(queue, EXACT))) {
            rig.append(0, logs(10), 10);
            for (int i = 0; i < 5; i++) {
                rig.append(0, logs(10), 10);
            }
            rig.append(0, logs(60), 60);
            while (rig.open() > 0) {
                rig.answer(0, Outcome.DELIVERED);
            }
            assertThat(rig.peer().all.stream().map(DeliveryShardTest::records))
                    .containsExactly(10, 20, 20, 10, 25, 25, 10);
            assertThat(rig.store.delivered(0)).isEqualTo(120);
            assertThat(rig.metrics.value(ExporterMetrics.SPLITS, DeliveryRig.ID)).isEqualTo(2);
            assertThat(rig.metrics.value(ExporterMetrics.QUEUE_WAIT_SECONDS, DeliveryRig.ID))
                    .as("each request received, once")
                    .isEqualTo(7);
        }
    }

    // Retry

    @Test
    void waitsGrowUpToTheLongest() {
        try (DeliveryRig rig = DeliveryRig.of(config(QueueConfig.DEFAULT, EXACT))) {
            rig.append(0, logs(1), 1);
            long wait = Duration.ofSeconds(5).toNanos();
            for (int attempt = 1; attempt < 12; attempt++) {
                rig.answer(0, NOT_NOW);
                rig.pass(Duration.ofNanos(wait - 1));
                assertThat(rig.sent()).as("attempt %d", attempt).isEqualTo(attempt);
                rig.pass(Duration.ofNanos(1));
                assertThat(rig.sent()).as("attempt %d", attempt).isEqualTo(attempt + 1);
                wait = Math.min(wait * 3 / 2, Duration.ofSeconds(30).toNanos());
            }
        }
    }

    @Test
    void waitsAreRandomWithinTheFactor() {
        Random random = new Random(7);
        try (DeliveryRig rig =
                new DeliveryRig(
                        config(QueueConfig.DEFAULT, RetryConfig.DEFAULT), 1, 1 << 20, random)) {
            rig.append(0, logs(1), 1);
            rig.answer(0, NOT_NOW);
            rig.pass(Duration.ofMillis(2499));
            assertThat(rig.sent()).isEqualTo(1);
            rig.pass(Duration.ofMillis(5002));
            assertThat(rig.sent()).isEqualTo(2);
        }
    }

    @Test
    void waitsAsLongAsThePeerAsksFor() {
        try (DeliveryRig rig = DeliveryRig.of(config(QueueConfig.DEFAULT, EXACT))) {
            rig.append(0, logs(1), 1);
            rig.append(0, logs(1), 1);
            Duration asked = Duration.ofSeconds(42);
            rig.answer(0, new Outcome.Retry(Outcome.Cause.THROTTLED, "slow", asked.toNanos()));
            // What was under way before does not end the wait.
            rig.answer(0, Outcome.DELIVERED);
            rig.append(0, logs(1), 1);
            rig.pass(asked.minusNanos(1));
            assertThat(rig.sent()).isEqualTo(2);
            rig.pass(Duration.ofNanos(1));
            assertThat(rig.open()).isEqualTo(1);
            rig.answer(0, Outcome.DELIVERED);
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.store.delivered(0)).isEqualTo(3);
        }
    }

    @Test
    void onlyOneProbesWhileThePeerIsDownAndThenAllFlow() {
        DeliveryConfig config = config(QueueConfig.DEFAULT, EXACT).withSizes(1, 1 << 20);
        try (DeliveryRig rig = new DeliveryRig(config, 2, 1 << 20, new Random(1))) {
            for (int i = 0; i < 8; i++) {
                rig.append(i % 2, logs(1), 1);
            }
            assertThat(rig.open()).isEqualTo(8);
            for (int i = 0; i < 8; i++) {
                rig.answer(i % 2, NOT_NOW);
            }
            assertThat(rig.metrics.value(ExporterMetrics.UP, DeliveryRig.ID)).isZero();
            for (int probe = 0; probe < 5; probe++) {
                rig.append(probe % 2, logs(1), 1);
                rig.pass(Duration.ofSeconds(31));
                assertThat(rig.open()).isEqualTo(1);
                rig.answer(rig.transports.get(0).open.isEmpty() ? 1 : 0, NOT_NOW);
            }
            rig.pass(Duration.ofSeconds(31));
            assertThat(rig.open()).isEqualTo(1);
            rig.answer(rig.transports.get(0).open.isEmpty() ? 1 : 0, Outcome.DELIVERED);
            assertThat(rig.metrics.value(ExporterMetrics.UP, DeliveryRig.ID)).isEqualTo(1);
            assertThat(rig.open()).isEqualTo(10);
            while (rig.open() > 0) {
                rig.answer(rig.transports.get(0).open.isEmpty() ? 1 : 0, Outcome.DELIVERED);
            }
            assertThat(rig.store.delivered(0)).isEqualTo(13);
        }
    }

    @Test
    void aPeerThatFailsNowAndThenDoesNotStopEverything() {
        DeliveryConfig config = config(QueueConfig.DEFAULT, EXACT).withSizes(1, 1 << 20);
        try (DeliveryRig rig = DeliveryRig.of(config)) {
            rig.append(0, logs(1), 1);
            rig.append(0, logs(1), 1);
            rig.answer(0, NOT_NOW);
            rig.append(0, logs(1), 1);
            assertThat(rig.open()).isEqualTo(1);
            rig.answer(0, Outcome.DELIVERED);
            // Up again: the new one goes, the failed one waits for its own time.
            assertThat(rig.open()).isEqualTo(1);
            assertThat(rig.sent()).isEqualTo(3);
            rig.answer(0, Outcome.DELIVERED);
            rig.pass(Duration.ofSeconds(5));
            assertThat(rig.sent()).isEqualTo(4);
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.store.delivered(0)).isEqualTo(3);
        }
    }

    @Test
    void oneThatNobodyAnswersDoesNotSpeakForAll() {
        DeliveryConfig config = config(QueueConfig.DEFAULT, EXACT).withSizes(1, 1 << 20);
        try (DeliveryRig rig = DeliveryRig.of(config)) {
            byte[] poison = logs(1);
            rig.append(0, poison, 1);
            rig.answer(0, NOT_NOW);
            rig.append(0, logs(1), 1);
            for (int i = 0; i < 10 && rig.store.delivered(0) == 0; i++) {
                rig.pass(Duration.ofSeconds(31));
                boolean isPoison = Arrays.equals(rig.peer().open.getFirst().bytes, poison);
                rig.answer(0, isPoison ? NOT_NOW : Outcome.DELIVERED);
            }
            assertThat(rig.store.delivered(0)).isEqualTo(1);
        }
    }

    @Test
    void givesUpAfterTheWrittenTime() {
        RetryConfig retry = EXACT.withMaxElapsedTime(Duration.ofSeconds(60));
        try (DeliveryRig rig = DeliveryRig.of(config(QueueConfig.DEFAULT, retry))) {
            rig.append(0, logs(3), 3);
            rig.append(0, logs(3), 3);
            rig.answer(0, NOT_NOW);
            rig.answer(0, NOT_NOW);
            for (int i = 0; i < 20 && rig.store.backlogRecords(0) > 0; i++) {
                rig.pass(Duration.ofSeconds(10));
                if (rig.open() > 0) {
                    rig.answer(0, NOT_NOW);
                }
            }
            assertThat(rig.dropped(DropReason.EXPIRED)).isEqualTo(6);
            assertThat(rig.metrics.value(ExporterMetrics.sendFailed(Signal.LOGS), DeliveryRig.ID))
                    .isEqualTo(6);
            assertThat(Duration.ofNanos(rig.clock.getAsLong())).isLessThan(Duration.ofSeconds(75));
            // What comes now has its own time.
            rig.append(0, logs(3), 3);
            rig.pass(Duration.ofSeconds(31));
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.store.delivered(0)).isEqualTo(3);
        }
    }

    @Test
    void withoutRetryAFailureIsTheEnd() {
        try (DeliveryRig rig = DeliveryRig.of(config(QueueConfig.DEFAULT, RetryConfig.DISABLED))) {
            rig.append(0, logs(3), 3);
            rig.answer(0, NOT_NOW);
            assertThat(rig.dropped(DropReason.EXPIRED)).isEqualTo(3);
            rig.append(0, logs(3), 3);
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.store.delivered(0)).isEqualTo(3);
        }
    }

    @Test
    void anAttemptEndsAfterItsTime() {
        DeliveryConfig config =
                DeliveryConfig.of(
                        DeliveryRig.ID,
                        Codec.IDENTITY,
                        0,
                        Duration.ofSeconds(10),
                        QueueConfig.DEFAULT,
                        EXACT);
        try (DeliveryRig rig = DeliveryRig.of(config)) {
            rig.append(0, logs(1), 1);
            Sent first = rig.peer().all.getFirst();
            rig.pass(Duration.ofSeconds(10).minusNanos(1));
            assertThat(first.wasCancelled).isFalse();
            rig.pass(Duration.ofNanos(1));
            assertThat(first.wasCancelled).isTrue();
            rig.pass(Duration.ofSeconds(5));
            assertThat(rig.sent()).isEqualTo(2);
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.store.delivered(0)).isEqualTo(1);
        }
    }

    @Test
    void theSameTroubleIsSaidOnceInThirtySeconds() {
        RetryConfig retry = EXACT.withIntervals(SECOND, SECOND);
        try (DeliveryRig rig = DeliveryRig.of(config(QueueConfig.DEFAULT, retry))) {
            rig.append(0, logs(1), 1);
            for (int i = 0; i < 35; i++) {
                rig.answer(0, NOT_NOW);
                rig.pass(SECOND);
            }
            rig.answer(0, Outcome.DELIVERED);
            assertThat(rig.log.lines())
                    .containsExactly(
                            "WARNING cannot deliver, will try again: exporter=fake, count=1,"
                                    + " cause=not now",
                            "WARNING cannot deliver, will try again: exporter=fake, count=30,"
                                    + " cause=not now",
                            "INFO delivering again: exporter=fake, failures=35, seconds=35");
        }
    }

    // Refusals

    @Test
    void aDoubtfulRefusalCostsARecordOnlyWhereOthersAreTaken() {
        try (DeliveryRig rig = DeliveryRig.of(config(QueueConfig.DEFAULT, EXACT))) {
            rig.append(0, logs(2), 2);
            rig.answer(0, DOUBTFUL);
            // Cut in two; the first record is refused while nothing was taken: asked about again.
            rig.answer(0, DOUBTFUL);
            assertThat(rig.open()).isZero();
            assertThat(rig.dropped(DropReason.REJECTED)).isZero();
            rig.pass(Duration.ofSeconds(5));
            rig.answer(0, Outcome.DELIVERED);
            // The second is refused although the peer has just taken the first.
            rig.answer(0, DOUBTFUL);
            assertThat(rig.dropped(DropReason.REJECTED)).isEqualTo(1);
            assertThat(rig.store.delivered(0)).isEqualTo(1);
        }
    }

    @Test
    void closingDropsOnlyTheRestOfWhatWasPartlySettled() {
        DeliveryRig rig = DeliveryRig.of(config(QueueConfig.DEFAULT, EXACT));
        rig.append(0, logs(4), 4);
        rig.append(0, logs(5), 5);
        rig.answer(0, REFUSED);
        Sent half = rig.peer().open.stream().filter(sent -> records(sent) == 2).findFirst().get();
        half.answer(Outcome.DELIVERED);
        rig.settle();
        rig.closeDelivery();
        assertThat(rig.store.delivered(0)).isEqualTo(2);
        assertThat(rig.dropped(DropReason.SHUTDOWN)).isEqualTo(2);
        assertThat(rig.store.backlogRecords(0)).isEqualTo(5);
        assertThat(rig.peer().isClosed).isTrue();
        rig.close();
    }

    // Memory

    @Test
    void waitsForFramesInFlightWhenTheFloorIsFull() {
        DeliveryConfig config =
                new DeliveryConfig(
                        DeliveryRig.ID,
                        Codec.GZIP,
                        1,
                        Duration.ofSeconds(10),
                        QueueConfig.DEFAULT,
                        EXACT,
                        1,
                        1 << 30);
        try (DeliveryRig rig = new DeliveryRig(config, 1, 48 << 10, new Random(1))) {
            for (int i = 0; i < 6; i++) {
                rig.append(0, logs(20), 20);
            }
            assertThat(rig.open()).isEqualTo(3);
            for (int i = 0; i < 6; i++) {
                rig.answer(0, Outcome.DELIVERED);
            }
            assertThat(rig.store.delivered(0)).isEqualTo(120);
            assertThat(rig.peer().all).allMatch(sent -> sent.codec == Codec.GZIP);
        }
    }

    @Test
    void sendsPlainWhatTheFloorIsTooSmallFor() throws IOException {
        DeliveryConfig config =
                new DeliveryConfig(
                        DeliveryRig.ID,
                        Codec.ZSTD,
                        1,
                        Duration.ofSeconds(10),
                        QueueConfig.DEFAULT,
                        EXACT,
                        1,
                        1 << 30);
        byte[] request = logs(2000);
        byte[] gzip = gzip(request);
        try (DeliveryRig rig = new DeliveryRig(config, 1, 16 << 10, new Random(1))) {
            rig.append(0, request, 2000);
            assertThat(rig.peer().all.getFirst().codec).isEqualTo(Codec.IDENTITY);
            assertThat(rig.peer().all.getFirst().bytes).isEqualTo(request);
            rig.answer(0, Outcome.DELIVERED);
            rig.append(0, Codec.GZIP, gzip, request.length, 2000);
            assertThat(rig.peer().all.getLast().codec).isEqualTo(Codec.GZIP);
            assertThat(rig.peer().all.getLast().bytes).isEqualTo(gzip);
            rig.answer(0, Outcome.DELIVERED);
        }
    }

    private byte[] logs(int records) {
        return otlp.request(Signal.LOGS, records);
    }

    private static int records(Sent sent) {
        return LogRecords.of(sent.bytes).size();
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }

    private static DeliveryConfig config(QueueConfig queue, RetryConfig retry) {
        return DeliveryConfig.of(
                DeliveryRig.ID, Codec.IDENTITY, 0, Duration.ofHours(1), queue, retry);
    }
}
