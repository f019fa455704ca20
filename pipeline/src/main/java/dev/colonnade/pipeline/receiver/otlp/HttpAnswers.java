package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.wire.ContentType;
import dev.colonnade.pipeline.wire.RetryAfter;
import dev.colonnade.pipeline.wire.RpcStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;

/// Answers of OTLP/HTTP, written out as bytes.
final class HttpAnswers {
    private static final int HEAD_BYTES = 192;
    private static final String PROTOBUF = ContentType.PROTOBUF.mediaType();
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final byte[] NO_BODY = {};
    private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");

    /// An empty `ExportXServiceResponse` has no bytes.
    private static final byte[] ACCEPTED =
            ascii("HTTP/1.1 200 OK\r\ncontent-type: " + PROTOBUF + "\r\ncontent-length: 0\r\n\r\n");

    private static final byte[] ACCEPTED_AND_CLOSE =
            ascii(
                    "HTTP/1.1 200 OK\r\ncontent-type: "
                            + PROTOBUF
                            + "\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");

    private HttpAnswers() {}

    /// `100 Continue`.
    static ByteBuf proceed(ByteBufAllocator allocator) {
        return allocator.buffer(CONTINUE.length).writeBytes(CONTINUE);
    }

    /// 200 with an empty response.
    static ByteBuf accepted(ByteBufAllocator allocator, boolean keepAlive) {
        byte[] bytes = keepAlive ? ACCEPTED : ACCEPTED_AND_CLOSE;
        return allocator.buffer(bytes.length).writeBytes(bytes);
    }

    /// An answer with a `google.rpc.Status` as its body, and a `Retry-After` where it has a delay.
    static ByteBuf status(
            ByteBufAllocator allocator, int httpStatus, RpcStatus status, boolean keepAlive) {
        byte[] body = status.toProtobuf();
        String retryAfter =
                status.hasRetryInfo()
                        ? "retry-after: " + RetryAfter.format(status.retryDelayNanos()) + "\r\n"
                        : "";
        return write(allocator, httpStatus, PROTOBUF, body, keepAlive, retryAfter);
    }

    /// An answer in plain text.
    ///
    /// @param header one more header line with its end, or nothing
    static ByteBuf text(
            ByteBufAllocator allocator,
            int httpStatus,
            String message,
            boolean keepAlive,
            String header) {
        byte[] body = message.getBytes(StandardCharsets.UTF_8);
        return write(allocator, httpStatus, TEXT, body, keepAlive, header);
    }

    /// The same answer as to a HEAD request: it ends with its head.
    static ByteBuf withoutBody(
            ByteBufAllocator allocator, int httpStatus, boolean keepAlive, String header) {
        return write(allocator, httpStatus, TEXT, NO_BODY, keepAlive, header);
    }

    private static ByteBuf write(
            ByteBufAllocator allocator,
            int httpStatus,
            String contentType,
            byte[] body,
            boolean keepAlive,
            String header) {
        ByteBuf answer = allocator.buffer(HEAD_BYTES + header.length() + body.length);
        ByteBufUtil.writeAscii(answer, "HTTP/1.1 ");
        ByteBufUtil.writeAscii(answer, HttpResponseStatus.valueOf(httpStatus).toString());
        ByteBufUtil.writeAscii(answer, "\r\ncontent-type: ");
        ByteBufUtil.writeAscii(answer, contentType);
        ByteBufUtil.writeAscii(answer, "\r\ncontent-length: ");
        ByteBufUtil.writeAscii(answer, Integer.toString(body.length));
        ByteBufUtil.writeAscii(answer, keepAlive ? "\r\n" : "\r\nconnection: close\r\n");
        ByteBufUtil.writeAscii(answer, header);
        ByteBufUtil.writeAscii(answer, "\r\n");
        return answer.writeBytes(body);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
