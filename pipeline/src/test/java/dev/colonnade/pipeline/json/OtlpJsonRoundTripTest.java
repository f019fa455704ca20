package dev.colonnade.pipeline.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.colonnade.pipeline.json.OtlpJsonReader.Status;
import dev.colonnade.pipeline.testkit.OffHeapBytes;
import dev.colonnade.pipeline.testkit.OtlpOracle;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.pipeline.testkit.RandomWire;
import dev.colonnade.pipeline.wire.Skim;
import dev.colonnade.storage.Signal;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Both directions against protobuf-java, with random requests.
final class OtlpJsonRoundTripTest {
    private static final int SEEDS = 60;

    static Stream<Arguments> seeds() {
        return Stream.of(Signal.values())
                .flatMap(signal ->
                        IntStream.range(0, SEEDS).mapToObj(seed -> Arguments.of(signal, seed)));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void meansTheSameAfterThereAndBack(Signal signal, int seed) throws Exception {
        Message sent = new RandomMessages(new Random(seed), true).request(signal);
        try (JsonBench bench = new JsonBench()) {
            String json = bench.write(signal, sent.toByteArray());
            byte[] back = bench.read(signal, json);
            assertThat(parse(signal, back)).isEqualTo(sent);
            assertThat(back.length).isEqualTo(sent.getSerializedSize());
            assertThat(bench.write(signal, back)).isEqualTo(json);
            assertThat(bench.reader().records()).isEqualTo(records(signal, back));
        }
    }

    /// Without ids, which protobuf's own mapping writes in base64, both mappings are one.
    @ParameterizedTest
    @MethodSource("seeds")
    void agreesWithTheMappingOfProtobuf(Signal signal, int seed) throws Exception {
        Message sent = new RandomMessages(new Random(seed), false).request(signal);
        try (JsonBench bench = new JsonBench()) {
            String json = bench.write(signal, sent.toByteArray());
            Message.Builder read = RandomMessages.builder(signal);
            JsonFormat.parser().merge(json, read);
            assertThat(read.build()).isEqualTo(sent);
            assertThat(parse(signal, bench.read(signal, JsonFormat.printer().print(sent))))
                    .isEqualTo(sent);
            String original = JsonFormat.printer().preservingProtoFieldNames().print(sent);
            assertThat(parse(signal, bench.read(signal, original))).isEqualTo(sent);
        }
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void acceptsPiecesOfAnySize(Signal signal) {
        Message sent = new RandomMessages(new Random(3), true).request(signal);
        try (JsonBench bench = new JsonBench()) {
            byte[] json = bench.write(signal, sent.toByteArray()).getBytes(StandardCharsets.UTF_8);
            for (int piece : new int[] {1, 2, 3, 7, 64, 8191, 8192, 8193}) {
                byte[] read = bench.tryRead(signal, json, piece);
                assertThat(bench.status()).isEqualTo(Status.OK);
                assertThat(read).isEqualTo(sent.toByteArray());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Signal.class)
    void carriesWhatSdksSend(Signal signal) throws Exception {
        byte[] sent = new RandomOtlp(new Random(5)).request(signal, 500);
        try (JsonBench bench = new JsonBench()) {
            byte[] back = bench.read(signal, bench.write(signal, sent));
            assertThat(parse(signal, back)).isEqualTo(parse(signal, sent));
            assertThat(bench.reader().records()).isEqualTo(500);
        }
    }

    /// Scenario: bytes that use every freedom of the wire format, such as messages in parts,
    /// several members of a oneof, unknown fields. Guarantees: the document says what protobuf-java
    /// reads, and bytes that it refuses are refused.
    @ParameterizedTest
    @MethodSource("seeds")
    void understandsTheWireAsProtobufDoes(Signal signal, int seed) throws Exception {
        RandomWire wire = new RandomWire(new Random(seed));
        try (JsonBench bench = new JsonBench()) {
            for (int round = 0; round < 20; round++) {
                byte[] bytes = round % 2 == 0 ? wire.intact(signal) : wire.damaged(signal);
                boolean isIntact = OtlpOracle.whole().accepts(signal, bytes);
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                OtlpJsonWriter.Result result;
                try (OffHeapBytes input = OffHeapBytes.copyOf(bytes)) {
                    result =
                            bench.writer()
                                    .write(
                                            signal,
                                            input.address(),
                                            input.length(),
                                            JsonBench.into(out));
                }
                if (isIntact && isUtf8(signal, bytes)) {
                    assertThat(result)
                            .as(bench.writer().error())
                            .isEqualTo(OtlpJsonWriter.Result.WRITTEN);
                    assertThat(bench.writer().error()).isEmpty();
                    compare(bench, signal, bytes, out.toString(StandardCharsets.UTF_8));
                }
                if (result == OtlpJsonWriter.Result.MALFORMED) {
                    assertThat(isIntact).as(bench.writer().error()).isFalse();
                    assertThat(bench.writer().error()).startsWith("malformed OTLP: byte=");
                }
            }
        }
    }

    private static void compare(JsonBench bench, Signal signal, byte[] bytes, String json)
            throws Exception {
        byte[] read = bench.tryRead(signal, json.getBytes(StandardCharsets.UTF_8), 1 << 20);
        if (bench.status() == Status.OK) {
            String expected = bench.write(signal, parse(signal, bytes).toByteArray());
            assertThat(json).isEqualTo(expected);
            assertThat(bench.write(signal, read)).isEqualTo(expected);
        } else {
            // Ids of a length that JSON has no way to say.
            assertThat(bench.reader().error()).contains("hex id has a wrong length");
        }
    }

    private static boolean isUtf8(Signal signal, byte[] bytes) {
        try {
            parse(signal, bytes);
            return true;
        } catch (InvalidProtocolBufferException refused) {
            return false;
        }
    }

    private static Message parse(Signal signal, byte[] bytes)
            throws InvalidProtocolBufferException {
        return RandomMessages.builder(signal).mergeFrom(bytes).build();
    }

    private static int records(Signal signal, byte[] bytes) {
        Skim skim = new Skim();
        try (OffHeapBytes input = OffHeapBytes.copyOf(bytes)) {
            assertThat(skim.skim(signal, input.address(), input.length())).isTrue();
        }
        return skim.records();
    }
}
