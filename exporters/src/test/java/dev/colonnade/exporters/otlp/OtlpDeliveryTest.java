package dev.colonnade.exporters.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.exporters.testkit.Backend;
import dev.colonnade.exporters.testkit.Received;
import dev.colonnade.exporters.testkit.Reply;
import dev.colonnade.exporters.testkit.Rig;
import dev.colonnade.exporters.testkit.Script;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Both OTLP exporters against backends over real sockets: what arrives, and what the ledger says.
@Timeout(60)
final class OtlpDeliveryTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    static Stream<Arguments> protocolsSignalsAndCodecs() {
        List<Arguments> all = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            for (Signal signal : Signal.values()) {
                for (Codec codec : Codec.values()) {
                    all.add(Arguments.of(protocol, signal, codec));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("protocolsSignalsAndCodecs")
    void deliversWhatWasReceived(Protocol protocol, Signal signal, Codec codec)
            throws StartException {
        byte[] request = new RandomOtlp(new Random(1)).request(signal, 300);
        Script script = Script.ok();
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), codec)) {
            assertThat(Rig.await(rig.append(signal, request, 300))).isEmpty();
            assertThat(script.received()).hasSize(1);
            Received received = script.received().getFirst();
            assertThat(received.plain()).isEqualTo(request);
            assertThat(received.encoding()).isEqualTo(codec == Codec.IDENTITY ? "" : codec.label());
            assertThat(received.headers()).containsEntry("user-agent", "Colonnade/test");
            assertThat(received.path())
                    .isEqualTo(protocol == Protocol.HTTP ? "/v1/" + signal.label() : path(signal));
            assertThat(rig.metrics().value(ExporterMetrics.sent(signal), Protocol.ID))
                    .isEqualTo(300);
            assertThat(rig.metrics().value(ExporterMetrics.DELIVERY_SECONDS, Protocol.ID))
                    .isEqualTo(1);
            assertThat(rig.store(signal).delivered(0)).isEqualTo(300);
        }
    }

    @ParameterizedTest
    @MethodSource("protocolsSignalsAndCodecs")
    void compressedOriginalLeavesAsItCameOrIsEncodedAnew(
            Protocol protocol, Signal signal, Codec codec) throws StartException, IOException {
        byte[] request = new RandomOtlp(new Random(2)).request(signal, 500);
        byte[] gzip = gzip(request);
        Script script = Script.ok();
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), codec)) {
            assertThat(Rig.await(rig.append(0, signal, Codec.GZIP, gzip, request.length, 500)))
                    .isEmpty();
            Received received = script.received().getFirst();
            assertThat(received.plain()).isEqualTo(request);
            boolean passes = codec == Codec.GZIP;
            if (passes) {
                assertThat(received.body()).isEqualTo(gzip);
            }
            assertThat(frames(rig, "passed_through")).isEqualTo(passes ? 1 : 0);
            assertThat(frames(rig, "encoded")).isEqualTo(passes ? 0 : 1);
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void encodesOnceHoweverOftenItIsSent(Protocol protocol) throws StartException {
        byte[] request = new RandomOtlp(new Random(3)).request(Signal.LOGS, 100);
        Reply not = protocol.unavailable();
        Script script = Script.first(not, Reply.CLOSE, not, not);
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), Codec.ZSTD)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 100))).isEmpty();
            assertThat(script.received()).hasSizeGreaterThanOrEqualTo(5);
            assertThat(script.received())
                    .allSatisfy(received ->
                            assertThat(received.body())
                                    .isEqualTo(script.received().getFirst().body()));
            assertThat(Zstd.decompress(script.received().getFirst().body(), request.length))
                    .isEqualTo(request);
            assertThat(frames(rig, "encoded")).isEqualTo(1);
            assertThat(rig.metrics().value(ExporterMetrics.RETRIES, Protocol.ID))
                    .isGreaterThanOrEqualTo(3);
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void mergesWhatWaitedByConcatenation(Protocol protocol) throws StartException {
        RandomOtlp otlp = new RandomOtlp(new Random(4));
        Script script = new Script(_ -> protocol.unavailable());
        QueueConfig one = QueueConfig.DEFAULT.withNumConsumers(1);
        try (Backend backend = protocol.backend(script);
                Rig rig =
                        new Rig(
                                protocol.exporter(
                                        backend.port(), Codec.GZIP, one, Protocol.QUICK, LONG))) {
            byte[] first = otlp.request(Signal.LOGS, 5);
            CompletableFuture<Optional<DropReason>> delivered = rig.append(Signal.LOGS, first, 5);
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            List<CompletableFuture<Optional<DropReason>>> others = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                byte[] next = otlp.request(Signal.LOGS, 10);
                rest.writeBytes(next);
                others.add(rig.append(Signal.LOGS, next, 10));
            }
            rig.onLoop(0, () -> script.become(_ -> Reply.OK));
            assertThat(Rig.await(delivered)).isEmpty();
            others.forEach(other -> assertThat(Rig.await(other)).isEmpty());
            List<Received> received = script.received();
            assertThat(received.getLast().plain()).isEqualTo(rest.toByteArray());
            assertThat(received.get(received.size() - 2).plain()).isEqualTo(first);
            assertThat(rig.metrics().value(ExporterMetrics.MERGED, Protocol.ID)).isEqualTo(20);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void dropsExactlyTheGuiltyRecords(Protocol protocol, int seed)
            throws StartException, IOException {
        Random random = new Random(seed);
        RandomOtlp otlp = new RandomOtlp(random);
        int requests = 1 + random.nextInt(12);
        Codec codec = Codec.values()[random.nextInt(Codec.values().length)];
        Codec held = random.nextBoolean() ? Codec.GZIP : Codec.IDENTITY;
        List<byte[]> bodies = new ArrayList<>();
        List<LogRecord> all = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            byte[] body = otlp.request(Signal.LOGS, 1 + random.nextInt(40));
            bodies.add(body);
            all.addAll(records(body));
        }
        Set<Integer> guilty = new TreeSet<>();
        while (guilty.size() < Math.min(all.size(), 1 + random.nextInt(4))) {
            guilty.add(random.nextInt(all.size()));
        }
        List<LogRecord> bad = guilty.stream().map(all::get).toList();
        Script script = new Script(_ -> protocol.unavailable());
        QueueConfig one = QueueConfig.DEFAULT.withNumConsumers(1);
        try (Backend backend = protocol.backend(script);
                Rig rig =
                        new Rig(
                                protocol.exporter(
                                        backend.port(), codec, one, Protocol.QUICK, LONG))) {
            List<CompletableFuture<Optional<DropReason>>> settled = new ArrayList<>();
            for (byte[] body : bodies) {
                byte[] stored = held == Codec.GZIP ? gzip(body) : body;
                settled.add(
                        rig.append(
                                0, Signal.LOGS, held, stored, body.length, records(body).size()));
            }
            List<LogRecord> delivered = new ArrayList<>();
            rig.onLoop(
                    0,
                    () ->
                            script.become(request -> {
                                List<LogRecord> records = records(request.plain());
                                if (records.stream().anyMatch(bad::contains)) {
                                    return protocol.refused();
                                }
                                delivered.addAll(records);
                                return Reply.OK;
                            }));
            settled.forEach(one1 -> Rig.await(one1));
            List<LogRecord> good = new ArrayList<>(all);
            good.removeAll(bad);
            assertThat(delivered).isEqualTo(good);
            assertThat(rig.store(Signal.LOGS).dropped(0, DropReason.REJECTED))
                    .isEqualTo(bad.size());
            assertThat(rig.store(Signal.LOGS).delivered(0)).isEqualTo(good.size());
            assertThat(rig.metrics().value(ExporterMetrics.sent(Signal.LOGS), Protocol.ID))
                    .isEqualTo(good.size());
            assertThat(rig.metrics().value(ExporterMetrics.sendFailed(Signal.LOGS), Protocol.ID))
                    .isEqualTo(bad.size());
        }
    }

    static Stream<Arguments> seeds() {
        List<Arguments> all = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            for (int seed = 0; seed < 25; seed++) {
                all.add(Arguments.of(protocol, seed));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void splitsWhatThePeerCallsTooLarge(Protocol protocol) throws StartException {
        byte[] request = new RandomOtlp(new Random(5)).request(Signal.TRACES, 200);
        int limit = request.length / 5;
        Script script =
                new Script(received ->
                        received.plain().length > limit ? protocol.tooLarge() : Reply.OK);
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), Codec.GZIP)) {
            assertThat(Rig.await(rig.append(Signal.TRACES, request, 200))).isEmpty();
            assertThat(rig.store(Signal.TRACES).delivered(0)).isEqualTo(200);
            assertThat(rig.metrics().value(ExporterMetrics.SPLITS, Protocol.ID)).isPositive();
            assertThat(rig.store(Signal.TRACES).dropped(0, DropReason.REJECTED)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void dropsASingleRecordThatIsTooLarge(Protocol protocol) throws StartException {
        byte[] request = new RandomOtlp(new Random(6)).request(Signal.LOGS, 1);
        Script script = new Script(_ -> protocol.tooLarge());
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), Codec.IDENTITY)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 1)))
                    .contains(DropReason.REJECTED);
            assertThat(script.received()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void countsWhatAPartialSuccessRejects(Protocol protocol) throws StartException {
        byte[] request = new RandomOtlp(new Random(7)).request(Signal.LOGS, 10);
        byte[] answer =
                ExportLogsServiceResponse.newBuilder()
                        .setPartialSuccess(
                                ExportLogsPartialSuccess.newBuilder()
                                        .setRejectedLogRecords(3)
                                        .setErrorMessage("three of them"))
                        .build()
                        .toByteArray();
        Script script = Script.first(new Reply.Body(answer));
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), Codec.IDENTITY)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 10)))
                    .contains(DropReason.REJECTED);
            assertThat(script.received()).hasSize(1);
            assertThat(rig.store(Signal.LOGS).delivered(0)).isEqualTo(7);
            assertThat(rig.store(Signal.LOGS).dropped(0, DropReason.REJECTED)).isEqualTo(3);
            assertThat(rig.log().lines())
                    .anyMatch(line -> line.startsWith("ERROR") && line.contains("three of them"));
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void garbageInASuccessIsStillASuccess(Protocol protocol) throws StartException {
        byte[] request = new RandomOtlp(new Random(8)).request(Signal.LOGS, 10);
        Script script = Script.first(new Reply.Body(new byte[] {-1, -1, -1}));
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), Codec.IDENTITY)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 10))).isEmpty();
            assertThat(script.received()).hasSize(1);
            assertThat(rig.log().lines()).anyMatch(line -> line.contains("cannot be read"));
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void credentialsAreNoReasonToDropRecords(Protocol protocol) throws StartException {
        byte[] request = new RandomOtlp(new Random(9)).request(Signal.LOGS, 10);
        Reply who = protocol.unauthenticated();
        Script script = Script.first(who, who, who);
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), Codec.IDENTITY)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 10))).isEmpty();
            assertThat(script.received()).hasSize(4);
            assertThat(rig.metrics().value(ExporterMetrics.ATTEMPTS, Protocol.ID, "configuration"))
                    .isEqualTo(3);
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aFailingPeerIsAskedAgainAndThenARecordIsGivenUp(Protocol protocol) throws StartException {
        byte[] request = new RandomOtlp(new Random(10)).request(Signal.LOGS, 1);
        Script script = new Script(_ -> protocol.failed());
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), Codec.IDENTITY)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 1)))
                    .contains(DropReason.REJECTED);
            assertThat(script.received()).hasSize(5);
            script.become(_ -> Reply.OK);
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 1))).isEmpty();
        }
    }

    static List<LogRecord> records(byte[] request) {
        try {
            return ExportLogsServiceRequest.parseFrom(request).getResourceLogsList().stream()
                    .flatMap(resource -> resource.getScopeLogsList().stream())
                    .flatMap(scope -> scope.getLogRecordsList().stream())
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }

    private static long frames(Rig rig, String kind) {
        return rig.metrics().value(ExporterMetrics.FRAMES, Protocol.ID, kind);
    }

    private static String path(Signal signal) {
        return switch (signal) {
            case LOGS -> "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
            case TRACES -> "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
            case METRICS -> "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
        };
    }
}
