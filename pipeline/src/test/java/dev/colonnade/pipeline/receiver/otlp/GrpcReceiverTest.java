package dev.colonnade.pipeline.receiver.otlp;

import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.LOGS;
import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.headers;
import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.receiver.otlp.RawGrpc.Answer;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GrpcReceiverTest {
    private static final byte[] SMALL = Payloads.logs(3, 40, 1);
    private static final OtlpReceiverConfig CONFIG =
            new OtlpReceiverConfig(OtlpGrpcConfig.at(new Endpoint("127.0.0.1", 0)), null);

    @Test
    void takesACallAndStoresItsMessageAsItCame() throws Exception {
        try (Rig rig = Rig.with().config(CONFIG).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            Answer answer = grpc.call(SMALL);
            assertThat(answer.status()).isZero();
            assertThat(answer.header(":status")).isEqualTo("200");
            assertThat(answer.header("content-type")).isEqualTo("application/grpc");
            assertThat(answer.data()).isEqualTo(new byte[5]);
            List<Rig.Stored> stored = rig.drain();
            assertThat(stored).hasSize(1);
            assertThat(stored.getFirst().bytes()).isEqualTo(SMALL);
            assertThat(stored.getFirst().records()).isEqualTo(3);
            assertThat(rig.metric(ReceiverMetrics.accepted(Signal.LOGS), "grpc")).isEqualTo(3);
            assertThat(rig.telemetry.count(ReceiverMetrics.ACKNOWLEDGE, "otlp", "grpc"))
                    .isEqualTo(1);
        }
    }

    @Test
    void copiesALargeMessageExactlyOnce() throws Exception {
        byte[] large = Payloads.logs(20_000, 300, 2);
        try (Rig rig = Rig.with().config(CONFIG).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(grpc.call(large).status()).isZero();
            assertThat(rig.metric(ReceiverMetrics.BYTES_RECEIVED, "grpc")).isEqualTo(large.length);
            assertThat(rig.metric(ReceiverMetrics.BYTES_COPIED, "grpc")).isEqualTo(large.length);
            assertThat(rig.drain().getFirst().bytes()).isEqualTo(large);
        }
    }

    @Test
    void servesManyStreamsAtOnce() throws Exception {
        byte[] large = Payloads.logs(500, 300, 2);
        try (Rig rig = Rig.with().loops(2).config(CONFIG).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            List<Integer> streams = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                streams.add(grpc.send(large));
            }
            for (int stream : streams) {
                assertThat(grpc.answer(stream).status()).isZero();
            }
            assertThat(rig.drain())
                    .hasSize(60)
                    .allSatisfy(one -> assertThat(one.bytes()).isEqualTo(large));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void bytesMayComeInAnyPieces(long seed) throws Exception {
        byte[] large = Payloads.logs(500, 300, seed);
        try (Rig rig = Rig.with().config(CONFIG).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort(), null, new Random(seed))) {
            assertThat(grpc.call(SMALL).status()).isZero();
            int stream = grpc.send(large);
            assertThat(grpc.call(SMALL).status()).isZero();
            assertThat(grpc.answer(stream).status()).isZero();
            assertThat(rig.drain())
                    .extracting(one -> one.bytes().length)
                    .containsExactlyInAnyOrder(SMALL.length, large.length, SMALL.length);
        }
    }

    @Test
    void aMessageMayComeByteByByteAndPadded() throws Exception {
        byte[] large = message(Payloads.logs(1000, 300, 3), false);
        try (Rig rig = Rig.with().config(CONFIG).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            int stream = grpc.open(headers(LOGS), false);
            byte[] framed = message(SMALL, false);
            for (int i = 0; i < framed.length; i++) {
                grpc.data(stream, new byte[] {framed[i]}, i + 1 == framed.length);
            }
            assertThat(grpc.answer(stream).status()).isZero();
            int padded = grpc.open(headers(LOGS), false);
            for (int at = 0; at < large.length; at += 5000) {
                int end = Math.min(large.length, at + 5000);
                grpc.data(padded, Arrays.copyOfRange(large, at, end), 200, end == large.length);
            }
            assertThat(grpc.answer(padded).status()).isZero();
            assertThat(rig.drain()).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD", "DEFLATE"})
    void takesEachCodec(Codec codec) throws Exception {
        byte[] large = Payloads.logs(1000, 300, 5);
        byte[] compressed = Payloads.compress(codec, large);
        try (Rig rig = Rig.with().config(CONFIG).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(grpc.call(compressed, "grpc-encoding", codec.label()).status()).isZero();
            int plain = grpc.open(headers(LOGS, "grpc-encoding", codec.label()), false);
            grpc.data(plain, message(SMALL, false), true);
            assertThat(grpc.answer(plain).status()).isZero();
            List<Rig.Stored> stored = rig.drain();
            assertThat(stored.get(0).codec()).isEqualTo(codec);
            assertThat(stored.get(0).bytes()).isEqualTo(compressed);
            assertThat(stored.get(1).codec()).isEqualTo(Codec.IDENTITY);
            assertThat(stored.get(1).bytes()).isEqualTo(SMALL);
        }
    }

    @Test
    void saysWhatItDoesNotServe() throws Exception {
        try (Rig rig = Rig.with().signals(Signal.LOGS).config(CONFIG).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            String traces = LOGS.replace("logs", "trace").replace("Logs", "Trace");
            assertThat(grpc.answer(grpc.open(headers(traces), true)).status()).isEqualTo(12);
            assertThat(grpc.answer(grpc.open(headers("/x"), false)).status()).isEqualTo(12);
            Answer snappy = grpc.call(SMALL, "grpc-encoding", "snappy");
            assertThat(snappy.status()).isEqualTo(12);
            assertThat(snappy.header("grpc-accept-encoding"))
                    .isEqualTo("identity,gzip,zstd,deflate");
            assertThat(grpc.call(SMALL, "content-type", "text/plain").header(":status"))
                    .isEqualTo("415");
            assertThat(grpc.call(SMALL, ":method", "PUT").header(":status")).isEqualTo("405");
            Http2Headers proxied = headers(LOGS);
            proxied.remove("te");
            assertThat(grpc.answer(grpc.open(proxied, true)).message()).contains("te=trailers");
            assertThat(grpc.call(SMALL, "grpc-timeout", "soon").status()).isEqualTo(3);
            assertThat(grpc.call(SMALL).status()).isZero();
            assertThat(rig.drain()).hasSize(1);
        }
    }

    @Test
    void refusesWhatIsMalformed() throws Exception {
        try (Rig rig = Rig.with().config(CONFIG).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(grpc.call(new byte[] {10, 50, 1}).status()).isEqualTo(3);
            assertThat(grpc.answer(raw(grpc, new byte[] {2, 0, 0, 0, 0})).message())
                    .contains("flag");
            byte[] two = Arrays.copyOf(message(SMALL, false), SMALL.length + 12);
            assertThat(grpc.answer(raw(grpc, two)).message()).contains("more than one");
            byte[] cut = Arrays.copyOf(message(SMALL, false), SMALL.length);
            assertThat(grpc.answer(raw(grpc, cut)).message()).contains("ends before");
            assertThat(grpc.answer(raw(grpc, new byte[3])).message()).contains("ends before");
            assertThat(grpc.answer(grpc.open(headers(LOGS), true)).status()).isEqualTo(3);
            assertThat(grpc.answer(raw(grpc, message(SMALL, true))).message()).contains("codec");
            assertThat(grpc.call(SMALL, "grpc-encoding", "gzip").status()).isEqualTo(3);
            assertThat(rig.refused(Refusal.MALFORMED)).isEqualTo(8);
            assertThat(grpc.call(new byte[0]).status()).isZero();
            assertThat(grpc.call(SMALL).status()).isZero();
            assertThat(rig.drain()).hasSize(1);
        }
    }

    private static int raw(RawGrpc grpc, byte[] bytes) throws Exception {
        int stream = grpc.open(headers(LOGS), false);
        grpc.data(stream, bytes, true);
        return stream;
    }
}
