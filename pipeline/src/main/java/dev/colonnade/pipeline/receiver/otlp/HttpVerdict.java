package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.pipeline.auth.Verdict;
import dev.colonnade.pipeline.wire.ContentType;
import dev.colonnade.pipeline.wire.GrpcStatus;
import dev.colonnade.pipeline.wire.RpcStatus;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What the head of a request says: where its body goes and how it is compressed, or why it is
/// refused. A reusable holder.
///
/// The order of the checks is that of Go's HTTP server and the Collector's handler: cross-origin
/// rules, credentials, path, method, content type, content encoding. What is answered to a page of
/// another origin, good or bad, carries what lets it be read there.
final class HttpVerdict {
    private static final Signal[] SIGNALS = Signal.values();

    /// When to come again while credentials are being checked.
    private static final long RETRY_NANOS = 1_000_000_000L;

    private final OtlpHttpConfig config;
    private final @Nullable Cors cors;
    private final @Nullable Gate gate;
    private @Nullable RouteShard route;
    private ContentType encoding = ContentType.PROTOBUF;
    private Codec codec = Codec.IDENTITY;
    private boolean expectsContinue;
    private @Nullable Refusal refusal;
    private Verdict.@Nullable Pending pending;
    private @Nullable SocketAddress peer;
    private int httpStatus;
    private boolean isPreflight;
    private boolean isRpcStatus;
    private String message = "";
    private String header = "";
    private String crossOrigin = "";

    HttpVerdict(OtlpHttpConfig config, @Nullable Cors cors, @Nullable Gate gate) {
        this.config = config;
        this.cors = cors;
        this.gate = gate;
    }

    /// Where the body goes; null when the request is answered without it.
    @Nullable RouteShard route() {
        return route;
    }

    /// What the body is written in, and the answers to it: protobuf or JSON.
    ContentType encoding() {
        return encoding;
    }

    /// How the body is compressed.
    Codec codec() {
        return codec;
    }

    /// Whether the sender waits for `100 Continue`.
    boolean expectsContinue() {
        return expectsContinue;
    }

    /// Why it is refused; null when it is not.
    @Nullable Refusal refusal() {
        return refusal;
    }

    /// Who has to be heard before the rest is judged, by [#goOn]; null when there is nobody.
    Verdict.@Nullable Pending pending() {
        return pending;
    }

    /// Judges a request of `from` that comes in on `loop`.
    void judge(HttpRequest request, ReceiverLoop loop, @Nullable SocketAddress from) {
        route = null;
        pending = null;
        peer = from;
        isPreflight = false;
        encoding = ContentType.PROTOBUF;
        expectsContinue = false;
        refusal = null;
        crossOrigin = "";
        if (request.decoderResult().isFailure()) {
            refuseHead(request.decoderResult().cause());
            return;
        }
        Cors rules = cors;
        if (rules != null) {
            isPreflight = Cors.isPreflight(request);
            if (isPreflight) {
                crossOrigin = rules.preflight(request.headers());
                return;
            }
            crossOrigin = rules.actual(request.headers());
        }
        Gate asked = gate;
        if (asked == null) {
            judgeRest(request, loop);
        } else {
            goOn(asked.verdict(name -> request.headers().get(name)), request, loop);
        }
    }

    /// Judges the rest of a request after what was said of its credentials.
    void goOn(Verdict verdict, HttpRequest request, ReceiverLoop loop) {
        pending = null;
        switch (verdict) {
            case Verdict.Granted _ -> judgeRest(request, loop);
            case Verdict.Pending later -> pending = later;
            case Verdict.Denied denied -> deny(denied, request);
            case Verdict.Busy _ -> {
                speakAs(request);
                refuse(Refusal.CREDENTIALS, 503, "too many credentials are being checked", "");
                isRpcStatus = true;
            }
        }
    }

    private void deny(Verdict.Denied denied, HttpRequest request) {
        Gate asked = gate;
        if (asked == null) {
            throw new IllegalStateException("nobody looks at credentials");
        }
        asked.denied(peer, denied.message());
        speakAs(request);
        String challenge = "www-authenticate: " + asked.challenge() + "\r\n";
        refuse(Refusal.UNAUTHENTICATED, 401, denied.message(), challenge);
        isRpcStatus = true;
    }

    /// As the Collector: in JSON to who does not write protobuf.
    private void speakAs(HttpRequest request) {
        ContentType written = ContentType.of(request.headers().get(HttpHeaderNames.CONTENT_TYPE));
        encoding = written == ContentType.PROTOBUF ? ContentType.PROTOBUF : ContentType.JSON;
    }

    private void judgeRest(HttpRequest request, ReceiverLoop loop) {
        @Nullable RouteShard target = route(request.uri(), loop);
        if (target == null) {
            refuse(Refusal.UNKNOWN, 404, "404 page not found", "");
        } else if (!request.method().equals(HttpMethod.POST)) {
            refuse(
                    Refusal.UNKNOWN,
                    405,
                    "405 method not allowed, supported: [POST]",
                    "allow: POST\r\n");
        } else if (isAcceptable(request.headers())) {
            route = target;
        }
    }

