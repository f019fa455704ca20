package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.ShapeConfig;
import dev.colonnade.storage.StorageMode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked // an unexpected null fails the test
final class StorageBindingTest {
    private static final String SMALLEST =
            """
            receivers:
              otlp:
                protocols:
                  grpc:
            exporters:
              nop:
            service:
              pipelines:
                logs: {receivers: [otlp], exporters: [nop]}
            """;

    @Test
    void storesAreHybridUnlessWritten() throws ConfigException {
        AgentConfig unwritten = load(SMALLEST);
        assertThat(unwritten.storage().shapes()).isNull();
        assertThat(unwritten.pipelines().getFirst().storage().shapes()).isNull();
        assertThat(ShapeConfig.DEFAULT.mode()).isEqualTo(StorageMode.HYBRID);
        assertThat(ShapeConfig.DEFAULT.targetBytesPerRecord()).isEqualTo(50);
        assertThat(ShapeConfig.DEFAULT.recordCount()).isEqualTo(10_000);
    }

    @Test
    void pipelineSaysOfShapesWhatIsOtherThanAbove() throws ConfigException {
        String storage =
                """
                storage: {mode: columnar, target_bytes_per_record: 30, record_count: 5000, batch_hint: 2000, dwell: 5s}
                """;
        AgentConfig config =
                load(
                        SMALLEST.replace(
                                        "exporters: [nop]",
                                        "exporters: [nop], storage: {mode: row, streaming: true}")
                                + storage);
        ShapeConfig top = config.storage().shapes();
        assertThat(top)
                .isEqualTo(
                        ShapeConfig.DEFAULT
                                .with(StorageMode.COLUMNAR, 30, false)
                                .withRuns(5_000, 2_000, Duration.ofSeconds(5).toNanos()));
        assertThat(config.pipelines().getFirst().storage().shapes())
                .isEqualTo(top.with(StorageMode.ROW, 30, true));
    }

    @Test
    void shapesAreReadFromTheExtensionToo() throws ConfigException {
        AgentConfig config =
                load(
                        SMALLEST
                                + """
                                extensions:
                                  colonnade_storage:
                                    target_bytes_per_record: 30
                                    pipelines: {logs: {mode: columnar}}
                                """);
        assertThat(config.pipelines().getFirst().storage().shapes())
                .isEqualTo(ShapeConfig.DEFAULT.with(StorageMode.COLUMNAR, 30, false));
    }

    @Test
    void streamingUnderColumnsIsRefusedWhereverTheTwoMeet() {
        String above =
                SMALLEST.replace("exporters: [nop]", "exporters: [nop], storage: {streaming: true}")
                        + "storage: {mode: columnar}\n";
        assertThat(problems(above))
                .containsExactly(
                        "f.yaml:9:70: service::pipelines::logs::storage::streaming: streaming keeps"
                                + " rows, mode columnar keeps none: write one of them");
        String below =
                SMALLEST.replace("exporters: [nop]", "exporters: [nop], storage: {mode: columnar}")
                        + "storage: {streaming: true}\n";
        assertThat(problems(below))
                .containsExactly(
                        "f.yaml:9:65: service::pipelines::logs::storage::mode: streaming keeps"
                                + " rows, mode columnar keeps none: write one of them");
    }

    @Test
    void debugPagesAreServedWhereTheExtensionRuns() throws ConfigException {
        String declared = SMALLEST + "extensions: {zpages: }\n";
        assertThat(load(declared).admin()).isNull();
        String running = declared.replace("service:", "service:\n  extensions: [zpages]");
        assertThat(load(running).admin()).hasToString("localhost:55679");
        String elsewhere = running.replace("zpages: }", "zpages: {endpoint: '0.0.0.0:0'}}");
        assertThat(load(elsewhere).admin()).hasToString("0.0.0.0:0");
    }

    private static AgentConfig load(String text) throws ConfigException {
        return ConfigLoader.loadText("f.yaml", text, Map.of());
    }

    private static List<String> problems(String text) {
        try {
            ConfigLoader.loadText("f.yaml", text, Map.of());
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }
}
