package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.agent.testkit.HandComponents;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.ContainerMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `storage.streaming` of a running agent.
@NullUnmarked // an unexpected null fails the test
@Timeout(60)
final class StreamingTest {
    private static final String SWITCHES = "colonnade_storage_mode_switches_total";

    @TempDir private Path folder;
    private HandComponents hand;

    /// Scenario: of two pipelines that hold as much, one streams. Guarantees: what it keeps as rows
    /// is counted for that reason; it changes nothing, and the other counts nothing so.
    @Test
    void countsWhatStaysRowsForItsSake() throws Exception {
        ColonnadeAgent agent = start();
        // A segment of this budget is sealed at 4 MiB.
        for (int request = 0; request < 12; request++) {
            hand.receiver("otlp").offer(Signal.LOGS, 0, 100, 1 << 20);
            hand.receiver("otlp").offer(Signal.TRACES, 0, 100, 1 << 20);
        }
        Scrape scrape = Scrape.of(agent.scrape());
        assertThat(
                        scrape.value(
                                SWITCHES,
                                "pipeline",
                                "logs",
                                "from",
                                "row",
                                "to",
                                "row",
                                "reason",
                                "streaming"))
                .isEqualTo(2);
        assertThat(scrape.sum(SWITCHES, "pipeline", "logs")).isEqualTo(2);
        assertThat(scrape.sum(SWITCHES, "pipeline", "traces", "reason", "streaming")).isZero();
        agent.stop(Duration.ZERO, Duration.ZERO);
    }

    private ColonnadeAgent start() throws ConfigException, StartException {
        String yaml =
                """
                receivers: {otlp: {protocols: {grpc: }}}
                exporters: {nop/down: }
                storage: {memory: 64MiB}
                service:
                  telemetry: {metrics: {level: none}}
                  pipelines:
                    logs: {receivers: [otlp], exporters: [nop/down], storage: {streaming: true}}
                    traces: {receivers: [otlp], exporters: [nop/down]}
                """;
        return ColonnadeAgent.start(
                ConfigLoader.loadText("test.yaml", yaml, Map.of()),
                new Surroundings(
                        ContainerMemory.of(folder.resolve("cgroup"), folder.resolve("proc")),
                        32 << 20,
                        1,
                        System::nanoTime,
                        new SplittableRandom(7),
                        (loops, _, _, nanoClock, _) -> {
                            hand = new HandComponents(loops, nanoClock, null);
                            return hand;
                        }));
    }
}
