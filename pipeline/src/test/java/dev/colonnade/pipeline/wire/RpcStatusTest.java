package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RpcStatusTest {
    private static final long SECOND = 1_000_000_000;
    private static final RpcStatus FULL =
            RpcStatus.retryAfter(GrpcStatus.UNAVAILABLE, "store is full", 2 * SECOND + 5);

    @Test
    void isWrittenAsProtobufWouldWriteIt() throws InvalidProtocolBufferException {
        UnknownFieldSet status = UnknownFieldSet.parseFrom(FULL.toProtobuf());
        assertThat(status.asMap().keySet()).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(status.getField(1).getVarintList()).containsExactly(14L);
        assertThat(status.getField(2).getLengthDelimitedList())
                .containsExactly(ByteString.copyFromUtf8("store is full"));
        Any any = Any.parseFrom(status.getField(3).getLengthDelimitedList().getFirst());
        assertThat(any.getTypeUrl()).isEqualTo("type.googleapis.com/google.rpc.RetryInfo");
        UnknownFieldSet retryInfo = UnknownFieldSet.parseFrom(any.getValue());
        assertThat(Duration.parseFrom(retryInfo.getField(1).getLengthDelimitedList().getFirst()))
                .isEqualTo(Duration.newBuilder().setSeconds(2).setNanos(5).build());
        assertThat(RpcStatus.of(GrpcStatus.OK, "").toProtobuf()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 1, 999_999_999, SECOND, 90 * SECOND + 1, Long.MAX_VALUE})
    void readsWhatItWrites(long delay) {
        for (GrpcStatus code : GrpcStatus.values()) {
            RpcStatus status = new RpcStatus(code, "caf\u00e9 \ud83d\ude00 \"x\"", delay);
            byte[] bytes = status.toProtobuf();
            byte[] framed = new byte[bytes.length + 7];
            System.arraycopy(bytes, 0, framed, 3, bytes.length);
            assertThat(RpcStatus.parse(framed, 3, bytes.length)).contains(status);
            String header = status.toDetailsHeader();
            assertThat(header).doesNotContain("=");
            assertThat(RpcStatus.parseDetailsHeader(header)).contains(status);
            assertThat(RpcStatus.parseDetailsHeader(Base64.getEncoder().encodeToString(bytes)))
                    .contains(status);
        }
    }

    @Test
    void stepsOverOtherDetailsAndUnknownFields() {
        byte[] other =
                Any.newBuilder()
                        .setTypeUrl("type.googleapis.com/google.rpc.DebugInfo")
                        .setValue(ByteString.copyFromUtf8("whatever"))
                        .build()
                        .toByteArray();
        byte[] bytes =
                UnknownFieldSet.newBuilder()
                        .mergeField(3, lengthDelimited(other))
                        .mergeField(9, lengthDelimited(new byte[3]))
                        .build()
                        .toByteArray();
        byte[] joined = Arrays.copyOf(FULL.toProtobuf(), FULL.toProtobuf().length + bytes.length);
        System.arraycopy(bytes, 0, joined, joined.length - bytes.length, bytes.length);
        assertThat(RpcStatus.parse(joined, 0, joined.length)).contains(FULL);
        assertThat(RpcStatus.parse(bytes, 0, bytes.length))
                .contains(RpcStatus.of(GrpcStatus.OK, ""));
    }

    @Test
    void takesARetryInfoWithoutDelayForAnInvitation() {
        byte[] any =
                Any.newBuilder()
                        .setTypeUrl("type.googleapis.com/google.rpc.RetryInfo")
                        .build()
                        .toByteArray();
        byte[] bytes =
                UnknownFieldSet.newBuilder()
                        .mergeField(1, UnknownFieldSet.Field.newBuilder().addVarint(8).build())
                        .mergeField(3, lengthDelimited(any))
                        .build()
                        .toByteArray();
        RpcStatus status = RpcStatus.parse(bytes, 0, bytes.length).orElseThrow();
        assertThat(status).isEqualTo(new RpcStatus(GrpcStatus.RESOURCE_EXHAUSTED, "", 0));
        assertThat(status.isRetryable()).isTrue();
        assertThat(RpcStatus.of(GrpcStatus.RESOURCE_EXHAUSTED, "").isRetryable()).isFalse();
    }

    /// Seconds and nanoseconds as a peer may send them, with a negative sign or out of range.
    @ParameterizedTest
    @CsvSource({
        "-1, 0, 0",
        "0, -5, 0",
        "1, -1, 999999999",
        "9223372036854775807, 0, 9223372036854775807",
        "9223372036, 0, 9223372036854775807",
        "9223372035, 999999999, 9223372035999999999",
    })
    void keepsForeignDelaysInRange(long seconds, int nanos, long expected) {
        byte[] retryInfo =
                UnknownFieldSet.newBuilder()
                        .mergeField(
                                1,
                                lengthDelimited(
                                        Duration.newBuilder()
                                                .setSeconds(seconds)
                                                .setNanos(nanos)
                                                .build()
                                                .toByteArray()))
                        .build()
                        .toByteArray();
        byte[] any =
                Any.newBuilder()
                        .setTypeUrl("type.googleapis.com/google.rpc.RetryInfo")
                        .setValue(ByteString.copyFrom(retryInfo))
                        .build()
                        .toByteArray();
        byte[] bytes =
                UnknownFieldSet.newBuilder()
                        .mergeField(3, lengthDelimited(any))
                        .build()
                        .toByteArray();
        assertThat(RpcStatus.parse(bytes, 0, bytes.length).orElseThrow().retryDelayNanos())
                .isEqualTo(expected);
    }

    @Test
    void answersGarbageWithNothing() {
        SplittableRandom random = new SplittableRandom(1);
        int empty = 0;
        for (int round = 0; round < 5_000; round++) {
            byte[] bytes = FULL.toProtobuf();
            for (int i = 0; i < 4; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Optional<RpcStatus> parsed = RpcStatus.parse(bytes, 0, random.nextInt(bytes.length));
            empty += parsed.isEmpty() ? 1 : 0;
        }
        assertThat(empty).isGreaterThan(1_000);
        assertThat(RpcStatus.parseDetailsHeader("!!!")).isEmpty();
        assertThat(RpcStatus.parse(HexFormat.of().parseHex("0b0c"), 0, 2)).isEmpty();
        assertThat(RpcStatus.parse(HexFormat.of().parseHex("0000"), 0, 2)).isEmpty();
    }

    @Test
    void readsNoStatusAboveTheLimit() {
        byte[] bytes =
                RpcStatus.of(GrpcStatus.INTERNAL, "x".repeat(RpcStatus.BYTES_MAX)).toProtobuf();
        assertThat(RpcStatus.parse(bytes, 0, bytes.length)).isEmpty();
        assertThat(RpcStatus.parseDetailsHeader("A".repeat(RpcStatus.BYTES_MAX + 1))).isEmpty();
        byte[] fits = RpcStatus.of(GrpcStatus.INTERNAL, "x".repeat(9_000)).toProtobuf();
        assertThat(RpcStatus.parse(fits, 0, fits.length).orElseThrow().message())
                .hasSize(GrpcText.MESSAGE_BYTES_MAX);
    }

    @Test
    void writesJsonThatAnyParserReads() {
        assertThat(
                        json(
                                RpcStatus.of(
                                        GrpcStatus.INVALID_ARGUMENT,
                                        "a \"b\" \\ \n\r\t \u0001 \u00e9 \ud83d\ude00")))
                .isEqualTo(
                        "{\"code\":3,\"message\":\"a \\\"b\\\" \\\\ \\n\\r\\t \\u0001 \u00e9"
                                + " \\ud83d\\ude00\"}");
        assertThat(json(FULL))
                .isEqualTo(
                        "{\"code\":14,\"message\":\"store is full\",\"details\":[{\"@type\":"
                                + "\"type.googleapis.com/google.rpc.RetryInfo\","
                                + "\"retryDelay\":\"2.000000005s\"}]}");
        assertThat(json(RpcStatus.retryAfter(GrpcStatus.UNAVAILABLE, "", SECOND)))
                .contains("\"retryDelay\":\"1s\"");
        assertThat(json(RpcStatus.of(GrpcStatus.UNKNOWN, "lone \ud83d")))
                .isEqualTo("{\"code\":2,\"message\":\"lone \\ud83d\"}");
    }

    @Test
    void refusesNegativeDelays() {
        assertThatThrownBy(() -> new RpcStatus(GrpcStatus.UNAVAILABLE, "", -2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("negative delay: nanos=-2");
        assertThat(RpcStatus.retryAfter(GrpcStatus.UNAVAILABLE, "", -2).retryDelayNanos()).isZero();
    }

    private static String json(RpcStatus status) {
        return new String(status.toJson(), StandardCharsets.UTF_8);
    }

    private static UnknownFieldSet.Field lengthDelimited(byte[] bytes) {
        return UnknownFieldSet.Field.newBuilder()
                .addLengthDelimited(ByteString.copyFrom(bytes))
                .build();
    }
}
