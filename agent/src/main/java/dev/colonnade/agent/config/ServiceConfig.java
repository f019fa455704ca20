package dev.colonnade.agent.config;

import java.time.Duration;

/// What `service` says of the process itself.
///
/// @param loops how many event loops; 0 for as many as processors and memory allow
/// @param telemetry what it tells about itself
/// @param shutdownGrace how long receivers go on after the first signal
/// @param shutdownDeadline when the process ends at the latest, from the first signal on
public record ServiceConfig(
        int loops, TelemetryConfig telemetry, Duration shutdownGrace, Duration shutdownDeadline) {
    /// No grace: what is being sent when the signal comes is still answered, and an interactive
    /// stop is at once.
    static final Duration GRACE_DEFAULT = Duration.ZERO;

    /// Below the 30 seconds after which Kubernetes kills.
    static final Duration DEADLINE_DEFAULT = Duration.ofSeconds(25);
}
