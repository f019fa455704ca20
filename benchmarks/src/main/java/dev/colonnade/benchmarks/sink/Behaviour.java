package dev.colonnade.benchmarks.sink;

import dev.colonnade.benchmarks.Options;
import java.util.Set;

/// How the sink answers: at once, late, with a refusal, or not at all.
///
/// @param kind what happens to the requests concerned
/// @param every one request in so many is concerned, the others are answered at once
/// @param grpcStatus status of a refusal on gRPC
/// @param httpStatus status of a refusal on HTTP
/// @param retryMillis the delay that a refusal advises, -1 for none
/// @param latencyNanos how long each answer is held back
/// @param recordsPerSecond how many records a second are taken, 0 for no limit: answers wait their
///   turn as they would in a backend with one worker
record Behaviour(
        Kind kind,
        int every,
        int grpcStatus,
        int httpStatus,
        long retryMillis,
        long latencyNanos,
        long recordsPerSecond) {

    enum Kind {
        ACCEPT,
        REFUSE,
        HANG,
        CLOSE
    }

    /// The options that describe a behaviour.
    static final Set<String> NAMED = Set.of("refuse", "retry-ms", "latency", "rate-limit", "every");

    /// The options that describe a behaviour and take no value.
    static final Set<String> FLAGS = Set.of("hang", "close");

    static Behaviour of(Options options) {
        Kind kind = Kind.ACCEPT;
        if (options.has("refuse")) {
            kind = Kind.REFUSE;
        } else if (options.has("hang")) {
            kind = Kind.HANG;
        } else if (options.has("close")) {
            kind = Kind.CLOSE;
        }
        int grpcStatus = options.integer("refuse", 14, 1);
        return new Behaviour(
                kind,
                options.integer("every", 1, 1),
                grpcStatus,
                httpStatus(grpcStatus),
                options.number("retry-ms", -1, -1),
                options.secondsAsNanos("latency", 0),
                options.number("rate-limit", 0, 0));
    }

    /// The HTTP status that OTLP gives the same meaning.
    private static int httpStatus(int grpcStatus) {
        return switch (grpcStatus) {
            case 14 -> 503;
            case 8 -> 429;
            case 3 -> 400;
            case 7 -> 403;
            case 16 -> 401;
            default -> 500;
        };
    }
}
