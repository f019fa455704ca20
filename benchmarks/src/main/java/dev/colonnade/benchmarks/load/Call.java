package dev.colonnade.benchmarks.load;

/// One request on its way. Recycled; used by the event loop only.
final class Call {
    long request;

    /// When it should have been sent, by the offered rate, on the monotonic clock.
    long intendedNanos;

    /// When it was given to the socket.
    long sentNanos;

    /// The request's own time, nanoseconds since 1970, the same in each attempt.
    long timeNanos;

    /// Attempts before this one.
    int retries;

    /// When it may be sent again, after a refusal.
    long dueNanos;
}
