package dev.colonnade.exporters.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.ExporterMetrics;
import dev.colonnade.exporters.HttpClientConfig;
import dev.colonnade.exporters.KeepaliveConfig;
import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.QueueConfig;
import dev.colonnade.exporters.RetryConfig;
import dev.colonnade.exporters.TlsClientConfig;
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
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Backends that hang, close, talk nonsense, are absent and come later: nothing is lost, nothing
/// throws, nothing leaks.
@Timeout(60)
final class BrokenBackendTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final byte[] request = new RandomOtlp(new Random(1)).request(Signal.LOGS, 50);

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aRequestWithoutAnAnswerIsSentAgain(Protocol protocol) throws StartException {
        Script script = Script.first(Reply.HANG);
        try (Backend backend = protocol.backend(script);
                Rig rig =
                        new Rig(
                                protocol.exporter(
                                        backend.port(),
                                        Codec.GZIP,
                                        QueueConfig.DEFAULT,
                                        Protocol.QUICK,
                                        SHORT))) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            assertThat(script.received()).hasSize(2);
            assertThat(attempts(rig, "timeout")).isEqualTo(1);
            assertThat(rig.log().lines())
                    .anyMatch(line -> line.contains("no answer within 200 ms"))
                    .anyMatch(line -> line.startsWith("INFO delivering again"));
        }
    }

    @ParameterizedTest
    @CsvSource({"GRPC,CLOSE", "GRPC,RESET", "GRPC,GOAWAY", "GRPC,RAW", "HTTP,CLOSE", "HTTP,RAW"})
    void aBrokenConnectionIsMadeAnew(Protocol protocol, String fault) throws StartException {
        Reply broken =
                switch (fault) {
                    case "CLOSE" -> Reply.CLOSE;
                    case "RESET" -> Reply.RESET;
                    case "GOAWAY" -> new Reply.GoAway();
                    default ->
                            new Reply.Raw(
                                    "\1\2\3 this is no answer at all\r\n\r\n"
                                            .getBytes(StandardCharsets.US_ASCII));
                };
        Script script = Script.first(broken, broken);
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), Codec.ZSTD)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            assertThat(script.received()).hasSize(3);
            assertThat(script.received().getLast().plain()).isEqualTo(request);
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aBackendThatComesLaterGetsEverything(Protocol protocol) throws StartException {
        int port = Backend.unusedPort();
        try (Rig rig = protocol.rig(port, Codec.GZIP)) {
            List<CompletableFuture<Optional<DropReason>>> settled = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                settled.add(rig.append(Signal.LOGS, request, 50));
            }
            Until.holds(() -> attempts(rig, "unavailable") > 2);
            assertThat(rig.metrics().value(ExporterMetrics.UP, Protocol.ID)).isZero();
            Script script = Script.ok();
            try (Backend backend = protocol.backend(script, port)) {
                settled.forEach(one -> assertThat(Rig.await(one)).isEmpty());
                assertThat(rig.metrics().value(ExporterMetrics.UP, Protocol.ID)).isEqualTo(1);
                assertThat(rig.store(Signal.LOGS).delivered(0)).isEqualTo(5000);
                assertThat(backend.connections()).isPositive();
                rig.closeExporter();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void closingGivesBackWhatHasNoAnswer(Protocol protocol) throws StartException {
        CountDownLatch arrived = new CountDownLatch(1);
        Script script =
                new Script(_ -> {
                    arrived.countDown();
                    return Reply.HANG;
                });
        try (Backend backend = protocol.backend(script);
                Rig rig = protocol.rig(backend.port(), Codec.GZIP)) {
            CompletableFuture<Optional<DropReason>> settled = rig.append(Signal.LOGS, request, 50);
            Until.holds(() -> arrived.getCount() == 0);
            rig.closeExporter();
            assertThat(settled).isNotDone();
            assertThat(rig.store(Signal.LOGS).backlogRecords(0)).isEqualTo(50);
            assertThat(rig.store(Signal.LOGS).dropped(0, DropReason.SHUTDOWN)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void neverMoreThanOneProbeWhileDown(Protocol protocol) throws StartException {
        AtomicInteger failures = new AtomicInteger();
        Script script =
                new Script(
                        _ -> failures.incrementAndGet() <= 12 ? protocol.unavailable() : Reply.OK);
        try (Backend backend = protocol.backend(script);
                Rig rig =
                        new Rig(
                                2,
                                4 << 20,
                                protocol.exporter(
                                        backend.port(),
                                        Codec.GZIP,
                                        QueueConfig.DEFAULT.withNumConsumers(4),
                                        RetryConfig.DEFAULT.withIntervals(
                                                Duration.ofMillis(50), Duration.ofMillis(50)),
                                        LONG))) {
            List<CompletableFuture<Optional<DropReason>>> settled = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                settled.add(
                        rig.append(
                                i % 2, Signal.LOGS, Codec.IDENTITY, request, request.length, 50));
            }
            settled.forEach(one -> assertThat(Rig.await(one)).isEmpty());
            // At most what was under way when the first failed, and then one at a time.
            assertThat(failures.get()).isGreaterThan(12);
            assertThat(rig.store(Signal.LOGS).delivered(0)).isEqualTo(2000);
        }
    }

    @ParameterizedTest
    @CsvSource({"GRPC,1", "GRPC,2", "GRPC,3", "HTTP,1", "HTTP,2", "HTTP,3"})
    void oneConsumerKeepsTheOrderWhateverFails(Protocol protocol, int seed) throws StartException {
        Random random = new Random(seed);
        List<byte[]> taken = new ArrayList<>();
        Script script =
                new Script(received -> {
                    int fault = random.nextInt(8);
                    if (fault == 0) {
                        return protocol.unavailable();
                    }
                    if (fault == 1) {
                        return Reply.CLOSE;
                    }
                    taken.add(received.plain());
                    return Reply.OK;
                });
        try (Backend backend = protocol.backend(script);
                Rig rig =
                        new Rig(
                                protocol.exporter(
                                        backend.port(),
                                        Codec.IDENTITY,
                                        QueueConfig.DEFAULT.withNumConsumers(1),
                                        Protocol.QUICK,
                                        LONG))) {
            RandomOtlp otlp = new RandomOtlp(random);
            List<byte[]> sent = new ArrayList<>();
            List<CompletableFuture<Optional<DropReason>>> settled = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                byte[] next = otlp.request(Signal.LOGS, 3);
                sent.add(next);
                settled.add(rig.append(Signal.LOGS, next, 3));
            }
            settled.forEach(one -> assertThat(Rig.await(one)).isEmpty());
            assertThat(join(taken)).isEqualTo(join(sent));
        }
    }

    @Test
    void aKeptConnectionThatWasClosedCostsNoFailure() throws StartException {
        Script script = Script.ok();
        try (Backend backend = Backend.http(script);
                Rig rig = Protocol.HTTP.rig(backend.port(), Codec.IDENTITY)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            script.become(received -> received.connection() == 0 ? Reply.CLOSE : Reply.OK);
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            assertThat(attempts(rig, "unavailable")).isZero();
            assertThat(backend.connections()).isEqualTo(2);
        }
    }

    @Test
    void aConnectionThatWorkedAndEndedCostsNoFailureOverGrpc() throws StartException {
        Script script = Script.ok();
        try (Backend backend = Backend.grpc(script);
                Rig rig = Protocol.GRPC.rig(backend.port(), Codec.IDENTITY)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            script.become(received -> received.connection() == 0 ? new Reply.GoAway() : Reply.OK);
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            assertThat(attempts(rig, "unavailable")).isZero();
            assertThat(backend.connections()).isEqualTo(2);
        }
    }

    @Test
    void fewStreamsMeanMoreConnections() throws StartException {
        CountDownLatch four = new CountDownLatch(4);
        Script script =
                new Script(_ -> {
                    four.countDown();
                    return Reply.HANG;
                });
        try (Backend backend = Backend.grpc(script, 0, null, 2);
                Rig rig = Protocol.GRPC.rig(backend.port(), Codec.IDENTITY)) {
            for (int i = 0; i < 4; i++) {
                CompletableFuture<Optional<DropReason>> _ = rig.append(Signal.LOGS, request, 50);
                int seen = i + 1;
                Until.holds(() -> script.received().size() == seen);
            }
            assertThat(backend.connections()).isEqualTo(2);
            assertThat(script.received().stream().map(Received::connection).distinct()).hasSize(2);
        }
    }

    @Test
    void aRedirectIsNotFollowed() throws StartException {
        Script script = Script.first(new Reply.Http(301, "location", "http://elsewhere/"));
        try (Backend backend = Backend.http(script);
                Rig rig = Protocol.HTTP.rig(backend.port(), Codec.IDENTITY)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            assertThat(script.received()).hasSize(2);
            assertThat(rig.log().lines())
                    .anyMatch(line -> line.contains("redirects are not followed"));
        }
    }

    @Test
    void idleConnectionsEnd() throws StartException {
        HttpClientConfig client = new HttpClientConfig(100, 0, Duration.ofMillis(20), false);
        Script script = Script.ok();
        CountDownLatch ended = new CountDownLatch(1);
        try (Backend backend =
                        Backend.http(
                                script,
                                0,
                                null,
                                new ChannelInboundHandlerAdapter() {
                                    @Override
                                    public boolean isSharable() {
                                        return true;
                                    }

                                    @Override
                                    public void channelInactive(ChannelHandlerContext context) {
                                        ended.countDown();
                                        context.fireChannelInactive();
                                    }
                                });
                Rig rig =
                        new Rig(context ->
                                new OtlpHttpExporter(
                                        Protocol.ID,
                                        OtlpHttpExporterConfig.of(
                                                        "http://127.0.0.1:" + backend.port())
                                                .withClient(client),
                                        context))) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            Until.holds(() -> ended.getCount() == 0);
        }
    }

    @Test
    void aPeerThatDoesNotAnswerPingsIsGivenUp() throws StartException {
        AtomicInteger connections = new AtomicInteger();
        // Speaks the first words of HTTP/2, an empty SETTINGS frame, and nothing more.
        try (Backend backend =
                        Backend.of(_ -> {
                            connections.incrementAndGet();
                            return new ChannelInboundHandlerAdapter() {
                                @Override
                                public void channelActive(ChannelHandlerContext on) {
                                    byte[] settings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
                                    assertThat(on.writeAndFlush(Unpooled.wrappedBuffer(settings)))
                                            .isNotNull();
                                }

                                @Override
                                public void channelRead(ChannelHandlerContext on, Object bytes) {
                                    ReferenceCountUtil.release(bytes);
                                }
                            };
                        });
                Rig rig =
                        new Rig(context ->
                                new OtlpGrpcExporter(
                                        Protocol.ID,
                                        OtlpGrpcExporterConfig.of("127.0.0.1:" + backend.port())
                                                .withTls(TlsClientConfig.INSECURE)
                                                .withRetry(Protocol.QUICK)
                                                .withTimeout(LONG)
                                                .withKeepalive(
                                                        KeepaliveConfig.DEFAULT.withTimes(
                                                                Duration.ofMillis(20),
                                                                Duration.ofMillis(20))),
                                        context))) {
            CompletableFuture<Optional<DropReason>> settled = rig.append(Signal.LOGS, request, 50);
            Until.holds(() -> connections.get() > 2);
            assertThat(rig.log().lines()).anyMatch(line -> line.contains("keepalive ping"));
            assertThat(settled).isNotDone();
        }
    }

    @Test
    void anAnswerThatIsNotGrpcBlamesNoRecord() throws StartException {
        Script script = Script.first(new Reply.Http(404), new Reply.Http(502));
        try (Backend backend = Backend.grpc(script);
                Rig rig = Protocol.GRPC.rig(backend.port(), Codec.IDENTITY)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            assertThat(script.received()).hasSize(3);
            assertThat(rig.log().lines()).anyMatch(line -> line.contains("not a gRPC answer"));
        }
    }

    private static long attempts(Rig rig, String outcome) {
        return rig.metrics().value(ExporterMetrics.ATTEMPTS, Protocol.ID, outcome);
    }

    private static byte[] join(List<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