    /// The answer to a request whose body is not looked at.
    ByteBuf answer(ByteBufAllocator allocator, boolean keepAlive, boolean withoutBody) {
        if (isPreflight) {
            return HttpAnswers.noContent(allocator, keepAlive, crossOrigin);
        }
        if (withoutBody) {
            return HttpAnswers.withoutBody(allocator, httpStatus, keepAlive, header + crossOrigin);
        }
        if (isRpcStatus) {
            return HttpAnswers.status(
                    allocator, httpStatus, rpcStatus(), encoding, keepAlive, header + crossOrigin);
        }
        return HttpAnswers.text(allocator, httpStatus, message, keepAlive, header + crossOrigin);
    }

    private RpcStatus rpcStatus() {
        if (refusal == Refusal.CREDENTIALS) {
            return RpcStatus.retryAfter(GrpcStatus.UNAVAILABLE, message, RETRY_NANOS);
        }
        boolean isDenied = refusal == Refusal.UNAUTHENTICATED;
        return RpcStatus.of(
                isDenied ? GrpcStatus.UNAUTHENTICATED : GrpcStatus.INVALID_ARGUMENT, message);
    }

    /// The answer to a request that is taken.
    ByteBuf accepted(ByteBufAllocator allocator, boolean keepAlive) {
        return HttpAnswers.accepted(allocator, encoding, keepAlive, crossOrigin);
    }

    /// The answer to a request that is refused with its body.
    ByteBuf status(
            ByteBufAllocator allocator, int statusCode, RpcStatus status, boolean keepAlive) {
        return HttpAnswers.status(allocator, statusCode, status, encoding, keepAlive, crossOrigin);
    }

    private boolean isAcceptable(HttpHeaders headers) {
        ContentType written = ContentType.of(headers.get(HttpHeaderNames.CONTENT_TYPE));
        if (written != ContentType.PROTOBUF && written != ContentType.JSON) {
            refuse(
                    Refusal.UNSUPPORTED,
                    415,
                    "415 unsupported media type, supported: [application/json,"
                            + " application/x-protobuf]",
                    "");
            return false;
        }
        encoding = written;
        @Nullable Codec named = codec(headers.get(HttpHeaderNames.CONTENT_ENCODING));
        if (named == null || !config.body().codecs().contains(named)) {
            refuse(Refusal.UNSUPPORTED, 400, unsupportedEncoding(headers), "");
            isRpcStatus = true;
            return false;
        }
        codec = named;
        return isExpectationMet(headers.get(HttpHeaderNames.EXPECT));
    }

    private boolean isExpectationMet(@Nullable String expectation) {
        if (expectation == null) {
            return true;
        }
        expectsContinue = HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectation);
        if (!expectsContinue) {
            refuse(
                    Refusal.UNSUPPORTED,
                    417,
                    "417 expectation failed, supported: [100-continue]",
                    "");
        }
        return expectsContinue;
    }

    private void refuseHead(Throwable cause) {
        if (cause instanceof TooLongHttpHeaderException) {
            refuse(Refusal.TOO_LARGE, 431, "431 request header fields too large", "");
        } else if (cause instanceof TooLongHttpLineException) {
            refuse(Refusal.TOO_LARGE, 414, "414 request URI too long", "");
        } else {
            refuse(Refusal.MALFORMED, 400, "400 bad request", "");
        }
    }

    private void refuse(Refusal reason, int status, String text, String headerLine) {
        refusal = reason;
        httpStatus = status;
        isRpcStatus = false;
        message = text;
        header = headerLine;
    }

    private @Nullable RouteShard route(String uri, ReceiverLoop loop) {
        int start = pathStart(uri);
        for (Signal signal : SIGNALS) {
            if (isPath(uri, start, config.paths().of(signal))) {
                return loop.route(signal);
            }
        }
        return null;
    }

    /// Where the path begins: behind scheme and authority in the absolute form, which every server
    /// has to understand (RFC 9112, 3.2.2).
    private static int pathStart(String uri) {
        if (uri.startsWith("/")) {
            return 0;
        }
        int authority = uri.indexOf("://");
        int path = authority < 0 ? -1 : uri.indexOf('/', authority + 3);
        return path < 0 ? uri.length() : path;
    }

    private static boolean isPath(String uri, int start, String path) {
        int end = start + path.length();
        return uri.startsWith(path, start) && (end == uri.length() || uri.charAt(end) == '?');
    }

    private static @Nullable Codec codec(@Nullable String encoding) {
        if (encoding == null || encoding.isEmpty()) {
            return Codec.IDENTITY;
        }
        return switch (encoding.strip().toLowerCase(Locale.ROOT)) {
            case "identity" -> Codec.IDENTITY;
            case "gzip", "x-gzip" -> Codec.GZIP;
            case "zstd" -> Codec.ZSTD;
            case "deflate", "zlib" -> Codec.DEFLATE;
            default -> null;
        };
    }

    private String unsupportedEncoding(HttpHeaders headers) {
        return "unsupported Content-Encoding: "
                + headers.get(HttpHeaderNames.CONTENT_ENCODING)
                + ", supported: "
                + config.body().codecs().stream()
                        .sorted()
                        .map(Codec::label)
                        .collect(Collectors.joining(", ", "[", "]"));
    }
}
