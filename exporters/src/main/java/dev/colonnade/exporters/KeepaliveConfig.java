package dev.colonnade.exporters;

import java.time.Duration;

/// `keepalive` of a gRPC client: pings that find dead connections.
///
/// @param time how long a connection may be silent before it is pinged
/// @param timeout how long an answer may take before the connection counts as dead
/// @param permitWithoutStream whether connections without a request in flight are pinged
public record KeepaliveConfig(Duration time, Duration timeout, boolean permitWithoutStream) {
    /// What `keepalive: {}` means.
    public static final KeepaliveConfig DEFAULT =
            new KeepaliveConfig(Duration.ofSeconds(10), Duration.ofSeconds(10), false);

    /// The same with other times.
    public KeepaliveConfig withTimes(Duration idle, Duration answer) {
        return new KeepaliveConfig(idle, answer, permitWithoutStream);
    }
}
