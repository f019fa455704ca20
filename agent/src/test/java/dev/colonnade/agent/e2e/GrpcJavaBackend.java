package dev.colonnade.agent.e2e;

import com.google.protobuf.Any;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.storage.Signal;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The official stubs on grpc-java's own server.
final class GrpcJavaBackend extends Backend implements ServerInterceptor {
    private static final Context.Key<Map<String, String>> HEADERS = Context.key("headers");

    private @Nullable Server server;

    GrpcJavaBackend() {
        super(Kind.GRPC_JAVA);
    }

    @Override
    synchronized void listen(int port) throws IOException {
        server =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                        .maxInboundMessageSize(64 << 20)
                        .decompressorRegistry(GrpcCodecs.decompressors())
                        .addService(ServerInterceptors.intercept(new Logs(), this))
                        .addService(ServerInterceptors.intercept(new Traces(), this))
                        .addService(ServerInterceptors.intercept(new Metrics(), this))
                        .build()
                        .start();
    }

    @Override
    void vanish() {
        Server present;
        synchronized (this) {
            present = server;
            server = null;
        }
        if (present != null) {
            present.shutdownNow();
            try {
                if (!present.awaitTermination(Waiting.MAX.toSeconds(), TimeUnit.SECONDS)) {
                    throw new AssertionError("backend does not stop");
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata metadata, ServerCallHandler<Q, A> next) {
        Map<String, String> headers = new HashMap<>();
        for (String name : metadata.keys()) {
            if (!name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                headers.put(
                        name,
                        String.valueOf(
                                metadata.get(
                                        Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER))));
            }
        }
        return Contexts.interceptCall(
                Context.current().withValue(HEADERS, headers), call, metadata, next);
    }

    private <A> void answer(
            Signal signal, byte[] plain, StreamObserver<A> observer, Success<A> success) {
        Map<String, String> headers = HEADERS.get();
        String encoding = headers.getOrDefault("grpc-encoding", "identity");
        switch (arrived(signal, plain, encoding, headers)) {
            case Answer.Taken taken -> {
                observer.onNext(success.of(taken));
                observer.onCompleted();
            }
            case Answer.Failed failed ->
                    observer.onError(
                            io.grpc.Status.fromCodeValue(failed.grpcCode())
                                    .withDescription(failed.message())
                                    .asRuntimeException());
            case Answer.Throttle throttle ->
                    observer.onError(StatusProto.toStatusRuntimeException(busy(throttle.delay())));
            case Answer.Hang _ -> {}
            case Answer.ThrottleUntil _, Answer.Close _, Answer.Garbage _ ->
                    throw new IllegalStateException("grpc-java does not do that");
        }
    }

    static Status busy(Duration delay) {
        RetryInfo info =
                RetryInfo.newBuilder()
                        .setRetryDelay(
                                com.google.protobuf.Duration.newBuilder()
                                        .setSeconds(delay.getSeconds())
                                        .setNanos(delay.getNano()))
                        .build();
        return Status.newBuilder()
                .setCode(io.grpc.Status.Code.UNAVAILABLE.value())
                .setMessage("come back later")
                .addDetails(Any.pack(info))
                .build();
    }

    private interface Success<A> {
        A of(Answer.Taken taken);
    }

    private final class Logs extends LogsServiceGrpc.LogsServiceImplBase {
        @Override
        public void export(
                ExportLogsServiceRequest request,
                StreamObserver<ExportLogsServiceResponse> observer) {
            answer(Signal.LOGS, request.toByteArray(), observer, GrpcJavaBackend::logs);
        }
    }

    private final class Traces extends TraceServiceGrpc.TraceServiceImplBase {
        @Override
        public void export(
                ExportTraceServiceRequest request,
                StreamObserver<ExportTraceServiceResponse> observer) {
            answer(Signal.TRACES, request.toByteArray(), observer, GrpcJavaBackend::traces);
        }
    }

    private final class Metrics extends MetricsServiceGrpc.MetricsServiceImplBase {
        @Override
        public void export(
                ExportMetricsServiceRequest request,
                StreamObserver<ExportMetricsServiceResponse> observer) {
            answer(Signal.METRICS, request.toByteArray(), observer, GrpcJavaBackend::metrics);
        }
    }

    static ExportLogsServiceResponse logs(Answer.Taken taken) {
        ExportLogsServiceResponse.Builder response = ExportLogsServiceResponse.newBuilder();
        if (taken.rejected() > 0 || !taken.message().isEmpty()) {
            response.setPartialSuccess(
                    ExportLogsPartialSuccess.newBuilder()
                            .setRejectedLogRecords(taken.rejected())
                            .setErrorMessage(taken.message()));
        }
        return response.build();
    }

    static ExportTraceServiceResponse traces(Answer.Taken taken) {
        ExportTraceServiceResponse.Builder response = ExportTraceServiceResponse.newBuilder();
        if (taken.rejected() > 0 || !taken.message().isEmpty()) {
            response.setPartialSuccess(
                    ExportTracePartialSuccess.newBuilder()
                            .setRejectedSpans(taken.rejected())
                            .setErrorMessage(taken.message()));
        }
        return response.build();
    }

    static ExportMetricsServiceResponse metrics(Answer.Taken taken) {
        ExportMetricsServiceResponse.Builder response = ExportMetricsServiceResponse.newBuilder();
        if (taken.rejected() > 0 || !taken.message().isEmpty()) {
            response.setPartialSuccess(
                    ExportMetricsPartialSuccess.newBuilder()
                            .setRejectedDataPoints(taken.rejected())
                            .setErrorMessage(taken.message()));
        }
        return response.build();
    }

    /// The body of a success over HTTP.
    static byte[] success(Signal signal, Answer.Taken taken) {
        return switch (signal) {
            case LOGS -> logs(taken).toByteArray();
            case TRACES -> traces(taken).toByteArray();
            case METRICS -> metrics(taken).toByteArray();
        };
    }
}
