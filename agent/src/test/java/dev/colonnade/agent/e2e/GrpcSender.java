package dev.colonnade.agent.e2e;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// grpc-java with bytes for messages.
final class GrpcSender extends Sender {
    static final MethodDescriptor.Marshaller<byte[]> BYTES =
            new MethodDescriptor.Marshaller<>() {
                @Override
                public InputStream stream(byte[] value) {
                    return new ByteArrayInputStream(value);
                }

                @Override
                public byte[] parse(InputStream stream) {
                    try {
                        return stream.readAllBytes();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            };

    private final ManagedChannel channel;
    private final CallOptions options;

    GrpcSender(int port) {
        this(port, CallOptions.DEFAULT);
    }

    GrpcSender(int port, CallOptions options) {
        channel = channel(port);
        this.options = options;
    }

    /// A connection, without TLS and without retries of its own.
    static ManagedChannel channel(int port) {
        return NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .disableRetry()
                .compressorRegistry(GrpcCodecs.compressors())
                .build();
    }

    @Override
    Told send(Signal signal, byte[] plain, Codec codec) {
        return send(Backend.method(signal), plain, codec);
    }

    /// Calls any method.
    Told send(String method, byte[] plain, Codec codec) {
        CallOptions with =
                codec == Codec.IDENTITY ? options : options.withCompression(codec.label());
        try {
            byte[] answer = ClientCalls.blockingUnaryCall(channel, unary(method), with, plain);
            return new Told(answer.length == 0, 0, null, "");
        } catch (StatusRuntimeException e) {
            return new Told(
                    false,
                    e.getStatus().getCode().value(),
                    delay(e),
                    String.valueOf(e.getStatus().getDescription()));
        }
    }

    /// A method that takes bytes and answers with bytes.
    static MethodDescriptor<byte[], byte[]> unary(String method) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(method)
                .setRequestMarshaller(BYTES)
                .setResponseMarshaller(BYTES)
                .build();
    }

    /// The delay in the status's details, read as grpc-java reads it; null when there is none.
    static @Nullable Duration delay(StatusRuntimeException e) {
        com.google.rpc.Status status = StatusProto.fromThrowable(e);
        if (status == null) {
            return null;
        }
        for (Any detail : status.getDetailsList()) {
            if (detail.is(RetryInfo.class)) {
                try {
                    com.google.protobuf.Duration delay =
                            detail.unpack(RetryInfo.class).getRetryDelay();
                    return Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
                } catch (InvalidProtocolBufferException broken) {
                    throw new AssertionError(broken);
                }
            }
        }
        return null;
    }

    @Override
    public void close() {
        close(channel);
    }

    static void close(ManagedChannel channel) {
        channel.shutdownNow();
        try {
            if (!channel.awaitTermination(Waiting.MAX.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("channel does not end");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
