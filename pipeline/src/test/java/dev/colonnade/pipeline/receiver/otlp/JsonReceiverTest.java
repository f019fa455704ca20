package dev.colonnade.pipeline.receiver.otlp;

import static dev.colonnade.pipeline.receiver.otlp.RawHttp.chunk;
import static dev.colonnade.pipeline.receiver.otlp.RawHttp.join;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Body;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.receiver.otlp.RawHttp.Answer;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@SuppressWarnings("StringConcatToTextBlock") // HTTP ends its lines otherwise
final class JsonReceiverTest {
    private static final String LOGS = "/v1/logs";
    private static final byte[] SMALL = Payloads.logs(3, 40, 1);
    private static final byte[] LARGE = Payloads.logs(2000, 300, 2);

    @ParameterizedTest
    @EnumSource
    void storesTheSameRecordsWhateverTheirCompression(Codec codec) throws Exception {
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            for (byte[] request : List.of(SMALL, LARGE)) {
                byte[] body = json(request);
                if (codec != Codec.IDENTITY) {
                    body = Payloads.compress(codec, body);
                }
                Answer answer = post(http, LOGS, body, "content-encoding: " + codec.label());
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.header("content-type")).isEqualTo("application/json");
                assertThat(answer.text()).isEqualTo("{}");
                Rig.Stored stored = rig.drain().getFirst();
                assertThat(stored.codec()).isEqualTo(Codec.IDENTITY);
                assertThat(ExportLogsServiceRequest.parseFrom(stored.bytes()))
                        .isEqualTo(ExportLogsServiceRequest.parseFrom(request));
                assertThat(stored.wireBytes()).isEqualTo(stored.bytes().length);
            }
            assertThat(rig.metric(ReceiverMetrics.accepted(Signal.LOGS), "http")).isEqualTo(2003);
            assertThat(rig.telemetry.count(ReceiverMetrics.ACKNOWLEDGE, "otlp", "http"))
                    .isEqualTo(2);
        }
    }

    @Test
    void takesChunksOfUnknownLength() throws Exception {
        byte[] body = json(LARGE);
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            http.send(head(LOGS, -1, "transfer-encoding: chunked"));
            for (int at = 0; at < body.length; at += 100_000) {
                http.send(chunk(Arrays.copyOfRange(body, at, Math.min(body.length, at + 100_000))));
            }
            assertThat(http.send("0\r\n\r\n").answer().status()).isEqualTo(200);
            assertThat(ExportLogsServiceRequest.parseFrom(rig.drain().getFirst().bytes()))
                    .isEqualTo(ExportLogsServiceRequest.parseFrom(LARGE));
        }
    }

    @Test
    void storesNothingOfARequestWithoutRecords() throws Exception {
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            assertThat(post(http, LOGS, bytes("{}")).status()).isEqualTo(200);
            assertThat(post(http, LOGS, bytes("{\"resourceLogs\":[]}")).text()).isEqualTo("{}");
            assertThat(rig.drain()).isEmpty();
            assertThat(rig.metric(ReceiverMetrics.accepted(Signal.LOGS), "http")).isZero();
        }
    }

    @Test
    void saysWhereADocumentIsWrong() throws Exception {
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            String wrong = "{\"resourceLogs\":[{\n  \"scopeLogs\": 7}]}";
            Answer answer = post(http, LOGS, bytes(wrong));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.header("content-type")).isEqualTo("application/json");
            assertThat(answer.text())
                    .startsWith(
                            "{\"code\":3,\"message\":\"malformed OTLP/JSON: line=2, column=16,");
            Answer zipped =
                    post(
                            http,
                            LOGS,
                            Payloads.compress(Codec.GZIP, bytes(wrong)),
                            "content-encoding: gzip");
            assertThat(zipped.text()).contains("line=2, column=16");
            assertThat(post(http, LOGS, bytes("{\"resourceLogs\":[")).text())
                    .contains("truncated OTLP/JSON: line=1");
            assertThat(post(http, LOGS, new byte[0]).status()).isEqualTo(400);
            assertThat(post(http, LOGS, bytes("no gzip"), "content-encoding: gzip").text())
                    .contains("malformed gzip body");
            Answer encoding = post(http, LOGS, bytes("{}"), "content-encoding: br");
            assertThat(encoding.status()).isEqualTo(400);
            assertThat(encoding.text())
                    .startsWith("{\"code\":3,\"message\":\"unsupported Content-Encoding: br");
            assertThat(post(http, LOGS, json(SMALL)).status()).isEqualTo(200);
            assertThat(rig.refused(Refusal.MALFORMED)).isEqualTo(5);
            assertThat(rig.drain()).hasSize(1);
        }
    }

    @Test
    void refusesMoreThanItsLimits() throws Exception {
        OtlpHttpConfig at = OtlpHttpConfig.at(new Endpoint("127.0.0.1", 0));
        OtlpReceiverConfig narrow =
                new OtlpReceiverConfig(
                        null,
                        new OtlpHttpConfig(
                                at.endpoint(),
                                null,
                                Body.of(10_000),
                                at.connectionsMax(),
                                at.paths(),
                                at.headerBytesMax(),
                                at.readHeaderTimeout(),
                                at.idleTimeout(),
                                at.pace(),
                                null,
                                at.access()));
        byte[] body = json(LARGE);
        try (Rig rig = Rig.with().config(narrow).start()) {
            try (RawHttp http = new RawHttp(rig.httpPort())) {
                Answer large = http.send(head(LOGS, body.length)).answer();
                assertThat(large.status()).isEqualTo(413);
                assertThat(large.text())
                        .startsWith("{\"code\":8,\"message\":\"request is too large");
            }
            try (RawHttp http = new RawHttp(rig.httpPort())) {
                // Documents that deflate well: white space, which becomes nothing, and text.
                byte[] blank = bytes("{" + " ".repeat(50_000) + "}");
                assertThat(compressed(http, blank).status()).isEqualTo(413);
                byte[] nested = bytes("{\"x\":" + "[".repeat(100) + "]".repeat(100) + "}");
                assertThat(compressed(http, nested).status()).isEqualTo(400);
            }
            assertThat(rig.refused(Refusal.TOO_LARGE)).isEqualTo(2);
            assertThat(rig.drain()).isEmpty();
        }
    }

    @Test
    void tellsInJsonWhenToComeBackWhereMemoryIsFull() throws Exception {
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            rig.fillMemory();
            Answer full = post(http, LOGS, json(LARGE));
            assertThat(full.status()).isEqualTo(503);
            assertThat(full.header("retry-after")).isNotEmpty();
            assertThat(full.text()).startsWith("{\"code\":14,").contains("\"retryDelay\":");
            rig.freeMemory();
        }
        try (Rig rig = Rig.start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            assertThat(post(http, LOGS, json(LARGE)).status()).isEqualTo(200);
        }
    }

    private static Answer compressed(RawHttp http, byte[] body) throws Exception {
        return post(http, LOGS, Payloads.compress(Codec.GZIP, body), "content-encoding: gzip");
    }

    private static Answer post(RawHttp http, String path, byte[] body, String... headers)
            throws Exception {
        return http.send(join(head(path, body.length, headers), body)).answer();
    }

    private static byte[] head(String path, long length, String... headers) {
        StringBuilder head = new StringBuilder("POST " + path + " HTTP/1.1\r\nhost: x\r\n");
        head.append("content-type: application/json; charset=utf-8\r\n");
        if (length >= 0) {
            head.append("content-length: ").append(length).append("\r\n");
        }
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return bytes(head.append("\r\n").toString());
    }

    /// What protobuf's own printer makes of it: right for OTLP as long as there are no ids.
    private static byte[] json(byte[] request) throws Exception {
        return bytes(JsonFormat.printer().print(ExportLogsServiceRequest.parseFrom(request)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
