package dev.colonnade.exporters.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.exporters.RetryConfig;
import dev.colonnade.exporters.delivery.FakeTransport.Sent;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Delivery under random answers, times and loads.
///
/// Guarantees: every record is delivered exactly once or dropped because it was refused; a record
/// that the peer takes is never dropped; the ledger closes; everything comes back.
final class DeliverySimulationTest {
    private static final int STEPS = 400;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void everyRecordIsDeliveredOnceOrRefused(int seed) {
        Random random = new Random(seed);
        int loops = 1 + random.nextInt(3);
        RetryConfig retry =
                RetryConfig.DEFAULT.withIntervals(Duration.ofSeconds(1), Duration.ofSeconds(4));
        DeliveryConfig config =
                DeliveryConfig.of(
                                DeliveryRig.ID,
                                random.nextBoolean() ? Codec.IDENTITY : Codec.DEFLATE,
                                0,
                                Duration.ofSeconds(5),
                                QueueConfig.DEFAULT.withNumConsumers(1 + random.nextInt(5)),
                                retry)
                        .withSizes(1 + random.nextInt(40_000), 1 + random.nextInt(100_000));
        RandomOtlp otlp = new RandomOtlp(random);
        Set<LogRecord> bad = new HashSet<>();
        List<LogRecord> all = new ArrayList<>();
        List<LogRecord> taken = new ArrayList<>();
        int floor = 256 << (10 + random.nextInt(3));
        try (DeliveryRig rig = new DeliveryRig(config, loops, floor, random)) {
            for (int step = 0; step < STEPS; step++) {
                int what = random.nextInt(10);
                if (what < 3) {
                    append(rig, random.nextInt(loops), otlp, random, all, bad);
                } else if (what < 9 && rig.open() > 0) {
                    answer(rig, random, bad, taken);
                } else {
                    rig.pass(Duration.ofMillis(random.nextInt(3000)));
                }
            }
            for (int step = 0; rig.store.backlogRecords(0) > 0; step++) {
                assertThat(step).as("steps until everything is settled").isLessThan(20_000);
                if (rig.open() > 0) {
                    settle(rig, random, bad, taken);
                } else {
                    rig.pass(Duration.ofSeconds(1));
                }
            }
            List<LogRecord> good = new ArrayList<>(all);
            good.removeAll(bad);
            assertThat(rig.dropped(DropReason.REJECTED))
                    .as("log %s", rig.log.lines())
                    .isEqualTo(bad.size());
            assertThat(taken).hasSameSizeAs(good).containsExactlyInAnyOrderElementsOf(good);
            assertThat(rig.store.delivered(0)).isEqualTo(good.size());
            assertThat(rig.store.stored()).isEqualTo(all.size());
        }
    }

    private static void append(
            DeliveryRig rig,
            int loop,
            RandomOtlp otlp,
            Random random,
            List<LogRecord> all,
            Set<LogRecord> bad) {
        byte[] plain = otlp.request(Signal.LOGS, 1 + random.nextInt(20));
        List<LogRecord> records = LogRecords.of(plain);
        all.addAll(records);
        if (random.nextInt(6) == 0) {
            bad.add(records.get(random.nextInt(records.size())));
        }
        if (random.nextBoolean()) {
            rig.append(loop, plain, records.size());
        } else {
            rig.append(loop, Codec.GZIP, gzip(plain), plain.length, records.size());
        }
    }

    /// Any answer that a peer may give.
    private static void answer(
            DeliveryRig rig, Random random, Set<LogRecord> bad, List<LogRecord> taken) {
        switch (random.nextInt(8)) {
            case 0 -> pick(rig, random).answer(retry(0));
            case 1 -> pick(rig, random).answer(retry(Duration.ofSeconds(3).toNanos()));
            case 2 -> {
                Sent sent = pick(rig, random);
                boolean isSmall = records(sent).size() == 1;
                sent.answer(isSmall ? retry(0) : new Outcome.TooLarge("too large"));
            }
            default -> settle(rig, random, bad, taken);
        }
        rig.settle();
    }

    /// The answer of a peer that is up.
    private static void settle(
            DeliveryRig rig, Random random, Set<LogRecord> bad, List<LogRecord> taken) {
        Sent sent = pick(rig, random);
        List<LogRecord> records = records(sent);
        if (records.stream().anyMatch(bad::contains)) {
            sent.answer(new Outcome.Refused(false, "bad"));
        } else {
            taken.addAll(records);
            sent.answer(Outcome.DELIVERED);
        }
        rig.settle();
    }

    private static Sent pick(DeliveryRig rig, Random random) {
        List<Sent> open =
                rig.transports.stream().flatMap(transport -> transport.open.stream()).toList();
        return open.get(random.nextInt(open.size()));
    }

    private static List<LogRecord> records(Sent sent) {
        return LogRecords.of(Inflated.of(sent.codec, sent.bytes));
    }

    private static Outcome retry(long delayNanos) {
        return new Outcome.Retry(Outcome.Cause.UNAVAILABLE, "not now", delayNanos);
    }

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
