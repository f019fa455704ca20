package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.KnownLength;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// grpc-java with the official stubs against the agent.
final class GrpcClientTest {
    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(4317));

    @ParameterizedTest
    @ValueSource(strings = {"identity", "gzip", "zstd"})
    void officialStubsGetTheOfficialAnswers(String compression) {
        ExportLogsServiceRequest logs = otlp.logs(40);
        ExportTraceServiceRequest spans = otlp.spans(40);
        ExportMetricsServiceRequest points = otlp.points(40);
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend))) {
            ManagedChannel channel = GrpcSender.channel(agent.grpcPort());
            try {
                assertThat(
                                LogsServiceGrpc.newBlockingStub(channel)
                                        .withCompression(compression)
                                        .export(logs))
                        .isEqualTo(ExportLogsServiceResponse.getDefaultInstance());
                assertThat(
                                TraceServiceGrpc.newBlockingStub(channel)
                                        .withCompression(compression)
                                        .export(spans))
                        .isEqualTo(ExportTraceServiceResponse.getDefaultInstance());
                assertThat(
                                MetricsServiceGrpc.newBlockingStub(channel)
                                        .withCompression(compression)
                                        .export(points))
                        .isEqualTo(ExportMetricsServiceResponse.getDefaultInstance());
                assertThat(
                                LogsServiceGrpc.newBlockingStub(channel)
                                        .export(ExportLogsServiceRequest.getDefaultInstance()))
                        .as("an empty request is welcome")
                        .isEqualTo(ExportLogsServiceResponse.getDefaultInstance());
            } finally {
                GrpcSender.close(channel);
            }
            agent.awaitDelivered();
            Sent sent = new Sent();
            sent.add(Signal.LOGS, logs.toByteArray());
            sent.add(Signal.TRACES, spans.toByteArray());
            sent.add(Signal.METRICS, points.toByteArray());
            sent.arrivedExactlyAt(backend);
        }
    }

    @Test
    void manyStreamsOfOneConnectionAtOnceAllArrive() throws Exception {
        int streams = 2000;
        Sent sent = new Sent();
        AtomicInteger failures = new AtomicInteger();
        CountDownLatch answered = new CountDownLatch(streams);
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend))) {
            ManagedChannel channel = GrpcSender.channel(agent.grpcPort());
            try {
                LogsServiceGrpc.LogsServiceStub stub =
                        LogsServiceGrpc.newStub(channel).withCompression("gzip");
                for (int stream = 0; stream < streams; stream++) {
                    ExportLogsServiceRequest logs = otlp.logs(1 + stream % 7);
                    sent.add(Signal.LOGS, logs.toByteArray());
                    stub.export(logs, new Counting(answered, failures));
                }
                assertThat(answered.await(Waiting.MAX.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } finally {
                GrpcSender.close(channel);
            }
            assertThat(failures).hasValue(0);
            agent.awaitDelivered();
            sent.arrivedExactlyAt(backend);
        }
    }

    @Test
    void aFullAgentSaysWhenToComeBack() {
        try (Backend backend = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml().through(backend, "sending_queue: {queue_size: 1}"))) {
            ManagedChannel channel = GrpcSender.channel(agent.grpcPort());
            try {
                LogsServiceGrpc.LogsServiceBlockingStub stub =
                        LogsServiceGrpc.newBlockingStub(channel);
                stub.export(otlp.logs(3));
                StatusRuntimeException refused =
                        catchThrowableOfType(
                                StatusRuntimeException.class, () -> stub.export(otlp.logs(3)));
                assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                assertThat(GrpcSender.delay(refused))
                        .isBetween(Duration.ofMillis(1), Duration.ofMinutes(5));
                StatusRuntimeException impatient =
                        catchThrowableOfType(
                                StatusRuntimeException.class,
                                () ->
                                        stub.withDeadlineAfter(Duration.ofMillis(300))
                                                .export(otlp.logs(3)));
                assertThat(impatient.getStatus().getCode())
                        .isIn(Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED);
            } finally {
                GrpcSender.close(channel);
            }
            Scrape scrape = agent.awaitLedger();
            assertThat(scrape.sum("colonnade_requests_refused_total", "reason", "queue"))
                    .isPositive();
            assertThat(scrape.sum("colonnade_records_accepted_total")).isEqualTo(3);
            backend.appear();
            agent.awaitDelivered();
            assertThat(backend.rows(Signal.LOGS)).hasSize(3);
        }
    }

    @Test
    void aDeadlineEndsTheWaitForDeliveryButNotTheDelivery() {
        byte[] request = otlp.request(Signal.TRACES, 5);
        try (Backend backend = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .storage("memory: 32MiB, durability: delivered")
                                        .through(backend));
                GrpcSender sender =
                        new GrpcSender(
                                agent.grpcPort(),
                                CallOptions.DEFAULT.withDeadlineAfter(
                                        500, TimeUnit.MILLISECONDS))) {
            assertThat(sender.send(Signal.TRACES, request, Codec.IDENTITY).status())
                    .isEqualTo(Status.Code.DEADLINE_EXCEEDED.value());
            assertThat(AgentUnderTest.backlog(agent.awaitLedger())).isEqualTo(5);
            backend.appear();
            agent.awaitDelivered();
            Sent sent = new Sent();
            sent.add(Signal.TRACES, request);
            sent.arrivedExactlyAt(backend);
        }
    }

    @Test
    void tooLargeIsNotToBeSentAgain() {
        byte[] large = otlp.request(Signal.LOGS, 4000);
        assertThat(large.length).isGreaterThan(1 << 20);
        byte[] bomb =
                ExportLogsServiceRequest.newBuilder()
                        .setUnknownFields(
                                UnknownFieldSet.newBuilder()
                                        .addField(
                                                15,
                                                UnknownFieldSet.Field.newBuilder()
                                                        .addLengthDelimited(
                                                                ByteString.copyFrom(
                                                                        new byte[6 << 20]))
                                                        .build())
                                        .build())
                        .build()
                        .toByteArray();
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .receiver("otlp", "max_recv_msg_size_mib: 1", "")
                                        .through(backend));
                GrpcSender sender = new GrpcSender(agent.grpcPort())) {
            Sender.Told told = sender.send(Signal.LOGS, large, Codec.IDENTITY);
            assertThat(told.status()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED.value());
            assertThat(told.retryDelay()).isNull();
            Sender.Told inflated = sender.send(Signal.LOGS, bomb, Codec.GZIP);
            assertThat(inflated.status()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED.value());
            assertThat(inflated.retryDelay()).isNull();
            byte[] small = otlp.request(Signal.LOGS, 4);
            assertThat(sender.send(Signal.LOGS, small, Codec.IDENTITY).isAccepted())
                    .as("the connection is still good")
                    .isTrue();
            Scrape scrape = agent.awaitDelivered();
            assertThat(scrape.sum("colonnade_requests_refused_total", "reason", "too_large"))
                    .isEqualTo(2);
            assertThat(backend.rows(Signal.LOGS)).hasSize(4);
        }
    }

    @Test
    void whatIsNotServedIsUnimplementedAndWhatIsNoOtlpIsInvalid() {
        byte[] request = otlp.request(Signal.LOGS, 2);
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .exporter("otlp_grpc", backend)
                                        .pipeline("logs", "otlp_grpc"));
                GrpcSender sender = new GrpcSender(agent.grpcPort())) {
            for (String method :
                    List.of(
                            "no.such.Service/Export",
                            "opentelemetry.proto.collector.logs.v1.LogsService/Import",
                            Backend.method(Signal.TRACES))) {
                Sender.Told told = sender.send(method, request, Codec.IDENTITY);
                assertThat(told.status()).as(method).isEqualTo(Status.Code.UNIMPLEMENTED.value());
            }
            Sender.Told broken =
                    sender.send(Signal.LOGS, new byte[] {10, 127, 1, 2}, Codec.IDENTITY);
            assertThat(broken.status()).isEqualTo(Status.Code.INVALID_ARGUMENT.value());
            assertThat(broken.retryDelay()).isNull();
            assertThat(sender.send(Signal.LOGS, request, Codec.GZIP).isAccepted()).isTrue();
            agent.awaitDelivered();
            assertThat(backend.rows(Signal.LOGS)).hasSize(2);
        }
    }

    @Test
    void metadataOfAllKindsDoesNoHarm() {
        Metadata metadata = new Metadata();
        metadata.put(
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer x");
        metadata.put(
                Metadata.Key.of("trace-bin", Metadata.BINARY_BYTE_MARSHALLER),
                new byte[] {0, 1, 2, -1});
        for (int i = 0; i < 60; i++) {
            metadata.put(
                    Metadata.Key.of("x-many-" + i, Metadata.ASCII_STRING_MARSHALLER),
                    "v".repeat(40));
        }
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml().through(backend, "headers: {x-tenant: blue}"))) {
            ManagedChannel channel = GrpcSender.channel(agent.grpcPort());
            try {
                LogsServiceGrpc.LogsServiceBlockingStub stub =
                        LogsServiceGrpc.newBlockingStub(channel)
                                .withInterceptors(
                                        MetadataUtils.newAttachHeadersInterceptor(metadata));
                for (int i = 0; i < 20; i++) {
                    stub.export(otlp.logs(1));
                }
            } finally {
                GrpcSender.close(channel);
            }
            agent.awaitDelivered();
            assertThat(backend.rows(Signal.LOGS)).hasSize(20);
            assertThat(backend.arrivals())
                    .allSatisfy(arrival ->
                            assertThat(arrival.headers())
                                    .containsEntry("x-tenant", "blue")
                                    .doesNotContainKey("authorization"));
        }
    }

    @Test
    void cancelledInTheMiddleOfAMessageLeavesNothingBehind() throws Exception {
        byte[] large = new byte[8 << 20];
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend))) {
            long before = AgentUnderTest.reserved(agent.scrape());
            ManagedChannel channel = GrpcSender.channel(agent.grpcPort());
            // A message is written to a connection that stands, so that half of it leaves.
            ClientCalls.blockingUnaryCall(
                    channel,
                    GrpcSender.unary(Backend.method(Signal.LOGS)),
                    CallOptions.DEFAULT,
                    new byte[0]);
            MethodDescriptor<byte[], byte[]> halves =
                    GrpcSender.unary(Backend.method(Signal.LOGS)).toBuilder(
                                    new HalfWritten(), GrpcSender.BYTES)
                            .build();
            for (int i = 0; i < 10; i++) {
                ClientCall<byte[], byte[]> call = channel.newCall(halves, CallOptions.DEFAULT);
                CompletableFuture<Status> ended = new CompletableFuture<>();
                ClientCalls.asyncUnaryCall(call, large, new Ending(ended));
                assertThat(ended.get(Waiting.MAX.toSeconds(), TimeUnit.SECONDS).getCode())
                        .isEqualTo(Status.Code.CANCELLED);
            }
            GrpcSender.close(channel);
            agent.await(
                    "connections to end",
                    scrape -> scrape.sum("colonnade_receiver_connections") == 0);
            agent.await(
                    "memory to come back",
                    scrape -> AgentUnderTest.reserved(scrape) <= before + (4 << 20));
            assertThat(backend.arrivals()).isEmpty();
        }
    }

    /// Gives up in the middle: grpc-java has sent what it read, and then resets the stream.
    private static final class HalfWritten implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new HalfStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            throw new UnsupportedOperationException("nobody answers half a message");
        }
    }

    private static final class HalfStream extends ByteArrayInputStream implements KnownLength {
        private final int length;

        HalfStream(byte[] value) {
            super(value, 0, value.length / 2);
            length = value.length;
        }

        @Override
        public synchronized int available() {
            return length;
        }

        @Override
        public synchronized int read(byte[] target, int offset, int most) {
            int bytes = super.read(target, offset, most);
            if (bytes < 0) {
                throw new IllegalStateException("the test changed its mind");
            }
            return bytes;
        }
    }

    private record Ending(CompletableFuture<Status> ended) implements StreamObserver<byte[]> {
        @Override
        public void onNext(byte[] value) {}

        @Override
        public void onError(Throwable failure) {
            ended.complete(Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {
            ended.complete(Status.OK);
        }
    }

    private record Counting(CountDownLatch answered, AtomicInteger failures)
            implements StreamObserver<ExportLogsServiceResponse> {
        @Override
        public void onNext(ExportLogsServiceResponse response) {
            if (response.hasPartialSuccess()) {
                failures.incrementAndGet();
            }
        }

        @Override
        public void onError(Throwable failure) {
            failures.incrementAndGet();
            answered.countDown();
        }

        @Override
        public void onCompleted() {
            answered.countDown();
        }
    }
}
