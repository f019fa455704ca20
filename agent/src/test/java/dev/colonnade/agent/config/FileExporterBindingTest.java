package dev.colonnade.agent.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.exporters.file.FileExporterConfig;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What is written of the exporter `file`.
final class FileExporterBindingTest {
    @Test
    void unwrittenIsWhatTheExporterSays() throws ConfigException {
        assertThat(bind("{path: a.json}")).isEqualTo(FileExporterConfig.of("a.json"));
    }

    @Test
    void everyKeyIsRead() throws ConfigException {
        FileExporterConfig config =
                bind(
                        """
                        {path: a.json, format: proto, compression: zstd, flush_interval: 2s, sync: true,
                         rotation: {max_megabytes: 1, max_days: 2, max_backups: 3, localtime: true},
                         retry_on_failure: {initial_interval: 1ms, max_interval: 3s,
                          randomization_factor: 0.25, multiplier: 2}}
                        """);
        assertThat(config)
                .isEqualTo(
                        new FileExporterConfig(
                                "a.json",
                                new FileExporterConfig.Rotation(1, 2, 3, true),
                                "proto",
                                "zstd",
                                Duration.ofSeconds(2),
                                true,
                                FileExporterConfig.of("a")
                                        .retry()
                                        .withIntervals(Duration.ofMillis(1), Duration.ofSeconds(3))
                                        .withRandomizationFactor(0.25)
                                        .withMultiplier(2)));
    }

    @Test
    void twoWritersOfOneFileAreRefused() {
        assertThatThrownBy(() -> load("file: {path: ./b/../a.json}\n  file/other: {path: a.json}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(
                        "exporters::file/other::path: written by exporter \"file\" already: two"
                                + " writers would cut each other's records short");
    }

    private static FileExporterConfig bind(String settings) throws ConfigException {
        AgentConfig config = load("file: " + settings.replace("\n", " "));
        ExporterConfig bound = requireNonNull(config.exporters().get(new ComponentId("file", "")));
        assertThat(bound).isInstanceOf(ExporterConfig.File.class);
        return ((ExporterConfig.File) bound).settings();
    }

    private static AgentConfig load(String exporters) throws ConfigException {
        return ConfigLoader.loadText(
                "test.yaml",
                """
                receivers: {otlp: {protocols: {http: }}}
                exporters:
                  %s
                service: {pipelines: {logs: {receivers: [otlp], exporters: [file]}}}
                """
                        .formatted(exporters),
                Map.of());
    }
}
