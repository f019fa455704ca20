package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.wire.GrpcStatus;

/// Why a request was not taken, and what its sender is told.
enum Refusal {
    /// No room in the memory budget, within the time that a request may wait.
    MEMORY("memory", GrpcStatus.UNAVAILABLE, 503, true),
    /// An exporter's `queue_size` is reached.
    QUEUE("queue", GrpcStatus.UNAVAILABLE, 503, true),
    /// No room for what its head brought: `metadata_cardinality_limit`, or what is kept of heads.
    METADATA("metadata", GrpcStatus.UNAVAILABLE, 503, true),
    /// Larger than is allowed, as it arrived or inflated: sending it again is of no use.
    TOO_LARGE("too_large", GrpcStatus.RESOURCE_EXHAUSTED, 413, false),
    /// Not what its framing, its codec or OTLP allows.
    MALFORMED("malformed", GrpcStatus.INVALID_ARGUMENT, 400, false),
    /// A content type, codec or expectation that is not served.
    UNSUPPORTED("unsupported", GrpcStatus.UNIMPLEMENTED, 415, false),
    /// A path, method or signal that is not served.
    UNKNOWN("unknown", GrpcStatus.UNIMPLEMENTED, 404, false),
    /// The body came in too slowly.
    TIMEOUT("timeout", GrpcStatus.DEADLINE_EXCEEDED, 408, false),
    /// The sender went away before the request was complete; nobody is left to be told.
    CANCELLED("cancelled", GrpcStatus.CANCELLED, 499, false),
    /// More connections than are allowed; closed without an answer.
    CONNECTIONS("connections", GrpcStatus.UNAVAILABLE, 503, false),
    /// Wrong credentials, or none.
    UNAUTHENTICATED("unauthenticated", GrpcStatus.UNAUTHENTICATED, 401, false),
    /// So many credentials are being checked that the sender has to come again.
    CREDENTIALS("credentials", GrpcStatus.UNAVAILABLE, 503, true),
    /// A TLS handshake that failed, for want of a certificate or of anything in common; nobody is
    /// left to be told.
    TLS("tls", GrpcStatus.UNAVAILABLE, 503, false),
    /// The receiver stops.
    SHUTDOWN("shutdown", GrpcStatus.UNAVAILABLE, 503, true),
    /// It waited for delivery, and the backend refused it for good.
    REJECTED("rejected", GrpcStatus.INTERNAL, 500, false),
    /// It waited for delivery, and was dropped for another reason.
    DROPPED("dropped", GrpcStatus.UNAVAILABLE, 503, true);

    private final String label;
    private final GrpcStatus grpcStatus;
    private final int httpStatus;
    private final boolean hasRetryDelay;

    Refusal(String label, GrpcStatus grpcStatus, int httpStatus, boolean hasRetryDelay) {
        this.label = label;
        this.grpcStatus = grpcStatus;
        this.httpStatus = httpStatus;
        this.hasRetryDelay = hasRetryDelay;
    }

    /// The value of the `reason` label.
    String label() {
        return label;
    }

    GrpcStatus grpcStatus() {
        return grpcStatus;
    }

    int httpStatus() {
        return httpStatus;
    }

    /// Whether the answer says when to come back.
    boolean hasRetryDelay() {
        return hasRetryDelay;
    }
}
