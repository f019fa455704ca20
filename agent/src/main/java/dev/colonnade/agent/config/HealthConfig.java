package dev.colonnade.agent.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What the `health_check` extension was told.
///
/// @param host where it listens; empty for every address
/// @param port 0 for any
/// @param path of the probe
/// @param healthyBody what the probe answers with 200; null for the Collector's own words
/// @param unhealthyBody what the probe answers with 503; null for the Collector's own words
/// @param failOnStalled whether an exporter that delivers nothing fails the probe
/// @param stalledAfter how long it must have delivered nothing for that
public record HealthConfig(
        String host,
        int port,
        String path,
        @Nullable String healthyBody,
        @Nullable String unhealthyBody,
        boolean failOnStalled,
        Duration stalledAfter) {
    /// What holds where nothing is written.
    public static final HealthConfig DEFAULT =
            new HealthConfig("localhost", 13_133, "/", null, null, false, Duration.ofMinutes(5));
}
