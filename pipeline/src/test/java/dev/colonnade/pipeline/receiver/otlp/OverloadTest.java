package dev.colonnade.pipeline.receiver.otlp;

import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.LOGS;
import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.headers;
import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.message;
import static dev.colonnade.pipeline.receiver.otlp.RawHttp.chunk;
import static dev.colonnade.pipeline.receiver.otlp.RawHttp.head;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Body;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Pace;
import dev.colonnade.pipeline.wire.RpcStatus;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.QueueLimit;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What happens at each limit, over both protocols; every rig proves at its end that nothing
/// leaked.
final class OverloadTest {
    private static final String PATH = "/v1/logs";
    private static final int MIB = 1 << 20;
    private static final byte[] SMALL = Payloads.logs(3, 40, 1);
    private static final byte[] LARGE = Payloads.logs(1000, 300, 2);
    private static final Endpoint ANYWHERE = new Endpoint("127.0.0.1", 0);
    private static final OtlpReceiverConfig BOTH =
            new OtlpReceiverConfig(OtlpGrpcConfig.at(ANYWHERE), OtlpHttpConfig.at(ANYWHERE));

    private static OtlpReceiverConfig limited(Body body) {
        OtlpGrpcConfig grpc = OtlpGrpcConfig.at(ANYWHERE);
        OtlpHttpConfig http = OtlpHttpConfig.at(ANYWHERE);
        return new OtlpReceiverConfig(
                new OtlpGrpcConfig(
                        ANYWHERE,
                        null,
                        body,
                        grpc.connectionsMax(),
                        grpc.streams(),
                        grpc.keepAlive(),
                        Pace.DEFAULT,
                        grpc.access()),
                new OtlpHttpConfig(
                        ANYWHERE,
                        null,
                        body,
                        http.connectionsMax(),
                        http.paths(),
                        http.headerBytesMax(),
                        http.readHeaderTimeout(),
                        http.idleTimeout(),
                        Pace.DEFAULT,
                        null,
                        http.access()));
    }

    @Test
    void requestsWaitForRoomAndGoOnWhenThereIs() throws Exception {
        try (Rig rig = Rig.with().storeBytes(4 * MIB).config(BOTH).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawHttp chunked = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            rig.fillMemory();
            http.send(RawHttp.request(PATH, LARGE));
            chunked.send(head(PATH, -1, "transfer-encoding: chunked"))
                    .send(chunk(SMALL))
                    .send("0\r\n\r\n");
            int large = grpc.send(LARGE);
            int small = grpc.send(SMALL);
            rig.until(() -> rig.waiters() == 4);
            assertThat(grpc.isAnswered(small)).isFalse();
            rig.freeMemory();
            assertThat(http.answer().status()).isEqualTo(200);
            assertThat(chunked.answer().status()).isEqualTo(200);
            assertThat(grpc.answer(large).status()).isZero();
            assertThat(grpc.answer(small).status()).isZero();
            assertThat(rig.drain())
                    .extracting(one -> one.bytes().length)
                    .containsExactlyInAnyOrder(
                            LARGE.length, SMALL.length, LARGE.length, SMALL.length);
        }
    }

    @Test
    void requestsThatWaitedInVainAreToldWhenToComeBack() throws Exception {
        ManualClock clock = new ManualClock();
        try (Rig rig = Rig.with().storeBytes(4 * MIB).clock(clock).config(BOTH).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            rig.fillMemory();
            http.send(RawHttp.request(PATH, SMALL));
            int hasty = grpc.send(SMALL, "grpc-timeout", "100m");
            int patient = grpc.send(LARGE, "grpc-timeout", "1H");
            rig.until(() -> rig.waiters() == 3);
            clock.advance(Duration.ofMillis(100));
            assertThat(grpc.answer(hasty).status()).isEqualTo(14);
            assertThat(grpc.isAnswered(patient)).isFalse();
            clock.advance(Duration.ofMillis(900));
            RpcStatus details = grpc.answer(patient).details().orElseThrow();
            assertThat(details.isRetryable()).isTrue();
            assertThat(details.retryDelayNanos()).isBetween(800_000_000L, 36_000_000_000L);
            assertThat(grpc.reset(patient)).isZero();
            RawHttp.Answer answer = http.answer();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(Integer.parseInt(answer.header("retry-after"))).isBetween(1, 36);
            RpcStatus status = RpcStatus.parse(answer.body(), 0, answer.body().length).get();
            assertThat(status.hasRetryInfo()).isTrue();
            assertThat(rig.refused(Refusal.MEMORY)).isEqualTo(3);
            rig.freeMemory();
            assertThat(http.post(PATH, SMALL).status()).isEqualTo(200);
            assertThat(grpc.call(LARGE).status()).isZero();
        }
    }

