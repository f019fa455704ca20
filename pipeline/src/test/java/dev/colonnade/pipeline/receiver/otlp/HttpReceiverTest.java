package dev.colonnade.pipeline.receiver.otlp;

import static dev.colonnade.pipeline.receiver.otlp.RawHttp.chunk;
import static dev.colonnade.pipeline.receiver.otlp.RawHttp.head;
import static dev.colonnade.pipeline.receiver.otlp.RawHttp.join;
import static dev.colonnade.pipeline.receiver.otlp.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.otlp.RawHttp.Answer;
import dev.colonnade.pipeline.wire.GrpcStatus;
import dev.colonnade.pipeline.wire.RpcStatus;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("StringConcatToTextBlock") // HTTP ends its lines otherwise
final class HttpReceiverTest {
    private static final String LOGS = "/v1/logs";
    private static final byte[] SMALL = Payloads.logs(3, 40, 1);

    @Test
    void takesARequestAndStoresItAsItCame() throws Exception {
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            Answer answer = http.post(LOGS, SMALL);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type")).isEqualTo("application/x-protobuf");
            assertThat(answer.body()).isEmpty();
            List<Rig.Stored> stored = rig.drain();
            assertThat(stored).hasSize(1);
            assertThat(stored.getFirst().bytes()).isEqualTo(SMALL);
            assertThat(stored.getFirst().records()).isEqualTo(3);
            assertThat(stored.getFirst().signal()).isEqualTo(Signal.LOGS);
            assertThat(rig.metric(ReceiverMetrics.accepted(Signal.LOGS), "http")).isEqualTo(3);
            assertThat(rig.metric(ReceiverMetrics.BYTES_RECEIVED, "http")).isEqualTo(SMALL.length);
            assertThat(rig.telemetry.count(ReceiverMetrics.ACKNOWLEDGE, "otlp", "http"))
                    .isEqualTo(1);
        }
    }

    @Test
    void servesJavasOwnClient() throws Exception {
        try (Rig rig = Rig.with().loops(2).start();
                HttpClient client =
                        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            byte[] large = Payloads.logs(1000, 300, 2);
            for (int i = 0; i < 5; i++) {
                HttpResponse<byte[]> response =
                        client.send(
                                HttpRequest.newBuilder(
                                                URI.create(
                                                        "http://127.0.0.1:"
                                                                + rig.httpPort()
                                                                + LOGS))
                                        .header("content-type", "application/x-protobuf")
                                        .POST(HttpRequest.BodyPublishers.ofByteArray(large))
                                        .build(),
                                HttpResponse.BodyHandlers.ofByteArray());
                assertThat(response.statusCode()).isEqualTo(200);
            }
            assertThat(rig.drain()).allSatisfy(one -> assertThat(one.bytes()).isEqualTo(large));
        }
    }

    @Test
    void copiesNothingOfABodyThatComesAfterItsHead() throws Exception {
        byte[] large = Payloads.logs(5000, 300, 3);
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            http.send(head(LOGS, large.length, "expect: 100-continue"));
            assertThat(http.answer().status()).isEqualTo(100);
            assertThat(http.send(large).answer().status()).isEqualTo(200);
            assertThat(rig.metric(ReceiverMetrics.BYTES_RECEIVED, "http")).isEqualTo(large.length);
            assertThat(rig.metric(ReceiverMetrics.BYTES_COPIED, "http")).isZero();
            assertThat(rig.drain().getFirst().bytes()).isEqualTo(large);
        }
    }

    @Test
    void copiesOnlyWhatCameWithTheHead() throws Exception {
        byte[] large = Payloads.logs(5000, 300, 3);
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            assertThat(http.post(LOGS, large).status()).isEqualTo(200);
            assertThat(rig.metric(ReceiverMetrics.BYTES_COPIED, "http"))
                    .isLessThan(BodyAllocator.HEAD_BYTES);
            assertThat(rig.drain().getFirst().bytes()).isEqualTo(large);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void bytesMayComeInAnyPieces(long seed) throws Exception {
        Random random = new Random(seed);
        byte[] chunked =
                join(
                        head(LOGS, -1, "transfer-encoding: chunked"),
                        chunk(Arrays.copyOf(SMALL, 10)),
                        chunk(Arrays.copyOfRange(SMALL, 10, SMALL.length)),
                        "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] all = join(request(LOGS, SMALL), chunked, request(LOGS, SMALL));
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            int sent = 0;
            while (sent < all.length) {
                int count = Math.min(all.length - sent, 1 + random.nextInt(seed > 2 ? 40 : 3));
                http.send(all, sent, count);
                sent += count;
            }
            for (int i = 0; i < 3; i++) {
                assertThat(http.answer().status()).isEqualTo(200);
            }
            assertThat(rig.drain())
                    .hasSize(3)
                    .allSatisfy(one -> assertThat(one.bytes()).isEqualTo(SMALL));
        }
    }

    @Test
    void answersPipelinedRequestsInOrder() throws Exception {
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            List<byte[]> requests = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                requests.add(request(i % 2 == 0 ? LOGS : "/nowhere", SMALL));
            }
            http.send(join(requests.toArray(byte[][]::new)));
            for (int i = 0; i < 50; i++) {
                assertThat(http.answer().status()).isEqualTo(i % 2 == 0 ? 200 : 404);
            }
            assertThat(rig.drain()).hasSize(25);
        }
    }

    @Test
    void growsForChunksOfUnknownLength() throws Exception {
        byte[] large = Payloads.logs(3000, 300, 4);
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            http.send(head(LOGS, -1, "transfer-encoding: chunked"));
            for (int at = 0; at < large.length; at += 10_000) {
                http.send(chunk(slice(large, at, Math.min(large.length, at + 10_000))));
            }
            assertThat(http.send("0\r\n\r\n").answer().status()).isEqualTo(200);
            assertThat(rig.drain().getFirst().bytes()).isEqualTo(large);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD", "DEFLATE"})
    void keepsTheCompressedOriginalWhereItIsWorthIt(Codec codec) throws Exception {
        byte[] large = Payloads.logs(1000, 300, 5);
        byte[] compressed = Payloads.compress(codec, large);
        byte[] small = Payloads.compress(codec, SMALL);
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            String encoding = "content-encoding: " + codec.label();
            assertThat(http.post(LOGS, compressed, encoding).status()).isEqualTo(200);
            assertThat(http.post(LOGS, small, encoding).status()).isEqualTo(200);
            List<Rig.Stored> stored = rig.drain();
            assertThat(stored.get(0).codec()).isEqualTo(codec);
            assertThat(stored.get(0).bytes()).isEqualTo(compressed);
            assertThat(stored.get(0).records()).isEqualTo(1000);
            assertThat(stored.get(0).wireBytes()).isEqualTo(large.length);
            assertThat(stored.get(1).codec()).isEqualTo(Codec.IDENTITY);
            assertThat(stored.get(1).bytes()).isEqualTo(SMALL);
        }
    }

    @Test
    void storesNothingOfARequestWithoutRecords() throws Exception {
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            assertThat(http.post(LOGS, new byte[0]).status()).isEqualTo(200);
            assertThat(http.post(LOGS, new byte[] {10, 0}).status()).isEqualTo(200);
            assertThat(rig.drain()).isEmpty();
            assertThat(rig.metric(ReceiverMetrics.accepted(Signal.LOGS), "http")).isZero();
        }
    }

    @Test
    void saysWhatItDoesNotServe() throws Exception {
        try (Rig rig = Rig.with().signals(Signal.LOGS).start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            assertThat(http.post("/v1/traces", SMALL).status()).isEqualTo(404);
            assertThat(http.post("/v1/logs/x", SMALL).status()).isEqualTo(404);
            Answer get = http.send("GET /v1/logs HTTP/1.1\r\nhost: x\r\n\r\n").answer();
            assertThat(get.status()).isEqualTo(405);
            assertThat(get.header("allow")).isEqualTo("POST");
            assertThat(get.text()).isEqualTo("405 method not allowed, supported: [POST]");
            assertThat(http.send("HEAD /v1/logs HTTP/1.1\r\nhost: x\r\n\r\n").answer().status())
                    .isEqualTo(405);
            Answer other =
                    http.send(
                                    "POST /v1/logs HTTP/1.1\r\n"
                                            + "host: x\r\n"
                                            + "content-type: text/csv\r\n"
                                            + "content-length: 2\r\n\r\n"
                                            + "{}")
                            .answer();
            assertThat(other.status()).isEqualTo(415);
            assertThat(other.text())
                    .isEqualTo(
                            "415 unsupported media type, supported: [application/json,"
                                    + " application/x-protobuf]");
            Answer encoding = http.post(LOGS, SMALL, "content-encoding: br");
            assertThat(encoding.status()).isEqualTo(400);
            assertThat(status(encoding).message())
                    .isEqualTo(
                            "unsupported Content-Encoding: br, supported:"
                                    + " [identity, gzip, zstd, deflate]");
            assertThat(http.post(LOGS, SMALL, "expect: tea").status()).isEqualTo(417);
            assertThat(http.post(LOGS, SMALL).status()).isEqualTo(200);
            assertThat(http.post("http://collector:4318/v1/logs?x=y", SMALL).status())
                    .isEqualTo(200);
            assertThat(rig.refused(Refusal.UNKNOWN)).isEqualTo(4);
            assertThat(rig.refused(Refusal.UNSUPPORTED)).isEqualTo(3);
        }
    }

    @Test
    void refusesWhatIsMalformed() throws Exception {
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            Answer answer = http.post(LOGS, new byte[] {10, 50, 1});
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.header("content-type")).isEqualTo("application/x-protobuf");
            assertThat(status(answer).code()).isEqualTo(GrpcStatus.INVALID_ARGUMENT);
            assertThat(status(answer).message()).contains("OTLP logs");
            Answer gzip = http.post(LOGS, SMALL, "content-encoding: gzip");
            assertThat(gzip.status()).isEqualTo(400);
            Answer inner =
                    http.post(
                            LOGS,
                            Payloads.compress(Codec.GZIP, new byte[] {10, 50, 1}),
                            "content-encoding: gzip");
            assertThat(inner.status()).isEqualTo(400);
            assertThat(http.post(LOGS, SMALL).status()).isEqualTo(200);
            assertThat(rig.refused(Refusal.MALFORMED)).isEqualTo(3);
            assertThat(rig.drain()).hasSize(1);
        }
    }

    @Test
    void refusesMalformedHeadsAndChunks() throws Exception {
        try (Rig rig = Rig.start()) {
            for (String text :
                    List.of(
                            "nonsense\r\n\r\n",
                            "POST /v1/logs HTTP/1.1\r\ncontent-length: x\r\n\r\n",
                            "POST /v1/logs HTTP/1.1\r\n"
                                    + "content-length: 1\r\n"
                                    + "content-length: 2\r\n\r\n",
                            "POST /v1/logs HTTP/1.1\r\ncontent-type: application/x-protobuf\r\n"
                                    + "transfer-encoding: chunked\r\n\r\nzz\r\n")) {
                try (RawHttp http = new RawHttp(rig.httpPort())) {
                    assertThat(http.send(text).answer().status()).as(text).isEqualTo(400);
                    assertThat(http.isClosedByPeer()).isTrue();
                }
            }
            assertThat(rig.refused(Refusal.MALFORMED)).isEqualTo(4);
        }
    }

    @Test
    void refusesHeadsThatFlood() throws Exception {
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawHttp line = new RawHttp(rig.httpPort())) {
            http.send("POST /v1/logs HTTP/1.1\r\n");
            assertThat(http.send("x: " + "y".repeat(20_000) + "\r\n").answer().status())
                    .isEqualTo(431);
            assertThat(http.isClosedByPeer()).isTrue();
            assertThat(line.send("POST /" + "v".repeat(20_000)).answer().status()).isEqualTo(414);
            assertThat(line.isClosedByPeer()).isTrue();
        }
    }

    private static RpcStatus status(Answer answer) throws Exception {
        assertThat(CodedInputStream.newInstance(answer.body()).readTag()).isEqualTo(8);
        return RpcStatus.parse(answer.body(), 0, answer.body().length).orElseThrow();
    }

    private static byte[] slice(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }
}
