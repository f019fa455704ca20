package dev.colonnade.exporters.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.colonnade.exporters.Encoding;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.exporters.testkit.Backend;
import dev.colonnade.exporters.testkit.Received;
import dev.colonnade.exporters.testkit.Reply;
import dev.colonnade.exporters.testkit.Rig;
import dev.colonnade.exporters.testkit.Script;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.json.OtlpJsonWriter;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// `encoding: json` against backends over real sockets.
@Timeout(60)
final class JsonDeliveryTest {
    private static final Map<String, String> JSON = Map.of("content-type", "application/json");

    static Stream<Arguments> signalsAndCodecs() {
        List<Arguments> all = new ArrayList<>();
        for (Signal signal : Signal.values()) {
            for (Codec codec : Codec.values()) {
                all.add(Arguments.of(signal, codec));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("signalsAndCodecs")
    void deliversWhatWasReceivedAsOneDocument(Signal signal, Codec codec) throws StartException {
        byte[] request = new RandomOtlp(new Random(1)).request(signal, 300);
        Script script = Script.ok();
        try (Backend backend = Backend.http(script, 0, null);
                Rig rig = rig(backend, config -> config.withCompression(codec))) {
            assertThat(Rig.await(rig.append(signal, request, 300))).isEmpty();
            Received received = script.received().getFirst();
            assertThat(received.plain()).isEqualTo(json(signal, request));
            assertThat(received.headers()).containsAllEntriesOf(JSON);
            assertThat(received.encoding()).isEqualTo(codec == Codec.IDENTITY ? "" : codec.label());
            assertThat(rig.metrics().value(ExporterMetrics.sent(signal), Protocol.ID))
                    .isEqualTo(300);
        }
    }

    @Test
    void protobufsOwnReaderUnderstandsIt() throws Exception {
        ExportLogsServiceRequest.Builder logs = ExportLogsServiceRequest.newBuilder();
        logs.addResourceLogsBuilder()
                .addScopeLogsBuilder()
                .addLogRecords(
                        LogRecord.newBuilder()
                                .setTimeUnixNano(1_700_000_000_000_000_001L)
                                .setBody(AnyValue.newBuilder().setStringValue("a \"b\" \u00e9")));
        Script script = Script.ok();
        try (Backend backend = Backend.http(script, 0, null);
                Rig rig = rig(backend, UnaryOperator.identity())) {
            assertThat(Rig.await(rig.append(Signal.LOGS, logs.build().toByteArray(), 1))).isEmpty();
            String text = new String(script.received().getFirst().plain(), StandardCharsets.UTF_8);
            ExportLogsServiceRequest.Builder read = ExportLogsServiceRequest.newBuilder();
            JsonFormat.parser().merge(text, read);
            assertThat(read.build()).isEqualTo(logs.build());
        }
    }

    @Test
    void compressedOriginalsAreWrittenAnew() throws Exception {
        byte[] request = new RandomOtlp(new Random(2)).request(Signal.TRACES, 500);
        Script script = Script.ok();
        try (Backend backend = Backend.http(script, 0, null);
                Rig rig = rig(backend, config -> config.withCompression(Codec.GZIP))) {
            assertThat(
                            Rig.await(
                                    rig.append(
                                            0,
                                            Signal.TRACES,
                                            Codec.GZIP,
                                            gzip(request),
                                            request.length,
                                            500)))
                    .isEmpty();
            assertThat(script.received().getFirst().plain())
                    .isEqualTo(json(Signal.TRACES, request));
        }
    }

    @Test
    void mergesWhatWaitedAndEncodesItOnceHoweverOftenItIsSent() throws Exception {
        RandomOtlp otlp = new RandomOtlp(new Random(4));
        Script script = new Script(_ -> new Reply.Http(503));
        UnaryOperator<OtlpHttpExporterConfig> one =
                config -> config.withQueue(QueueConfig.DEFAULT.withNumConsumers(1));
        try (Backend backend = Backend.http(script, 0, null);
                Rig rig = rig(backend, one)) {
            byte[] first = otlp.request(Signal.LOGS, 5);
            CompletableFuture<Optional<DropReason>> delivered = rig.append(Signal.LOGS, first, 5);
            List<byte[]> rest = new ArrayList<>();
            List<CompletableFuture<Optional<DropReason>>> others = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                byte[] next = otlp.request(Signal.LOGS, 5);
                rest.add(next);
                boolean isPlain = i % 2 == 0;
                others.add(
                        rig.append(
                                0,
                                Signal.LOGS,
                                isPlain ? Codec.IDENTITY : Codec.GZIP,
                                isPlain ? next : gzip(next),
                                next.length,
                                5));
            }
            rig.onLoop(0, () -> {});
            Until.holds(() -> script.received().size() > 2);
            script.become(_ -> Reply.OK);
            assertThat(Rig.await(delivered)).isEmpty();
            for (CompletableFuture<Optional<DropReason>> other : others) {
                assertThat(Rig.await(other)).isEmpty();
            }
            List<Received> all = script.received();
            byte[] once = all.getFirst().body();
            assertThat(all.getFirst().plain()).isEqualTo(json(Signal.LOGS, first));
            assertThat(all.get(1).body()).isEqualTo(once);
            assertThat(all.getLast().plain())
                    .isEqualTo(json(Signal.LOGS, rest.toArray(byte[][]::new)));
            assertThat(rig.metrics().value(ExporterMetrics.FRAMES, Protocol.ID, "encoded"))
                    .isEqualTo(2);
        }
    }

    @Test
    void readsAnswersInJson() throws Exception {
        byte[] request = new RandomOtlp(new Random(5)).request(Signal.LOGS, 10);
        Script script =
                Script.first(
                        answer(503, "{\"code\":14,\"message\":\"not now\"}"),
                        answer(
                                200,
                                "{\"partialSuccess\":{\"rejectedLogRecords\":\"3\","
                                        + "\"errorMessage\":\"three are too old\"}}"));
        try (Backend backend = Backend.http(script, 0, null);
                Rig rig = rig(backend, UnaryOperator.identity())) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 10)))
                    .contains(DropReason.REJECTED);
            assertThat(rig.metrics().value(ExporterMetrics.sent(Signal.LOGS), Protocol.ID))
                    .isEqualTo(7);
            assertThat(rig.log().lines().toString())
                    .contains("not now")
                    .contains("three are too old");
        }
    }

    @Test
    void cutsDownToTheGuiltyRecord() throws Exception {
        RandomOtlp otlp = new RandomOtlp(new Random(6));
        byte[] request = otlp.request(Signal.LOGS, 16);
        Script script =
                new Script(received ->
                        received.number() < 3
                                ? answer(400, "{\"code\":3,\"message\":\"no\"}")
                                : Reply.OK);
        try (Backend backend = Backend.http(script, 0, null);
                Rig rig = rig(backend, UnaryOperator.identity())) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 16))).isEmpty();
            assertThat(rig.store(Signal.LOGS).delivered(0)).isEqualTo(16);
            assertThat(script.received())
                    .allSatisfy(
                            received -> assertThat(received.headers()).containsAllEntriesOf(JSON));
        }
    }

    @Test
    void aDocumentThatMemoryIsTooSmallForIsCut() throws Exception {
        byte[] request = new RandomOtlp(new Random(7)).request(Signal.LOGS, 3000);
        Script script = Script.ok();
        try (Backend backend = Backend.http(script, 0, null)) {
            OtlpHttpExporterConfig at =
                    config(backend.port(), settings -> settings.withCompression(Codec.IDENTITY));
            assertThat(json(Signal.LOGS, request).length).isGreaterThan(300 << 10);
            try (Rig rig =
                    new Rig(
                            1,
                            512 << 10,
                            context -> new OtlpHttpExporter(Protocol.ID, at, context))) {
                assertThat(Rig.await(rig.append(Signal.LOGS, request, 3000))).isEmpty();
                assertThat(rig.store(Signal.LOGS).delivered(0)).isEqualTo(3000);
            }
            assertThat(script.received()).hasSizeGreaterThan(1);
        }
    }

    private static Reply answer(int status, String body) {
        return new Reply.Http(status, JSON, body.getBytes(StandardCharsets.UTF_8));
    }

    private static Rig rig(Backend backend, UnaryOperator<OtlpHttpExporterConfig> change)
            throws StartException {
        OtlpHttpExporterConfig config = config(backend.port(), change);
        return new Rig(context -> new OtlpHttpExporter(Protocol.ID, config, context));
    }

    private static OtlpHttpExporterConfig config(
            int port, UnaryOperator<OtlpHttpExporterConfig> change) {
        return change.apply(
                OtlpHttpExporterConfig.of("http://127.0.0.1:" + port)
                        .withRetry(Protocol.QUICK)
                        .withEncoding(Encoding.JSON));
    }

    private static byte[] json(Signal signal, byte[]... requests) {
        OtlpJsonWriter writer = new OtlpJsonWriter();
        ByteArrayOutputStream document = new ByteArrayOutputStream();
        try (Arena arena = Arena.ofConfined()) {
            writer.begin();
            for (byte[] request : requests) {
                MemorySegment held = arena.allocateFrom(ValueLayout.JAVA_BYTE, request);
                writer.add(held.address(), request.length);
            }
            assertThat(
                            writer.write(
                                    signal,
                                    (chunk, length) -> {
                                        document.write(chunk, 0, length);
                                        return true;
                                    }))
                    .isEqualTo(OtlpJsonWriter.Result.WRITTEN);
        }
        return document.toByteArray();
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }
}
