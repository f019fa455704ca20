package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.testkit.OtlpOracle.Row;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Seeded random telemetry of all signals, over all ways in and out.
///
/// Scenario: two gRPC and two HTTP connections send at once; the exporter sends one request at a
/// time. Guarantees: the same records arrive, each as often as it was sent, and those of one
/// connection in the order in which they were sent.
final class RandomTelemetryTest {
    private static final int REQUESTS = 12;

    /// How requests are made larger or smaller on their way.
    enum Batching {
        NONE(""),
        ITEMS(", batch: {flush_timeout: 20ms, min_size: 100, max_size: 150, sizer: items}"),
        BYTES(", batch: {flush_timeout: 20ms, min_size: 20000, max_size: 30000, sizer: bytes}");

        private final String settings;

        Batching(String settings) {
            this.settings = settings;
        }
    }

    static Stream<Arguments> ways() {
        List<Arguments> ways = new ArrayList<>();
        int number = 0;
        for (Codec in : List.of(Codec.IDENTITY, Codec.GZIP, Codec.ZSTD)) {
            for (Codec out : List.of(Codec.IDENTITY, Codec.GZIP, Codec.ZSTD)) {
                for (Backend.Kind kind : List.of(Backend.Kind.GRPC_JAVA, Backend.Kind.HTTP_JDK)) {
                    for (boolean isBatched : new boolean[] {false, true}) {
                        Batching batching =
                                !isBatched
                                        ? Batching.NONE
                                        : number % 4 == 1 ? Batching.ITEMS : Batching.BYTES;
                        ways.add(Arguments.of(in, kind, out, batching, number));
                        number++;
                    }
                }
            }
        }
        return ways.stream();
    }

    @ParameterizedTest(name = "{0} in, {1} {2} out, batch {3}, seed {4}")
    @MethodSource("ways")
    void arrivesOnceAndInOrder(Codec in, Backend.Kind kind, Codec out, Batching batching, int seed)
            throws Exception {
        List<Sent> sent = new ArrayList<>();
        try (Backend backend = Backend.start(kind);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .through(
                                                backend,
                                                "compression: "
                                                        + (out == Codec.IDENTITY
                                                                ? "none"
                                                                : out.label()),
                                                "timeout: 30s",
                                                "sending_queue: {num_consumers: 1"
                                                        + batching.settings
                                                        + "}"))) {
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> all = new ArrayList<>();
                for (int connection = 0; connection < 4; connection++) {
                    int number = connection;
                    Sent own = new Sent();
                    sent.add(own);
                    RandomGenerator random = new SplittableRandom(seed * 100L + number);
                    all.add(
                            threads.submit(() -> {
                                try (Sender sender =
                                        number % 2 == 0
                                                ? new GrpcSender(agent.grpcPort())
                                                : new HttpSender(agent.httpPort())) {
                                    send(sender, number, random, in, own);
                                }
                            }));
                }
                for (Future<?> one : all) {
                    one.get(Waiting.MAX.toSeconds(), TimeUnit.SECONDS);
                }
            }
            Scrape scrape = agent.awaitDelivered();
            assertThat(scrape.sum("colonnade_requests_refused_total")).isZero();
            check(backend, sent);
            checkSizes(backend, batching);
            if (in == out && in != Codec.IDENTITY && batching == Batching.NONE) {
                assertThat(scrape.sum("colonnade_exporter_frames_total", "kind", "passed_through"))
                        .as("bodies that left compressed as they came")
                        .isPositive();
            }
        }
    }

    private static void send(
            Sender sender, int connection, RandomGenerator random, Codec codec, Sent sent) {
        RandomOtlp otlp = new RandomOtlp(random);
        for (int request = 0; request < REQUESTS; request++) {
            Signal signal = Signal.values()[request % Signal.values().length];
            int records = request % 5 == 4 ? 300 : 1 + random.nextInt(40);
            byte[] plain = tagged(signal, otlp.request(signal, records), connection);
            sender.deliver(signal, plain, codec);
            sent.add(signal, plain);
        }
    }

    private static void check(Backend backend, List<Sent> sent) {
        for (Signal signal : Signal.values()) {
            List<Row> arrived = backend.rows(signal);
            List<Row> all = new ArrayList<>();
            for (Sent connection : sent) {
                all.addAll(connection.rows(signal));
                Set<Row> own = new HashSet<>(connection.rows(signal));
                assertThat(
                                arrived.stream()
                                        .filter(own::contains)
                                        .toList()
                                        .equals(connection.rows(signal)))
                        .as("%s of connection %d in order", signal, sent.indexOf(connection))
                        .isTrue();
            }
            Sent.same(signal.label(), all, arrived);
        }
    }

    private static void checkSizes(Backend backend, Batching batching) {
        for (Arrival arrival : backend.taken()) {
            int records = arrival.rows().size();
            switch (batching) {
                case NONE -> {}
                case ITEMS -> assertThat(records).isLessThanOrEqualTo(150);
                case BYTES ->
                        assertThat(arrival.body().length)
                                .as("bytes of %d records", records)
                                .isLessThanOrEqualTo(30_000);
            }
        }
    }

    /// The request with a resource attribute that names the connection.
    private static byte[] tagged(Signal signal, byte[] plain, int connection) {
        try {
            return switch (signal) {
                case LOGS -> {
                    ExportLogsServiceRequest.Builder request =
                            ExportLogsServiceRequest.parseFrom(plain).toBuilder();
                    request.getResourceLogsBuilderList()
                            .forEach(logs -> tag(logs.getResourceBuilder(), connection));
                    yield request.build().toByteArray();
                }
                case TRACES -> {
                    ExportTraceServiceRequest.Builder request =
                            ExportTraceServiceRequest.parseFrom(plain).toBuilder();
                    request.getResourceSpansBuilderList()
                            .forEach(spans -> tag(spans.getResourceBuilder(), connection));
                    yield request.build().toByteArray();
                }
                case METRICS -> {
                    ExportMetricsServiceRequest.Builder request =
                            ExportMetricsServiceRequest.parseFrom(plain).toBuilder();
                    request.getResourceMetricsBuilderList()
                            .forEach(metrics -> tag(metrics.getResourceBuilder(), connection));
                    yield request.build().toByteArray();
                }
            };
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static void tag(Resource.Builder resource, int connection) {
        resource.addAttributes(
                KeyValue.newBuilder()
                        .setKey("connection")
                        .setValue(AnyValue.newBuilder().setIntValue(connection)));
    }
}
