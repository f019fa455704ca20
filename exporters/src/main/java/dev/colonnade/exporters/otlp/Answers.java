package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.delivery.Outcome;
import dev.colonnade.pipeline.wire.ContentType;
import dev.colonnade.pipeline.wire.ExportResponse;
import dev.colonnade.pipeline.wire.GrpcStatus;
import dev.colonnade.pipeline.wire.RetryAfter;
import dev.colonnade.pipeline.wire.RpcStatus;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a peer's answer means for the records: the one table of statuses.
///
/// | answer | gRPC | HTTP | outcome |
/// |---|---|---|---|
/// | taken | OK | 2xx | delivered |
/// | not able now | CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS | 408, 425, 502, 503, 504, 507, 520-530 | retry |
/// | asks for less | RESOURCE_EXHAUSTED, UNAVAILABLE with RetryInfo | 429, 503 with Retry-After | retry, not before it says |
/// | too large | RESOURCE_EXHAUSTED that says so | 413 | split |
/// | refuses the sender | UNAUTHENTICATED, PERMISSION_DENIED, UNIMPLEMENTED | 3xx, 401, 403, 404, 405, 406, 407, 410, 411, 415, 421, 426, 431, 501, 505, 511 | retry: no record is to blame |
/// | refuses the records | INVALID_ARGUMENT | 400, 422 | cut down to the guilty ones |
/// | may mean either | all others | 500, all others | cut; a single record is asked about again first |
///
/// RATIONALE.md says where this differs from the Collector and why.
final class Answers {
    private static final int MESSAGE_BYTES_MAX = 512;

    /// How peers say that a message is too large: grpc-go, grpc-java, grpc C++, and proxies.
    private static final List<String> TOO_LARGE =
            List.of(
                    "larger than max",
                    "exceeds maximum",
                    "exceeds the maximum",
                    "exceeds limit",
                    "too large",
                    "max message size",
                    "maximum size");

    private Answers() {}

    /// What a gRPC status means.
    ///
    /// @param message the decoded `grpc-message`
    /// @param details the `grpc-status-details-bin` header; null when there was none
    static Outcome ofGrpc(GrpcStatus code, String message, @Nullable CharSequence details) {
        Optional<RpcStatus> status =
                details == null ? Optional.empty() : RpcStatus.parseDetailsHeader(details);
        long delay =
                status.filter(RpcStatus::hasRetryInfo).map(RpcStatus::retryDelayNanos).orElse(-1L);
        String said = code + (message.isEmpty() ? "" : ": " + Texts.printable(message));
        return switch (code) {
            case OK -> Outcome.DELIVERED;
            case CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS ->
                    unable(said, delay);
            case RESOURCE_EXHAUSTED ->
                    delay < 0 && saysTooLarge(message)
                            ? new Outcome.TooLarge(said)
                            : new Outcome.Retry(Outcome.Cause.THROTTLED, said, Math.max(delay, 0));
            case UNAUTHENTICATED, PERMISSION_DENIED, UNIMPLEMENTED ->
                    new Outcome.Retry(Outcome.Cause.CONFIGURATION, said, 0);
            case INVALID_ARGUMENT -> new Outcome.Refused(false, said);
            case UNKNOWN, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, INTERNAL ->
                    new Outcome.Refused(true, said);
        };
    }

    /// What an answer over HTTP/2 means that is not gRPC: a proxy's, or that of something else
    /// which listens there. It says nothing about any record.
    static Outcome ofForeign(int httpStatus, String contentType) {
        String said =
                "not a gRPC answer: status="
                        + httpStatus
                        + ", content-type="
                        + Texts.printable(contentType);
        return switch (httpStatus) {
            case 413 -> new Outcome.TooLarge(said);
            case 408, 429, 500, 502, 503, 504 -> unable(said, -1);
            default -> new Outcome.Retry(Outcome.Cause.CONFIGURATION, said, 0);
        };
    }

    /// What the status of an OTLP/HTTP answer means.
    ///
    /// @param retryAfter the `Retry-After` header; null when there was none
    /// @param said what the answer says for people
    static Outcome ofHttp(
            int httpStatus, @Nullable CharSequence retryAfter, String said, InstantSource clock) {
        String message = "HTTP " + httpStatus + (said.isEmpty() ? "" : ": " + said);
        if (httpStatus >= 200 && httpStatus < 300) {
            return Outcome.DELIVERED;
        }
        if (httpStatus >= 300 && httpStatus < 400) {
            return new Outcome.Retry(
                    Outcome.Cause.CONFIGURATION, message + " (redirects are not followed)", 0);
        }
        return switch (httpStatus) {
            case 429, 503 -> {
                long delay = retryAfter == null ? -1 : RetryAfter.parse(retryAfter, clock);
                yield httpStatus == 429
                        ? new Outcome.Retry(Outcome.Cause.THROTTLED, message, Math.max(delay, 0))
                        : unable(message, delay);
            }
            case 408, 425, 502, 504, 507 -> unable(message, -1);
            case 413 -> new Outcome.TooLarge(message);
            case 401, 403, 404, 405, 406, 407, 410, 411, 415, 421, 426, 431, 501, 505, 511 ->
                    new Outcome.Retry(Outcome.Cause.CONFIGURATION, message, 0);
            case 400, 422 -> new Outcome.Refused(false, message);
            default ->
                    httpStatus >= 520 && httpStatus <= 530
                            ? unable(message, -1)
                            : new Outcome.Refused(true, message);
        };
    }

    /// What the body of a success says. One that cannot be read does no harm: the peer has the
    /// records.
    static Outcome ofSuccess(byte[] body, int offset, int length) {
        return ofSuccess(ExportResponse.parse(body, offset, length));
    }

    /// The same of a body that is read already.
    static Outcome ofSuccess(ExportResponse response) {
        if (!response.isReadable()) {
            return new Outcome.Delivered(0, "the peer's answer cannot be read");
        }
        return response.isFullSuccess()
                ? Outcome.DELIVERED
                : new Outcome.Delivered(response.rejected(), Texts.printable(response.message()));
    }

    /// What the body of a refusal says: a status in protobuf or JSON, or some text.
    static String text(byte[] body, int length, String contentType) {
        ContentType encoding = ContentType.of(contentType);
        if (encoding == ContentType.PROTOBUF) {
            return RpcStatus.parse(body, 0, length)
                    .map(status -> Texts.printable(status.message()))
                    .orElse("");
        }
        if (encoding == ContentType.JSON) {
            Optional<RpcStatus> status = RpcStatus.parseJson(body, 0, length);
            if (status.isPresent()) {
                return Texts.printable(status.get().message());
            }
        }
        int shown = Math.min(length, MESSAGE_BYTES_MAX);
        return Texts.printable(new String(body, 0, shown, StandardCharsets.UTF_8).strip());
    }

    private static Outcome unable(String message, long delay) {
        return delay > 0
                ? new Outcome.Retry(Outcome.Cause.THROTTLED, message, delay)
                : new Outcome.Retry(Outcome.Cause.UNAVAILABLE, message, 0);
    }

    private static boolean saysTooLarge(String message) {
        String lower = message.toLowerCase(Locale.ROOT);
        return TOO_LARGE.stream().anyMatch(lower::contains);
    }
}
