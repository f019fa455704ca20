package dev.colonnade.agent.e2e;

import java.time.Duration;
import java.time.Instant;

/// What a backend does with a request.
sealed interface Answer {
    /// Takes it.
    Answer OK = new Taken(0, "");

    /// Refuses it for good: INVALID_ARGUMENT or 400.
    Answer REFUSED = new Failed(3, 400, "refused by the test");

    /// Cannot take it now and says nothing about when: UNAVAILABLE or 503.
    Answer UNAVAILABLE = new Failed(14, 503, "unavailable for the test");

    /// Never answers.
    Answer HANG = new Hang();

    /// Ends the connection without an answer.
    Answer CLOSE = new Close();

    /// Answers with bytes that are no answer, and ends the connection.
    Answer GARBAGE = new Garbage();

    /// Takes it, but for so many records.
    record Taken(long rejected, String message) implements Answer {}

    /// Fails with a status.
    record Failed(int grpcCode, int httpStatus, String message) implements Answer {}

    /// Asks to come back later: UNAVAILABLE with RetryInfo, or 429 with `Retry-After` in seconds.
    record Throttle(Duration delay) implements Answer {}

    /// Asks to come back at a time: 503 with `Retry-After` as a date; over HTTP only.
    record ThrottleUntil(Instant time) implements Answer {}

    /// See [#HANG].
    record Hang() implements Answer {}

    /// See [#CLOSE].
    record Close() implements Answer {}

    /// See [#GARBAGE].
    record Garbage() implements Answer {}
}
