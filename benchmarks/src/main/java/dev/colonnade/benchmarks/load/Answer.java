package dev.colonnade.benchmarks.load;

/// What a connection made of a response.
///
/// @param kind what it means for the sender
/// @param name status, for counting by kind: `grpc_14`, `http_503`
/// @param delayNanos the advised delay, -1 when there is none
record Answer(Kind kind, String name, long delayNanos) {
    enum Kind {
        /// Promised.
        ACCEPTED,
        /// Refused, to be tried again later.
        RETRYABLE,
        /// Refused for ever.
        PERMANENT,
        /// No answer: connection lost, or too late.
        LOST
    }

    static final Answer ACCEPTED = new Answer(Kind.ACCEPTED, "ok", -1);
    static final Answer TIMEOUT = new Answer(Kind.LOST, "timeout", -1);
    static final Answer DISCONNECTED = new Answer(Kind.LOST, "disconnected", -1);

    /// By the OTLP specification's table of gRPC codes: RESOURCE_EXHAUSTED is retryable only with
    /// RetryInfo.
    static Answer ofGrpc(int status, long delayNanos) {
        if (status == 0) {
            return ACCEPTED;
        }
        boolean retryable =
                switch (status) {
                    case 1, 4, 10, 11, 14, 15 -> true;
                    case 8 -> delayNanos >= 0;
                    default -> false;
                };
        return new Answer(
                retryable ? Kind.RETRYABLE : Kind.PERMANENT, "grpc_" + status, delayNanos);
    }

    /// By the OTLP specification: 429, 502, 503 and 504 are retryable.
    static Answer ofHttp(int status, long delayNanos) {
        if (status == 200) {
            return ACCEPTED;
        }
        boolean retryable = status == 429 || (status >= 502 && status <= 504);
        return new Answer(
                retryable ? Kind.RETRYABLE : Kind.PERMANENT, "http_" + status, delayNanos);
    }
}
