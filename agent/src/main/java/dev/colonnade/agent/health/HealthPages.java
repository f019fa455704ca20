package dev.colonnade.agent.health;

import dev.colonnade.agent.config.HealthConfig;
import dev.colonnade.agent.telemetry.Json;
import dev.colonnade.agent.telemetry.Page;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What the `health_check` extension serves: the probe, and `/status`.
public final class HealthPages {
    /// Where the status is; not configurable, as people look for it by hand.
    public static final String STATUS_PATH = "/status";

    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    private final AgentHealth health;
    private final HealthConfig config;

    /// The pages of `health`, as `config` wants them.
    public HealthPages(AgentHealth health, HealthConfig config) {
        this.health = health;
        this.config = config;
    }

    /// The probe: 200 while the process lives, 503 when it does not.
    public Page probe() {
        @Nullable String deadly = health.deadly();
        if (deadly == null && config.failOnStalled()) {
            deadly = health.stalled(config.stalledAfter().toNanos());
        }
        if (deadly == null) {
            @Nullable String body = config.healthyBody();
            return body == null ? Page.json(OK, available()) : Page.text(OK, body);
        }
        @Nullable String body = config.unhealthyBody();
        return body == null
                ? Page.json(UNAVAILABLE, unavailable(deadly))
                : Page.text(UNAVAILABLE, body);
    }

    /// The status: always 200, because it was asked for to be read.
    public Page status() {
        return Page.json(OK, new StatusPage(health).text());
    }

    /// The Collector's body.
    private String available() {
        return new Json()
                .text("status", "Server available")
                .text("upSince", health.started().toString())
                .text("uptime", uptime())
                .close()
                .toString();
    }

    private String unavailable(String deadly) {
        return new Json()
                .text("status", "Server not available")
                .text("error", deadly)
                .text("upSince", health.started().toString())
                .text("uptime", uptime())
                .close()
                .toString();
    }

    private String uptime() {
        Duration up = Duration.ofNanos(health.uptimeNanos());
        return up.toHours() + "h" + up.toMinutesPart() + "m" + up.toSecondsPart() + "s";
    }
}
