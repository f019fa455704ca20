package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `service::telemetry` and `health_check` are read as, and what is refused of them.
final class TelemetryBindingTest {
    @Test
    void namesAreTheCollectorsWhereReadersIsNotWrittenAndWhereItIs() throws ConfigException {
        assertThat(telemetry("{}").metrics())
                .isEqualTo(new TelemetryConfig.MetricsEndpoint("localhost", 8888, true, true));
        assertThat(telemetry(reader("{port: 1}")).metrics())
                .isEqualTo(new TelemetryConfig.MetricsEndpoint("localhost", 1, false, false));
        assertThat(telemetry(reader("{without_type_suffix: true, without_units: true}")).metrics())
                .isEqualTo(new TelemetryConfig.MetricsEndpoint("localhost", 8888, true, true));
    }

    @Test
    void readsHowLinesAreWritten() throws ConfigException {
        LogConfig logs =
                telemetry(
                                "{logs: {level: warn, encoding: json, output_paths: [stdout,"
                                    + " a.log], initial_fields: {pod: a}, disable_stacktrace: true,"
                                    + " sampling: {enabled: false, tick: 1s, initial: 5,"
                                    + " thereafter: 7}}}")
                        .logs();
        assertThat(logs)
                .isEqualTo(
                        new LogConfig(
                                System.Logger.Level.WARNING,
                                true,
                                List.of("stdout", "a.log"),
                                Map.of("pod", "a"),
                                false,
                                new LogConfig.Sampling(false, Duration.ofSeconds(1), 5, 7)));
        assertThat(telemetry("{}").logs()).isEqualTo(LogConfig.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource({
        "http://a:4318, http://a:4318/v1/metrics",
        "http://a:4318/, http://a:4318/v1/metrics",
        "https://a/otlp/v1/metrics, https://a/otlp/v1/metrics",
    })
    void pushesToTheUrlAsTheCollectorDoes(String endpoint, String url) throws ConfigException {
        TelemetryConfig telemetry =
                telemetry(
                        "{resource: {service.name: x}, metrics: {readers: [{periodic: {interval:"
                                + " 5000, exporter: {otlp: {endpoint: '"
                                + endpoint
                                + "', compression: gzip, headers: {A: b}}}}}]}}");
        assertThat(telemetry.metrics()).as("nothing is served unless it is written").isNull();
        assertThat(telemetry.resource()).isEqualTo(Map.of("service.name", "x"));
        SelfExportConfig push = Objects.requireNonNull(telemetry.push());
        assertThat(push.interval()).isEqualTo(Duration.ofSeconds(5));
        ExporterConfig.OtlpHttp exporter = (ExporterConfig.OtlpHttp) push.exporter();
        assertThat(exporter.settings().signalEndpoints()).isEqualTo(Map.of(Signal.METRICS, url));
        assertThat(exporter.settings().compression()).isEqualTo(Codec.GZIP);
        assertThat(exporter.settings().headers()).isEqualTo(Map.of("a", "b"));
        assertThat(exporter.settings().retry().maxElapsedTime()).isEqualTo(Duration.ofSeconds(5));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{metrics: {readers: [{}]}} | a reader needs either pull or periodic",
                "{metrics: {readers: [{pull: {}}]}} | a pull reader needs exporter::prometheus",
                "{metrics: {readers: [{periodic: {}}]}} | a periodic reader needs exporter::otlp",
                "{metrics: {readers: [{periodic: {exporter: {otlp: {}}}}]}} | at least one"
                        + " endpoint",
                "{metrics: {address: ':8888'}} | no longer a setting: write readers",
                "{logs: {development: true}} | that Colonnade does not support",
                "{logs: {encoding: xml}} | expected one of console, json, found \"xml\"",
                "{traces: {}} | that Colonnade does not support",
            })
    void refuses(String telemetry, String message) {
        ConfigException refused =
                catchThrowableOfType(ConfigException.class, () -> telemetry(telemetry));
        assertThat(refused.problems()).hasSize(1);
        assertThat(refused.problems().getFirst().toString()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{endpoint: nowhere} | endpoint: expected host:port, found \"nowhere\"",
                "{path: /status} | path: must begin with / and not be /status",
                "{stalled_after: 1ms} | stalled_after: must be at least 1s",
                "{check_collector_pipeline: {}} | no longer a setting: write fail_on_stalled: true",
                "{tls: {}} | tls: a setting of the OpenTelemetry Collector that Colonnade",
                "{fail_on_stall: true} | unknown key, did you mean \"fail_on_stalled\"?",
            })
    void refusesOfHealthChecks(String extension, String message) {
        ConfigException refused =
                catchThrowableOfType(ConfigException.class, () -> load(extension, "{}"));
        assertThat(refused.problems()).hasSize(1);
        assertThat(refused.problems().getFirst().toString()).contains(message);
    }

    @Test
    void oneHealthCheckRunsAtATime() throws ConfigException {
        assertThat(load("{endpoint: '0.0.0.0:1', fail_on_stalled: true}", "{}").health())
                .isEqualTo(
                        new HealthConfig(
                                "0.0.0.0", 1, "/", null, null, true, Duration.ofMinutes(5)));
    }

    private static String reader(String prometheus) {
        return "{metrics: {readers: [{pull: {exporter: {prometheus: " + prometheus + "}}}]}}";
    }

    private static TelemetryConfig telemetry(String telemetry) throws ConfigException {
        return load("{}", telemetry).service().telemetry();
    }

    private static AgentConfig load(String health, String telemetry) throws ConfigException {
        return ConfigLoader.loadText(
                "test.yaml",
                """
                receivers: {otlp: {protocols: {grpc: }}}
                exporters: {nop: }
                extensions: {health_check: %s}
                service:
                  extensions: [health_check]
                  telemetry: %s
                  pipelines: {logs: {receivers: [otlp], exporters: [nop]}}
                """
                        .formatted(health, telemetry),
                Map.of());
    }
}
