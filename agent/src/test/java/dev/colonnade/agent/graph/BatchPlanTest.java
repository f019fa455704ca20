package dev.colonnade.agent.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.agent.config.ExporterConfig;
import dev.colonnade.exporters.BatchConfig;
import dev.colonnade.pipeline.StartException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class BatchPlanTest {
    private static final String COMPONENTS =
            """
            receivers: {otlp: {protocols: {grpc: }}}
            processors:
              batch:
              batch/small: {timeout: 1s, send_batch_size: 100, send_batch_max_size: 200}
              batch/quick: {timeout: 50ms, send_batch_size: 500, send_batch_max_size: 900}
              batch/max: {timeout: 0s, send_batch_size: 300, send_batch_max_size: 300}
            connectors: {forward: }
            exporters:
              otlp_http: {endpoint: http://a}
              otlp_grpc/written: {endpoint: a:1, sending_queue: {batch: {min_size: 7}}}
              otlp_grpc/items: {endpoint: a:1, sending_queue: {sizer: items, queue_size: 60}}
              nop:
            service:
              pipelines:
            """;

    @Test
    void defaultsAreThoseOfTheCollector() throws Exception {
        assertThat(batch("otlp_http", "logs: {processors: [batch], exporters: [otlp_http]}"))
                .isEqualTo(items(200, 8192, 0));
    }

    @Test
    void nothingIsBatchedWhereNoPipelineSaysSo() throws Exception {
        assertThat(batch("otlp_http", "logs: {exporters: [otlp_http]}")).isNull();
    }

    @Test
    void theSmallestOfEachFigureHoldsForASharedExporter() throws Exception {
        assertThat(
                        batch(
                                "otlp_http",
                                """
                                logs: {processors: [batch/small], exporters: [otlp_http]}
                                traces: {processors: [batch/quick], exporters: [otlp_http]}
                                """))
                .isEqualTo(items(50, 100, 200));
    }

    @Test
    void nothingIsWaitedForWhereOnePipelineHasNoBatch() throws Exception {
        assertThat(
                        batch(
                                "otlp_http",
                                """
                                logs: {processors: [batch/small], exporters: [otlp_http]}
                                traces: {exporters: [otlp_http]}
                                """))
                .isEqualTo(items(200, 1, 200));
    }

    @Test
    void withoutATimeoutOnlyTheLargestSizeHolds() throws Exception {
        assertThat(batch("otlp_http", "logs: {processors: [batch/max], exporters: [otlp_http]}"))
                .isEqualTo(items(200, 1, 300));
    }

    @Test
    void theLastOnTheWayCounts() throws Exception {
        assertThat(
                        batch(
                                "otlp_http",
                                """
                                logs/in: {processors: [batch, batch/small], exporters: [forward]}
                                logs/out: {receivers: [forward], exporters: [otlp_http]}
                                """))
                .isEqualTo(items(1000, 100, 200));
    }

    @Test
    void whatTheExporterSaysGoesFirst() throws Exception {
        String pipeline = "logs: {processors: [batch/small], exporters: [%s]}";
        assertThat(batch("otlp_grpc/written", pipeline.formatted("otlp_grpc/written")))
                .isEqualTo(items(200, 7, 0));
        assertThat(batch("otlp_grpc/items", pipeline.formatted("otlp_grpc/items")))
                .as("no more is waited for than the queue holds")
                .isEqualTo(items(1000, 60, 200));
        assertThat(batch("nop", pipeline.formatted("nop"))).as("does not merge").isNull();
    }

    private static BatchConfig items(long millis, long min, long max) {
        return new BatchConfig(Duration.ofMillis(millis), min, max, BatchConfig.Sizer.ITEMS);
    }

    /// The batch of an exporter in these pipelines, which receive from `otlp` unless they say more.
    private static @Nullable BatchConfig batch(String exporter, String pipelines)
            throws ConfigException, StartException {
        StringBuilder yaml = new StringBuilder(COMPONENTS);
        pipelines
                .lines()
                .map(line ->
                        line.contains("receivers")
                                ? line
                                : line.replace("{", "{receivers: [otlp], "))
                .forEach(line -> yaml.append("    ").append(line).append('\n'));
        AgentConfig config = ConfigLoader.loadText("f.yaml", yaml.toString(), Map.of());
        ComponentId id = Objects.requireNonNull(ComponentId.parse(exporter));
        ExporterConfig written = Objects.requireNonNull(config.exporters().get(id));
        return new BatchPlan(config, new Flow(config)).applied(written).queue().batch();
    }
}