    @Test
    void oneConnectionMayBeRefusedAnyNumberOfTimes() throws Exception {
        OtlpReceiverConfig config =
                new OtlpReceiverConfig(
                        BOTH.grpc(), BOTH.http(), new OtlpReceiverConfig.Waiting(Duration.ZERO, 0));
        try (Rig rig = Rig.with().storeBytes(4 * MIB).config(config).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            rig.fillMemory();
            for (int round = 0; round < 10; round++) {
                List<Integer> streams = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    streams.add(grpc.send(LARGE));
                }
                for (int stream : streams) {
                    assertThat(grpc.answer(stream).status()).isEqualTo(14);
                    assertThat(http.post(PATH, SMALL).status()).isEqualTo(503);
                }
            }
            rig.freeMemory();
            assertThat(grpc.call(LARGE).status()).isZero();
            assertThat(rig.metric(ReceiverMetrics.BYTES_COPIED, "grpc")).isEqualTo(LARGE.length);
            assertThat(rig.refused(Refusal.MEMORY)).isEqualTo(1000);
        }
    }

    @Test
    void aLargeRefusedBodyIsNotReadButItsAnswerIs() throws Exception {
        OtlpReceiverConfig config =
                new OtlpReceiverConfig(
                        null, BOTH.http(), new OtlpReceiverConfig.Waiting(Duration.ZERO, 0));
        byte[] body = new byte[4 * MIB];
        try (Rig rig = Rig.with().storeBytes(4 * MIB).config(config).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawHttp unread = new RawHttp(rig.httpPort())) {
            rig.fillMemory();
            RawHttp.Answer answer = http.post(PATH, body);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(http.isClosedByPeer()).isTrue();
            unread.send(head(PATH, 1000, "expect: 100-continue"));
            assertThat(unread.answer().status()).isEqualTo(503);
            assertThat(unread.isClosedByPeer()).isTrue();
            assertThat(rig.metric(ReceiverMetrics.BYTES_RECEIVED, "http")).isZero();
        }
    }

    @Test
    void whatIsTooLargeIsRefusedBeforeItIsRead() throws Exception {
        Body body = Body.of(10_000);
        try (Rig rig = Rig.with().config(limited(body)).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            RawHttp.Answer answer = http.post(PATH, Arrays.copyOf(LARGE, 10_001));
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.header("retry-after")).isEmpty();
            assertThat(http.post(PATH, SMALL).status()).isEqualTo(200);
            int stream = grpc.open(headers(LOGS), false);
            grpc.data(stream, Arrays.copyOf(message(LARGE, false), 5), false);
            assertThat(grpc.answer(stream).status()).isEqualTo(8);
            assertThat(grpc.answer(stream).details()).isEmpty();
            assertThat(grpc.answer(stream).message())
                    .isEqualTo("request is too large: bytes=" + LARGE.length + ", max=10000");
            assertThat(grpc.reset(stream)).isZero();
            http.send(head(PATH, -1, "transfer-encoding: chunked"))
                    .send(chunk(Arrays.copyOf(LARGE, 9_000)))
                    .send(chunk(new byte[2_000]));
            assertThat(http.answer().status()).isEqualTo(413);
            assertThat(rig.refused(Refusal.TOO_LARGE)).isEqualTo(3);
            assertThat(rig.drain()).hasSize(1);
        }
    }

    @Test
    void bombsAreRefused() throws Exception {
        Body body = new Body(MIB, 8 * MIB, 100, EnumSet.allOf(Codec.class));
        byte[] zeros = new byte[4 * MIB];
        byte[] many = Payloads.logs(40_000, 300, 3);
        try (Rig rig = Rig.with().config(limited(body)).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            byte[] bomb = Payloads.compress(Codec.GZIP, padded(zeros));
            RawHttp.Answer ratio = http.post(PATH, bomb, "content-encoding: gzip");
            assertThat(ratio.status()).isEqualTo(413);
            assertThat(grpc.call(bomb, "grpc-encoding", "gzip").status()).isEqualTo(8);
            byte[] zstd = Payloads.compress(Codec.ZSTD, padded(new byte[16 * MIB]));
            assertThat(http.post(PATH, zstd, "content-encoding: zstd").status()).isEqualTo(413);
            assertThat(many.length).isGreaterThan(8 * MIB);
            assertThat(rig.records()).isZero();
            assertThat(rig.refused(Refusal.TOO_LARGE)).isEqualTo(3);
        }
    }

    /// One unknown field of so many bytes: OTLP that is intact.
    private static byte[] padded(byte[] content) throws Exception {
        return com.google.protobuf.UnknownFieldSet.newBuilder()
                .addField(
                        99,
                        com.google.protobuf.UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(
                                        com.google.protobuf.ByteString.copyFrom(content))
                                .build())
                .build()
                .toByteArray();
    }

    @Test
    void growthThatIsRefusedRefusesTheRequest() throws Exception {
        try (Rig rig = Rig.with().storeBytes(4 * MIB).config(BOTH).start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            http.send(head(PATH, -1, "transfer-encoding: chunked")).send(chunk(slice(LARGE, 100)));
            rig.until(() -> rig.metric(ReceiverMetrics.BYTES_RECEIVED, "http") == 100);
            rig.fillMemory();
            http.send(chunk(Arrays.copyOfRange(LARGE, 100, LARGE.length)));
            assertThat(http.answer().status()).isEqualTo(503);
            assertThat(rig.waiters()).isZero();
        }
    }

    private static byte[] slice(byte[] bytes, int length) {
        return Arrays.copyOf(bytes, length);
    }

    @Test
    void aFullQueueRefusesAndSaysWhenToComeBack() throws Exception {
        QueueLimit queue = new QueueLimit(QueueLimit.Sizer.ITEMS, 4);
        try (Rig rig = Rig.with().queue(queue).config(BOTH).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(http.post(PATH, SMALL).status()).isEqualTo(200);
            RawHttp.Answer full = http.post(PATH, SMALL);
            assertThat(full.status()).isEqualTo(503);
            assertThat(full.header("retry-after")).isNotEmpty();
            RawGrpc.Answer call = grpc.call(SMALL);
            assertThat(call.status()).isEqualTo(14);
            assertThat(call.details().orElseThrow().hasRetryInfo()).isTrue();
            assertThat(http.post(PATH, LARGE).status()).isEqualTo(413);
            assertThat(grpc.call(LARGE).status()).isEqualTo(8);
            assertThat(rig.refused(Refusal.QUEUE)).isEqualTo(2);
            assertThat(rig.metric(ReceiverMetrics.refused(Signal.LOGS), "http")).isEqualTo(1003);
            rig.drain();
            assertThat(http.post(PATH, SMALL).status()).isEqualTo(200);
        }
    }

    @Test
    void keepsTheOriginalWhenThereIsNoRoomForItsInflatedBytes() throws Exception {
        byte[] compressed = Payloads.compress(Codec.GZIP, padded(new byte[300_000]));
        byte[] both = RawHttp.join(SMALL, padded(new byte[300_000]));
        byte[] small = Payloads.compress(Codec.GZIP, both);
        assertThat(small.length).isLessThan(1024);
        assertThat(compressed.length).isLessThan(1024);
        try (Rig rig = Rig.with().storeBytes(4 * MIB).config(BOTH).start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            assertThat(http.post(PATH, SMALL).status()).isEqualTo(200);
            rig.fillMemory();
            assertThat(http.post(PATH, small, "content-encoding: gzip").status()).isEqualTo(200);
            List<Rig.Stored> stored = rig.drain();
            assertThat(stored.getLast().codec()).isEqualTo(Codec.GZIP);
            assertThat(stored.getLast().bytes()).isEqualTo(small);
            assertThat(stored.getLast().wireBytes()).isEqualTo(both.length);
        }
    }

    @Test
    void answersAfterDeliveryWhereThatIsWanted() throws Exception {
        try (Rig rig = Rig.with().durability(Durability.DELIVERED).config(BOTH).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawHttp gone = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            http.send(RawHttp.join(RawHttp.request(PATH, SMALL), RawHttp.request(PATH, LARGE)));
            int stream = grpc.send(SMALL);
            int left = grpc.send(SMALL);
            gone.send(RawHttp.request(PATH, SMALL));
            rig.until(() -> rig.records() == 12);
            assertThat(grpc.isAnswered(stream)).isFalse();
            gone.reset();
            grpc.resetStream(left);
            rig.until(() -> rig.metric(ReceiverMetrics.CONNECTIONS, "http") <= 2);
            rig.drain();
            assertThat(http.answer().status()).isEqualTo(200);
            assertThat(grpc.answer(stream).status()).isZero();
            rig.until(() -> rig.records() == 1000);
            rig.drop(DropReason.REJECTED);
            assertThat(http.answer().status()).isEqualTo(500);
            int dropped = grpc.send(SMALL);
            rig.until(() -> rig.records() == 3);
            rig.drop(DropReason.EVICTED);
            assertThat(grpc.answer(dropped).status()).isEqualTo(14);
            assertThat(rig.refused(Refusal.REJECTED)).isEqualTo(1);
            assertThat(rig.refused(Refusal.DROPPED)).isEqualTo(1);
        }
    }
}
