package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.RandomWire;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class SkimTest {
    private static final int ROUNDS = 2_000;

    private final Skim skim = new Skim();

    @ParameterizedTest
    @EnumSource(Signal.class)
    void acceptsAndCountsIntactRequestsAsProtobufDoes(Signal signal)
            throws InvalidProtocolBufferException {
        int records = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            byte[] bytes = new RandomWire(new SplittableRandom(seed)).intact(signal);
            DynamicMessage expected = OtlpOracle.envelopes().parse(signal, bytes);
            try (OffHeapBytes offHeap = OffHeapBytes.copyOf(bytes)) {
                assertThat(skim.skim(signal, offHeap.address(), bytes.length))
                        .as("seed=%d error=%s", seed, skim.error())
                        .isTrue();
            }
            assertCounts(seed, expected, bytes.length);
            records += skim.records();
        }
        assertThat(records).isGreaterThan(ROUNDS);
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void refusesDamagedRequestsExactlyWhenProtobufDoes(Signal signal)
            throws InvalidProtocolBufferException {
        int refused = 0;
        for (int seed = 0; seed < 3 * ROUNDS; seed++) {
            byte[] bytes = new RandomWire(new SplittableRandom(seed)).damaged(signal);
            boolean accepted = OtlpOracle.envelopes().accepts(signal, bytes);
            try (OffHeapBytes offHeap = OffHeapBytes.copyOf(bytes)) {
                assertThat(skim.skim(signal, offHeap.address(), bytes.length))
                        .as("seed=%d error=%s", seed, skim.error())
                        .isEqualTo(accepted);
            }
            assertThat(skim.error().isEmpty()).isEqualTo(accepted);
            if (accepted) {
                assertCounts(seed, OtlpOracle.envelopes().parse(signal, bytes), bytes.length);
            } else {
                refused++;
            }
        }
        assertThat(refused).isBetween(ROUNDS, 3 * ROUNDS - ROUNDS / 4);
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void saysTheSameOfARequestFedInPieces(Signal signal) {
        Skim pieces = new Skim();
        for (int seed = 0; seed < ROUNDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            RandomWire wire = new RandomWire(random);
            byte[] bytes = seed % 2 == 0 ? wire.intact(signal) : wire.damaged(signal);
            int pieceMax = 1 + random.nextInt(random.nextBoolean() ? 3 : 5_000);
            try (OffHeapBytes offHeap = OffHeapBytes.copyOf(bytes);
                    OffHeapBytes piece = OffHeapBytes.allocate(pieceMax + 8)) {
                boolean whole = skim.skim(signal, offHeap.address(), bytes.length);
                assertThat(feedInPieces(pieces, signal, offHeap, piece, pieceMax, random))
                        .as("seed=%d", seed)
                        .isEqualTo(whole);
                assertThat(pieces.error()).isEqualTo(skim.error());
                if (whole) {
                    assertThat(pieces.records()).isEqualTo(skim.records());
                    assertThat(pieces.resources()).isEqualTo(skim.resources());
                    assertThat(pieces.bytes()).isEqualTo(bytes.length);
                }
            }
        }
    }

    private static boolean feedInPieces(
            Skim skim,
            Signal signal,
            OffHeapBytes bytes,
            OffHeapBytes piece,
            int pieceMax,
            SplittableRandom random) {
        skim.begin(signal);
        int at = 0;
        while (at < bytes.length()) {
            int length = Math.min(random.nextInt(pieceMax + 1), bytes.length() - at);
            OffHeap.copy(bytes.address() + at, piece.address(), length);
            OffHeap.putLong(piece.address() + length, random.nextLong());
            if (!skim.feed(piece.address(), length)) {
                assertThat(skim.feed(piece.address(), length)).isFalse();
                return false;
            }
            at += length;
        }
        return skim.finish();
    }

    @Test
    void takesAnEmptyRequest() {
        assertThat(skim.skim(Signal.LOGS, 0, 0)).isTrue();
        assertThat(skim.records()).isZero();
        assertThat(skim.resources()).isZero();
        assertThat(skim.error()).isEmpty();
    }

    /// Request { ResourceLogs { ScopeLogs { one empty record } } } is `0a04 1202 1200`.
    @ParameterizedTest
    @CsvSource({
        "0a0412021200, ''",
        "00, 'malformed OTLP logs: byte=1, within=request, cause=field number is zero'",
        "0a020000, 'malformed OTLP logs: byte=3, within=resource, cause=field number is zero'",
        "0e, 'malformed OTLP logs: byte=1, within=request, cause=no such wire type'",
        "0a0412031200, 'malformed OTLP logs: byte=4, within=resource,"
                + " cause=field passes the end of its message'",
        "0a0412021201, 'malformed OTLP logs: byte=6, within=scope,"
                + " cause=field passes the end of its message'",
        "0a0112, 'truncated OTLP logs: byte=3, within=resource," + " cause=request ends too early'",
        "0a0510, 'truncated OTLP logs: byte=3, within=resource, cause=request ends too early'",
        "0a0412021200 0c, 'malformed OTLP logs: byte=7, within=request,"
                + " cause=group ends that did not start'",
        "0b, 'truncated OTLP logs: byte=1, within=request, cause=request ends too early'",
        "0a010b 0a00, 'malformed OTLP logs: byte=3, within=resource,"
                + " cause=group does not end'",
        "0affffffff0f, 'malformed OTLP logs: byte=6, within=request, cause=length is negative'",
        "10ffffffffffffffffffff01, 'malformed OTLP logs: byte=11, within=request,"
                + " cause=varint is longer than ten bytes'",
        "0a0410ffffff01, 'malformed OTLP logs: byte=6, within=resource,"
                + " cause=varint passes the end of its message'",
    })
    void saysWhatIsWrongAndWhere(String hex, String error) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        try (OffHeapBytes offHeap = OffHeapBytes.copyOf(bytes)) {
            boolean accepted = skim.skim(Signal.LOGS, offHeap.address(), bytes.length);
            assertThat(accepted).isEqualTo(OtlpOracle.envelopes().accepts(Signal.LOGS, bytes));
            assertThat(skim.error()).isEqualTo(error);
        }
    }

    @Test
    void nestsGroupsAsDeepAsProtobufDoes() {
        for (int depth = 98; depth <= 102; depth++) {
            for (boolean within : new boolean[] {false, true}) {
                byte[] groups = new byte[2 * depth];
                for (int i = 0; i < depth; i++) {
                    groups[i] = 0x7b;
                    groups[2 * depth - 1 - i] = 0x7c;
                }
                byte[] bytes = groups;
                if (within) {
                    bytes = new byte[groups.length + 3];
                    bytes[0] = 0x0a;
                    bytes[1] = (byte) ((groups.length & 0x7f) | 0x80);
                    bytes[2] = (byte) (groups.length >>> 7);
                    System.arraycopy(groups, 0, bytes, 3, groups.length);
                }
                try (OffHeapBytes offHeap = OffHeapBytes.copyOf(bytes)) {
                    assertThat(skim.skim(Signal.TRACES, offHeap.address(), bytes.length))
                            .as("depth=%d within=%s", depth, within)
                            .isEqualTo(OtlpOracle.envelopes().accepts(Signal.TRACES, bytes))
                            .isEqualTo(depth + (within ? 1 : 0) <= 100);
                }
            }
        }
    }

    @Test
    void refusesMoreRecordsThanCanBeCounted() {
        Skim small = new Skim(3);
        byte[] three = HexFormat.of().parseHex("0a081206120012001200");
        byte[] four = HexFormat.of().parseHex("0a0a12081200120012001200");
        try (OffHeapBytes fits = OffHeapBytes.copyOf(three);
                OffHeapBytes tooMany = OffHeapBytes.copyOf(four)) {
            assertThat(small.skim(Signal.LOGS, fits.address(), fits.length())).isTrue();
            assertThat(small.skim(Signal.LOGS, tooMany.address(), tooMany.length())).isFalse();
            assertThat(small.error()).contains("cause=more records than can be counted");
            small.begin(Signal.LOGS);
            for (int i = 0; i < four.length && small.feed(tooMany.address() + i, 1); i++) {
                assertThat(i).isLessThan(four.length - 1);
            }
            assertThat(small.finish()).isFalse();
            assertThat(small.error()).contains("cause=more records than can be counted");
        }
    }

    private void assertCounts(int seed, DynamicMessage expected, int length) {
        assertThat(skim.records()).as("seed=%d", seed).isEqualTo(OtlpOracle.records(expected));
        assertThat(skim.resources())
                .as("seed=%d", seed)
                .isEqualTo(
                        expected.getRepeatedFieldCount(
                                expected.getDescriptorForType().getFields().getFirst()));
        assertThat(skim.bytes()).isEqualTo(length);
    }
}
