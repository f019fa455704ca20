package dev.colonnade.agent.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ComponentId;
import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.agent.config.PipelineConfig;
import dev.colonnade.agent.config.PipelineId;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What follows from a configuration: where records flow, and what each store is to be.
final class GraphTest {
    private static final ComponentId OTLP = new ComponentId("otlp", "");

    private final TelemetryMemory memory = new TelemetryMemory(16 << 20, 1);

    @AfterEach
    void closeMemory() {
        memory.close();
    }

    @Test
    void connectorsAreFlattened() throws Exception {
        AgentConfig config =
                load(
                        "",
                        """
                        logs/in: {receivers: [otlp], exporters: [forward/1, forward/2, nop]}
                        logs/a: {receivers: [forward/1], exporters: [forward/3]}
                        logs/b: {receivers: [forward/2, otlp], exporters: [forward/3]}
                        logs/end: {receivers: [forward/3], exporters: [nop/2]}
                        traces: {receivers: [otlp], exporters: [nop]}
                        """);
        Flow flow = new Flow(config);
        assertThat(targets(flow, Signal.LOGS))
                .hasToString("[logs/in, logs/end, logs/end, logs/end]");
        assertThat(targets(flow, Signal.TRACES)).hasToString("[traces]");
        assertThat(targets(flow, Signal.METRICS)).isEmpty();
        assertThat(flow.exporters(config.pipelines().getFirst())).hasToString("[nop]");
    }

    @Test
    void waysThroughConnectorsHaveALimit() throws Exception {
        StringBuilder pipelines =
                new StringBuilder(
                        "logs/0: {receivers: [otlp], exporters: [forward/a0, forward/b0]}\n");
        for (int stage = 1; stage <= 8; stage++) {
            String next = stage == 8 ? "nop" : "forward/a%d, forward/b%d".formatted(stage, stage);
            for (String side : List.of("a", "b")) {
                pipelines.append(
                        "logs/%s%d: {receivers: [forward/%s%d], exporters: [%s]}\n"
                                .formatted(side, stage, side, stage - 1, next));
            }
        }
        Flow flow = new Flow(load("", pipelines.toString()));
        assertThatThrownBy(() -> flow.passages(OTLP, Signal.LOGS))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("too many ways through connectors: receiver=otlp");
    }

    @Test
    void senderWaitsWhereAnExporterOrTheStorageSaysSo() throws Exception {
        List<StoreConfig> stores =
                stores(
                        "",
                        """
                        logs/0: {receivers: [otlp], exporters: [nop]}
                        logs/1: {receivers: [otlp], exporters: [otlp/unqueued, nop]}
                        logs/2: {receivers: [otlp], exporters: [otlp/waiting]}
                        logs/3: {receivers: [otlp], exporters: [nop], storage: {durability: delivered}}
                        """);
        assertThat(stores)
                .extracting(StoreConfig::durability)
                .containsExactly(
                        Durability.MEMORY,
                        Durability.DELIVERED,
                        Durability.DELIVERED,
                        Durability.DELIVERED);
        assertThat(stores.get(1).cursors().getFirst().limit()).isNull();
    }

    @Test
    void storageOfAPipelineComesBeforeThatOfAll() throws Exception {
        List<StoreConfig> stores =
                stores(
                        "storage: {durability: delivered, on_full: drop_oldest, exporters: {nop/2:"
                                + " {on_full: refuse}}}",
                        """
                        logs/0: {receivers: [otlp], exporters: [nop, nop/2]}
                        logs/1:
                          receivers: [otlp]
                          exporters: [nop, nop/2]
                          storage: {durability: memory, on_full: refuse, exporters: {nop: {on_full: drop_oldest}}}
                        logs/2: {receivers: [otlp], exporters: [nop], storage: {memory: 3MiB}}
                        """);
        assertThat(stores.get(0).durability()).isEqualTo(Durability.DELIVERED);
        assertThat(stores.get(0).cursors())
                .extracting(CursorConfig::onFull)
                .containsExactly(OnFull.DROP_OLDEST, OnFull.REFUSE);
        assertThat(stores.get(1).durability()).isEqualTo(Durability.MEMORY);
        assertThat(stores.get(1).cursors())
                .extracting(CursorConfig::onFull)
                .containsExactly(OnFull.DROP_OLDEST, OnFull.REFUSE);
        assertThat(stores.get(1).budget().limit()).isEqualTo(16 << 20);
        assertThat(stores.get(2).budget().limit()).isEqualTo(3 << 20);
    }

    @Test
    void queueSizeIsOneLimitPerExporterAndSignal() throws Exception {
        List<StoreConfig> stores =
                stores(
                        "",
                        """
                        logs/0: {receivers: [otlp], exporters: [otlp/limited, nop]}
                        logs/1: {receivers: [otlp], exporters: [otlp/limited]}
                        traces: {receivers: [otlp], exporters: [otlp/limited]}
                        """);
        CursorConfig first = stores.get(0).cursors().get(0);
        assertThat(first.limit()).isNotNull();
        assertThat(stores.get(0).cursors().get(1).limit()).isNull();
        assertThat(stores.get(1).cursors().get(0).limit()).isSameAs(first.limit());
        assertThat(stores.get(2).cursors().get(0).limit()).isNotNull().isNotSameAs(first.limit());
    }

    private static List<PipelineId> targets(Flow flow, Signal signal) throws StartException {
        return flow.passages(OTLP, signal).stream().map(passage -> passage.target().id()).toList();
    }

    private List<StoreConfig> stores(String storage, String pipelines)
            throws ConfigException, StartException {
        AgentConfig config = load(storage, pipelines);
        StorePlan plan =
                new StorePlan(config, memory.root(), new MetadataPlan(config, new Flow(config)));
        List<StoreConfig> stores = new ArrayList<>();
        for (PipelineConfig pipeline : config.pipelines()) {
            stores.add(plan.store(pipeline, pipeline.exporters()));
        }
        return stores;
    }

    private static AgentConfig load(String storage, String pipelines) throws ConfigException {
        StringBuilder connectors = new StringBuilder();
        for (String name : List.of("1", "2", "3")) {
            connectors.append("  forward/").append(name).append(":\n");
        }
        for (int stage = 0; stage < 8; stage++) {
            connectors.append("  forward/a%d:\n  forward/b%d:\n".formatted(stage, stage));
        }
        String yaml =
                """
                receivers: {otlp: {protocols: {grpc: }}}
                exporters:
                  nop:
                  nop/2:
                  otlp/unqueued: {endpoint: 'x:1', sending_queue: {enabled: false, queue_size: 5}}
                  otlp/waiting: {endpoint: 'x:1', sending_queue: {wait_for_result: true}}
                  otlp/limited: {endpoint: 'x:1', sending_queue: {queue_size: 5}}
                connectors:
                %s
                %s
                service:
                  pipelines:
                %s
                """
                        .formatted(connectors, storage, pipelines.indent(4));
        return ConfigLoader.loadText("test.yaml", yaml, Map.of());
    }
}
