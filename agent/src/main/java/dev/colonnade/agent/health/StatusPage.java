package dev.colonnade.agent.health;

import dev.colonnade.agent.config.PipelineId;
import dev.colonnade.agent.health.ComponentState.Reading;
import dev.colonnade.agent.telemetry.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// `/status` as JSON: the members that the Collector's `healthcheckv2` has, in its words, and what
/// only this agent knows beside them.
final class StatusPage {
    private final AgentHealth health;

    StatusPage(AgentHealth health) {
        this.health = health;
    }

    /// The page.
    String text() {
        Json json = new Json();
        @Nullable String deadly = health.deadly();
        Reading whole = whole();
        long now = TimeUnit.NANOSECONDS.toSeconds(health.uptimeNanos());
        json.text("start_time", health.started().toString());
        json.number("uptime_seconds", now);
        json.flag("healthy", deadly == null);
        json.text("status", whole.state().label());
        json.text("error", deadly == null ? whole.error() : deadly);
        json.text("status_time", since(health.components().values()).toString());
        memory(json);
        json.open("components");
        for (Map.Entry<PipelineId, List<String>> pipeline : health.members().entrySet()) {
            pipeline(json, pipeline.getKey(), pipeline.getValue());
        }
        json.close();
        return json.close() + "\n";
    }

    private void memory(Json json) {
        MemoryPressure pressure = health.pressure();
        json.open("memory");
        json.text("pressure", pressure.level().label());
        json.number("used_percent", Math.round(pressure.usedPart() * 100));
        json.number("limit_bytes", pressure.limitBytes());
        json.close();
    }

    private void pipeline(Json json, PipelineId id, List<String> keys) {
        List<Component> parts = keys.stream().map(this::component).toList();
        json.open("pipeline:" + id);
        state(json, gravest(parts), since(parts));
        json.open("components");
        for (Component part : parts) {
            json.open(part.key());
            state(json, part.reading(), health.instant(part.sinceNanos()));
            progress(json, id, part.key());
            json.close();
        }
        json.close();
        json.close();
    }

    private void progress(Json json, PipelineId pipeline, String key) {
        for (Progress progress : health.progress(pipeline)) {
            if (key.equals("exporter:" + progress.exporter())) {
                json.number("backlog_records", progress.backlogRecords());
                json.number("backlog_bytes", progress.backlogBytes());
                json.number(
                        "stalled_seconds", TimeUnit.NANOSECONDS.toSeconds(progress.stalledNanos()));
            }
        }
    }

    private static void state(Json json, Reading reading, Instant since) {
        json.flag("healthy", reading.state().isHealthy());
        json.text("status", reading.state().label());
        json.text("error", reading.error());
        json.text("status_time", since.toString());
    }

    private Component component(String key) {
        return Objects.requireNonNull(health.components().get(key));
    }

    private Reading whole() {
        return gravest(List.copyOf(health.components().values()));
    }

    private static Reading gravest(List<Component> parts) {
        Reading gravest = Reading.OK;
        for (Component part : parts) {
            Reading reading = part.reading();
            if (ComponentState.graver(reading.state(), gravest.state()) != gravest.state()) {
                gravest = reading;
            }
        }
        return gravest;
    }

    /// When one of them last changed.
    private Instant since(Iterable<Component> parts) {
        Instant latest = health.started();
        for (Component part : parts) {
            Instant one = health.instant(part.sinceNanos());
            latest = one.isAfter(latest) ? one : latest;
        }
        return latest;
    }
}
