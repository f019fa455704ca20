package dev.colonnade.pipeline.wire;

/// A gRPC status code, and what it means in HTTP and to a sender that may retry.
///
/// Sources: the gRPC status code list and its HTTP mapping, the OTLP specification (failures), and
/// the Collector's tables, which senders are used to.
public enum GrpcStatus {
    OK(200, false),
    CANCELLED(503, true),
    UNKNOWN(500, false),
    INVALID_ARGUMENT(400, false),
    DEADLINE_EXCEEDED(503, true),
    NOT_FOUND(500, false),
    ALREADY_EXISTS(500, false),
    PERMISSION_DENIED(403, false),
    /// Retryable only when a RetryInfo comes with it.
    RESOURCE_EXHAUSTED(429, false),
    FAILED_PRECONDITION(500, false),
    ABORTED(503, true),
    OUT_OF_RANGE(503, true),
    UNIMPLEMENTED(404, false),
    INTERNAL(500, false),
    UNAVAILABLE(503, true),
    DATA_LOSS(503, true),
    UNAUTHENTICATED(401, false);

    private static final GrpcStatus[] BY_CODE = values();

    private final int httpStatus;
    private final boolean retryable;

    GrpcStatus(int httpStatus, boolean retryable) {
        this.httpStatus = httpStatus;
        this.retryable = retryable;
    }

    /// The number in `grpc-status`, 0 to 16.
    public int code() {
        return ordinal();
    }

    /// The status of a code; [#UNKNOWN] for one that is not defined.
    public static GrpcStatus of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNKNOWN;
    }

    /// The status in a `grpc-status` header; [#UNKNOWN] when it is not a defined code.
    public static GrpcStatus parse(CharSequence header) {
        int code = 0;
        int length = header.length();
        if (length == 0 || length > 2) {
            return UNKNOWN;
        }
        for (int i = 0; i < length; i++) {
            int digit = header.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return UNKNOWN;
            }
            code = code * 10 + digit;
        }
        return of(code);
    }

    /// The HTTP status that an OTLP/HTTP sender understands as this one.
    ///
    /// A request that is too large is [#RESOURCE_EXHAUSTED] in gRPC and must not be retried: over
    /// HTTP its answer is 413, not the 429 given here for overload.
    public int httpStatus() {
        return httpStatus;
    }

    /// What the status of an OTLP/HTTP answer means, where its body does not say.
    public static GrpcStatus ofHttp(int httpStatus) {
        return switch (httpStatus) {
            case 400 -> INVALID_ARGUMENT;
            case 401 -> UNAUTHENTICATED;
            case 403 -> PERMISSION_DENIED;
            case 404 -> UNIMPLEMENTED;
            case 413, 429 -> RESOURCE_EXHAUSTED;
            case 502, 503, 504 -> UNAVAILABLE;
            default -> httpStatus >= 200 && httpStatus < 300 ? OK : UNKNOWN;
        };
    }

    /// What the HTTP status of a gRPC answer without `grpc-status` means, a proxy's for instance.
    public static GrpcStatus ofGrpcHttp(int httpStatus) {
        return switch (httpStatus) {
            case 400 -> INTERNAL;
            case 401 -> UNAUTHENTICATED;
            case 403 -> PERMISSION_DENIED;
            case 404 -> UNIMPLEMENTED;
            case 429, 502, 503, 504 -> UNAVAILABLE;
            default -> UNKNOWN;
        };
    }

    /// Whether a sender may offer the same request again, with or without a RetryInfo in the
    /// answer.
    public boolean isRetryable(boolean hasRetryInfo) {
        return retryable || (this == RESOURCE_EXHAUSTED && hasRetryInfo);
    }
}
