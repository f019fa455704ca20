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
    private static final String JSON = ContentType.JSON.mediaType();
    private static final String CLOSE = "connection: close\r\n";
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final byte[] NO_BODY = {};
    private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");

    /// An empty `ExportXServiceResponse` has no bytes, and in JSON two.
    private static final byte[] EMPTY_JSON = ascii("{}");

    private static final byte[] ACCEPTED = accepted(PROTOBUF, "", "");
    private static final byte[] ACCEPTED_AND_CLOSE = accepted(PROTOBUF, CLOSE, "");
    private static final byte[] ACCEPTED_JSON = accepted(JSON, "", "{}");
    private static final byte[] ACCEPTED_JSON_AND_CLOSE = accepted(JSON, CLOSE, "{}");

    private HttpAnswers() {}

    /// `100 Continue`.
    static ByteBuf proceed(ByteBufAllocator allocator) {
        return allocator.buffer(CONTINUE.length).writeBytes(CONTINUE);
    }

    /// 200 with an empty response.
    ///
    /// @param encoding what the request was written in
    /// @param header more header lines with their ends, or nothing
    static ByteBuf accepted(
            ByteBufAllocator allocator, ContentType encoding, boolean keepAlive, String header) {
        boolean isJson = encoding == ContentType.JSON;
        if (!header.isEmpty()) {
            byte[] body = isJson ? EMPTY_JSON : NO_BODY;
            return write(allocator, 200, isJson ? JSON : PROTOBUF, body, keepAlive, header);
        }
        byte[] plain = isJson ? ACCEPTED_JSON : ACCEPTED;
        byte[] closing = isJson ? ACCEPTED_JSON_AND_CLOSE : ACCEPTED_AND_CLOSE;
        byte[] bytes = keepAlive ? plain : closing;
        return allocator.buffer(bytes.length).writeBytes(bytes);
    }

    /// 204, which has neither a body nor its length (RFC 9110, 8.6).
    static ByteBuf noContent(ByteBufAllocator allocator, boolean keepAlive, String header) {
        ByteBuf answer = allocator.buffer(HEAD_BYTES + header.length());
        ByteBufUtil.writeAscii(answer, "HTTP/1.1 204 No Content\r\n");
        ByteBufUtil.writeAscii(answer, keepAlive ? "" : CLOSE);
        ByteBufUtil.writeAscii(answer, header);
        ByteBufUtil.writeAscii(answer, "\r\n");
        return answer;
    }

    /// An answer with a `google.rpc.Status` as its body, and a `Retry-After` where it has a delay.
    ///
    /// @param encoding what the request was written in
    /// @param header more header lines with their ends, or nothing
    static ByteBuf status(
            ByteBufAllocator allocator,
            int httpStatus,
            RpcStatus status,
            ContentType encoding,
            boolean keepAlive,
            String header) {
        boolean isJson = encoding == ContentType.JSON;
        byte[] body = isJson ? status.toJson() : status.toProtobuf();
        String retryAfter =
                status.hasRetryInfo()
                        ? "retry-after: " + RetryAfter.format(status.retryDelayNanos()) + "\r\n"
                        : "";
        return write(
                allocator,
                httpStatus,
                isJson ? JSON : PROTOBUF,
                body,
                keepAlive,
                retryAfter + header);
    }

    /// An answer in plain text.
    ///
    /// @param header more header lines with their ends, or nothing
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
        ByteBufUtil.writeAscii(answer, keepAlive ? "\r\n" : "\r\n" + CLOSE);
        ByteBufUtil.writeAscii(answer, header);
        ByteBufUtil.writeAscii(answer, "\r\n");
        return answer.writeBytes(body);
    }

    private static byte[] accepted(String contentType, String header, String body) {
        return ascii(
                "HTTP/1.1 200 OK\r\ncontent-type: "
                        + contentType
                        + "\r\ncontent-length: "
                        + body.length()
                        + "\r\n"
                        + header
                        + "\r\n"
                        + body);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
