package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.wire.ContentType;
import dev.colonnade.pipeline.wire.GrpcMessage;
import dev.colonnade.pipeline.wire.GrpcText;
import dev.colonnade.pipeline.wire.RpcStatus;
import dev.colonnade.storage.Codec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.util.Set;
import java.util.stream.Collectors;

/// The headers and messages of gRPC answers.
final class GrpcAnswers {
    private static final AsciiString OK_STATUS = AsciiString.cached("200");
    private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
    private static final AsciiString GRPC = AsciiString.cached(ContentType.GRPC.mediaType());
    private static final AsciiString GRPC_STATUS = AsciiString.cached("grpc-status");
    private static final AsciiString GRPC_MESSAGE = AsciiString.cached("grpc-message");
    private static final AsciiString GRPC_DETAILS = AsciiString.cached("grpc-status-details-bin");
    private static final AsciiString GRPC_ACCEPT = AsciiString.cached("grpc-accept-encoding");

    /// What ends an accepted request.
    static final Http2Headers ACCEPTED_TRAILERS =
            ReadOnlyHttp2Headers.trailers(false, GRPC_STATUS, AsciiString.cached("0"));

    private final AsciiString acceptEncoding;
    private final Http2Headers acceptedHeaders;

    /// Answers of a server that understands `codecs`.
    GrpcAnswers(Set<Codec> codecs) {
        acceptEncoding =
                AsciiString.of(
                        codecs.stream()
                                .sorted()
                                .map(Codec::label)
                                .collect(Collectors.joining(",")));
        acceptedHeaders =
                ReadOnlyHttp2Headers.serverHeaders(
                        false, OK_STATUS, CONTENT_TYPE, GRPC, GRPC_ACCEPT, acceptEncoding);
    }

    /// What begins the answer to an accepted request.
    Http2Headers acceptedHeaders() {
        return acceptedHeaders;
    }

    /// An `ExportXServiceResponse` without content, as a message: its prefix alone.
    static ByteBuf emptyMessage(ByteBufAllocator allocator) {
        return allocator.buffer(GrpcMessage.PREFIX_BYTES).writeZero(GrpcMessage.PREFIX_BYTES);
    }

    /// An answer that is its own trailers.
    Http2Headers refused(RpcStatus status) {
        Http2Headers headers =
                new DefaultHttp2Headers(false, 8)
                        .status(OK_STATUS)
                        .add(CONTENT_TYPE, GRPC)
                        .add(GRPC_ACCEPT, acceptEncoding)
                        .add(GRPC_STATUS, Integer.toString(status.code().code()))
                        .add(GRPC_MESSAGE, GrpcText.encodeMessage(status.message()));
        if (status.hasRetryInfo()) {
            headers.add(GRPC_DETAILS, status.toDetailsHeader());
        }
        return headers;
    }

    /// An answer to what is not gRPC.
    static Http2Headers notGrpc(int httpStatus) {
        return new DefaultHttp2Headers(false, 2).status(Integer.toString(httpStatus));
    }
}
