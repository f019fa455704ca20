package dev.colonnade.benchmarks;

import dev.colonnade.pipeline.wire.ContentType;
import dev.colonnade.pipeline.wire.ExportResponse;
import dev.colonnade.pipeline.wire.GrpcMessage;
import dev.colonnade.pipeline.wire.GrpcStatus;
import dev.colonnade.pipeline.wire.GrpcText;
import dev.colonnade.pipeline.wire.RpcStatus;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Nanoseconds per request for what gRPC adds to it: finding a message of 390 KB in 16 KiB chunks,
/// reading its headers, writing a refusal, reading an answer.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class WireBenchmarkGrpc {
    private static final int MESSAGE = 390_000;
    private static final int CHUNK = 16 * 1024;

    private final Arena arena = Arena.ofShared();
    private final GrpcMessage message = new GrpcMessage();
    private final CharSequence contentType = "application/grpc";
    private final CharSequence timeout = "10S";
    private final byte[] partial = partialSuccess();
    private long stream;

    @Setup
    public void write() {
        stream = arena.allocate(GrpcMessage.PREFIX_BYTES + MESSAGE).address();
        GrpcMessage.writePrefix(stream, false, MESSAGE);
    }

    @TearDown
    public void free() {
        arena.close();
    }

    @Benchmark
    public long frameInChunks() {
        message.reset();
        int end = GrpcMessage.PREFIX_BYTES + MESSAGE;
        for (int at = 0; at < end; at += CHUNK) {
            WireBenchmarkBodies.check(message.accept(stream + at, Math.min(CHUNK, end - at)) >= 0);
        }
        WireBenchmarkBodies.check(message.isComplete() && message.length() == MESSAGE);
        return message.length();
    }

    @Benchmark
    public long readHeaders() {
        WireBenchmarkBodies.check(ContentType.of(contentType) == ContentType.GRPC);
        long nanos = GrpcText.parseTimeout(timeout);
        WireBenchmarkBodies.check(nanos == 10_000_000_000L);
        return nanos;
    }

    @Benchmark
    public String writeRefusal() {
        String header =
                RpcStatus.retryAfter(GrpcStatus.UNAVAILABLE, "store is full", 2_500_000_000L)
                        .toDetailsHeader();
        WireBenchmarkBodies.check(header.length() > 60);
        return header;
    }

    @Benchmark
    public ExportResponse readPartialSuccess() {
        ExportResponse response = ExportResponse.parse(partial, 0, partial.length);
        WireBenchmarkBodies.check(response.rejected() == 3);
        return response;
    }

    @Benchmark
    public ExportLogsServiceResponse protobufReadPartialSuccess() throws IOException {
        ExportLogsServiceResponse response = ExportLogsServiceResponse.parseFrom(partial);
        WireBenchmarkBodies.check(response.getPartialSuccess().getRejectedLogRecords() == 3);
        return response;
    }

    private static byte[] partialSuccess() {
        ExportLogsServiceResponse.Builder response = ExportLogsServiceResponse.newBuilder();
        response.getPartialSuccessBuilder().setRejectedLogRecords(3).setErrorMessage("too old");
        return response.build().toByteArray();
    }
}
