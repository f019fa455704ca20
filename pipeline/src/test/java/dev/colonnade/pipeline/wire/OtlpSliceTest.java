package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.pipeline.testkit.RandomWire;
import dev.colonnade.storage.Signal;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class OtlpSliceTest {
    private static final int ROUNDS = 2_000;

    private final OtlpSlice slice = new OtlpSlice();

    @ParameterizedTest
    @EnumSource(Signal.class)
    void slicesOfAPartitionMakeTheOriginal(Signal signal) throws InvalidProtocolBufferException {
        int cuts = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] bytes = new RandomWire(random).intact(signal);
            DynamicMessage original = OtlpOracle.envelopes().parse(signal, bytes);
            int records = OtlpOracle.records(original);
            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            List<OtlpOracle.Row> rows = new ArrayList<>();
            int from = 0;
            do {
                int to = Math.min(records, from + 1 + random.nextInt(Math.max(1, records)));
                byte[] part = slice(signal, bytes, from, Math.max(to, 1));
                DynamicMessage parsed = OtlpOracle.envelopes().parse(signal, part);
                assertThat(OtlpOracle.records(parsed)).as("seed=%d", seed).isEqualTo(to - from);
                assertThat(OtlpOracle.rest(parsed)).isEqualTo(OtlpOracle.rest(original));
                assertThat(part.length).isLessThanOrEqualTo(bytes.length);
                rows.addAll(OtlpOracle.rows(parsed));
                joined.writeBytes(part);
                from = to;
                cuts++;
            } while (from < records);
            assertThat(rows).as("seed=%d", seed).isEqualTo(OtlpOracle.rows(original));
            assertThat(OtlpOracle.rows(OtlpOracle.envelopes().parse(signal, joined.toByteArray())))
                    .as("seed=%d", seed)
                    .isEqualTo(OtlpOracle.rows(original));
        }
        assertThat(cuts).isGreaterThan(ROUNDS + ROUNDS / 2);
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void everySliceHoldsItsRecordsAndNoOthers(Signal signal) throws InvalidProtocolBufferException {
        for (int seed = 0; seed < ROUNDS / 4; seed++) {
            byte[] bytes = new RandomWire(new SplittableRandom(seed)).intact(signal);
            List<OtlpOracle.Row> records = records(OtlpOracle.envelopes().parse(signal, bytes));
            for (int from = 0; from < Math.min(records.size(), 6); from++) {
                for (int to = from + 1; to <= records.size(); to += 1 + to / 4) {
                    byte[] part = slice(signal, bytes, from, to);
                    assertThat(records(OtlpOracle.envelopes().parse(signal, part)))
                            .as("seed=%d from=%d to=%d", seed, from, to)
                            .isEqualTo(records.subList(from, to));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void wholeOfARequestIsItself(Signal signal) {
        byte[] bytes = new RandomOtlp(new SplittableRandom(1)).request(signal, 100);
        assertThat(slice(signal, bytes, 0, 100)).isEqualTo(bytes);
        assertThat(slice(signal, bytes, 0, Integer.MAX_VALUE)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void cutsRealisticRequestsAtEveryRecord(Signal signal) throws InvalidProtocolBufferException {
        byte[] bytes = new RandomOtlp(new SplittableRandom(2)).request(signal, 60);
        List<OtlpOracle.Row> rows = OtlpOracle.rows(OtlpOracle.whole().parse(signal, bytes));
        for (int to = 1; to < 60; to++) {
            List<OtlpOracle.Row> parts = new ArrayList<>();
            parts.addAll(parsed(signal, slice(signal, bytes, 0, to)));
            assertThat(parts).hasSize(to);
            parts.addAll(parsed(signal, slice(signal, bytes, to, 60)));
            assertThat(parts).isEqualTo(rows);
        }
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void fitsAsManyRecordsAsTheLimitsAllow(Signal signal) {
        for (int seed = 0; seed < ROUNDS / 4; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] bytes = new RandomWire(random).intact(signal);
            try (OffHeapBytes source = OffHeapBytes.copyOf(bytes)) {
                Skim skim = new Skim();
                assertThat(skim.skim(signal, source.address(), bytes.length)).isTrue();
                int records = skim.records();
                if (records == 0) {
                    continue;
                }
                int from = random.nextInt(records);
                int bytesMax = random.nextInt(bytes.length + 10);
                int recordsMax = 1 + random.nextInt(records + 2);
                int to =
                        slice.fit(
                                signal, source.address(), bytes.length, from, bytesMax, recordsMax);
                assertThat(to).isBetween(from + 1, Math.min(records, from + recordsMax));
                int size = slice.size(signal, source.address(), bytes.length, from, to);
                assertThat(size <= bytesMax || to == from + 1).isTrue();
                if (to < records && to - from < recordsMax) {
                    assertThat(slice.size(signal, source.address(), bytes.length, from, to + 1))
                            .as("seed=%d", seed)
                            .isGreaterThan(bytesMax);
                }
            }
        }
    }

    @Test
    void fitKeepsToTheNumberOfRecords() {
        byte[] bytes = new RandomOtlp(new SplittableRandom(3)).request(Signal.LOGS, 50);
        try (OffHeapBytes source = OffHeapBytes.copyOf(bytes)) {
            long address = source.address();
            int length = bytes.length;
            assertThat(slice.fit(Signal.LOGS, address, length, 0, length, 50)).isEqualTo(50);
            assertThat(slice.fit(Signal.LOGS, address, length, 0, length, 1_000)).isEqualTo(50);
            assertThat(slice.fit(Signal.LOGS, address, length, 0, length, 7)).isEqualTo(7);
            assertThat(slice.fit(Signal.LOGS, address, length, 45, length, 7)).isEqualTo(50);
            assertThat(slice.fit(Signal.LOGS, address, length, 45, 0, 7)).isEqualTo(46);
            assertThat(slice.fit(Signal.LOGS, address, length, 49, 0, Integer.MAX_VALUE))
                    .isEqualTo(50);
        }
    }

    @Test
    void saysWhenTheTargetIsTooSmall() {
        byte[] bytes = new RandomOtlp(new SplittableRandom(4)).request(Signal.TRACES, 10);
        try (OffHeapBytes source = OffHeapBytes.copyOf(bytes)) {
            int size = slice.size(Signal.TRACES, source.address(), bytes.length, 2, 5);
            try (OffHeapBytes target = OffHeapBytes.allocate(size - 1)) {
                assertThat(
                                slice.write(
                                        Signal.TRACES,
                                        source.address(),
                                        bytes.length,
                                        2,
                                        5,
                                        target.address(),
                                        target.length()))
                        .isEqualTo(OtlpSlice.TOO_SMALL);
            }
        }
    }

    /// A metric with a gauge that is cleared by a sum of two parts: `temporality` of the second
    /// part counts for the points of the first.
    @Test
    void cutsAMetricAsItsOneofIsRead() throws InvalidProtocolBufferException {
        String gauge = "2a06" + "0a0111" + "0a0112";
        String sum = "3a08" + "0a0121" + "0a0122" + "1001";
        String more = "3a05" + "0a0123" + "1002";
        String name = "0a016d";
        byte[] bytes =
                HexFormat.of().parseHex(wrap("0a", "12", "12").apply(gauge + sum + name + more));
        List<OtlpOracle.Row> rows = records(OtlpOracle.envelopes().parse(Signal.METRICS, bytes));
        assertThat(rows).hasSize(3);
        for (int from = 0; from < 3; from++) {
            byte[] part = slice(Signal.METRICS, bytes, from, from + 1);
            assertThat(records(OtlpOracle.envelopes().parse(Signal.METRICS, part)))
                    .isEqualTo(rows.subList(from, from + 1));
            assertThat(HexFormat.of().formatHex(part)).doesNotContain("2a06").contains("1002");
        }
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void answersForBytesThatWereNeverSkimmed(Signal signal) {
        int refused = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            byte[] bytes = new RandomWire(new SplittableRandom(seed)).damaged(signal);
            try (OffHeapBytes source = OffHeapBytes.copyOf(bytes)) {
                int size = slice.size(signal, source.address(), bytes.length, 0, 3);
                assertThat(size).isBetween(OtlpSlice.MALFORMED, bytes.length);
                int to = slice.fit(signal, source.address(), bytes.length, 1, 100, 10);
                assertThat(to).isBetween(OtlpSlice.MALFORMED, 11);
                refused += size < 0 ? 1 : 0;
            }
        }
        assertThat(refused).isGreaterThan(ROUNDS / 4);
    }

    /// Records with an unknown field behind each scope that is left out: two pieces per scope.
    @Test
    void refusesToCutARequestIntoTooManyPieces() {
        int scopes = 2 * OtlpSlice.PIECES_MAX;
        StringBuilder content = new StringBuilder("12021200");
        content.append("120212002001".repeat(scopes));
        byte[] bytes = HexFormat.of().parseHex(wrap("0a").apply(content.toString()));
        try (OffHeapBytes source = OffHeapBytes.copyOf(bytes)) {
            assertThat(slice.size(Signal.LOGS, source.address(), bytes.length, 0, scopes + 1))
                    .isEqualTo(bytes.length);
            assertThat(slice.size(Signal.LOGS, source.address(), bytes.length, 0, 1))
                    .isEqualTo(OtlpSlice.MALFORMED);
        }
    }

    private static UnaryOperator<String> wrap(String... tags) {
        return content -> {
            String wrapped = content;
            for (int i = tags.length - 1; i >= 0; i--) {
                StringBuilder length = new StringBuilder();
                int rest = wrapped.length() / 2;
                while (rest > 0x7f) {
                    length.append("%02x".formatted((rest & 0x7f) | 0x80));
                    rest >>>= 7;
                }
                wrapped = tags[i] + length + "%02x".formatted(rest) + wrapped;
            }
            return wrapped;
        };
    }

    private static List<OtlpOracle.Row> records(DynamicMessage request) {
        return OtlpOracle.rows(request).stream().filter(OtlpOracle.Row::isRecord).toList();
    }

    private static List<OtlpOracle.Row> parsed(Signal signal, byte[] bytes)
            throws InvalidProtocolBufferException {
        return OtlpOracle.rows(OtlpOracle.whole().parse(signal, bytes));
    }

    private byte[] slice(Signal signal, byte[] bytes, int from, int to) {
        try (OffHeapBytes source = OffHeapBytes.copyOf(bytes)) {
            long address = source.address();
            int size = slice.size(signal, address, bytes.length, from, to);
            assertThat(size).isNotNegative();
            try (OffHeapBytes target = OffHeapBytes.allocate(size)) {
                assertThat(
                                slice.write(
                                        signal,
                                        address,
                                        bytes.length,
                                        from,
                                        to,
                                        target.address(),
                                        size))
                        .isEqualTo(size);
                return target.toArray(size);
            }
        }
    }
}
