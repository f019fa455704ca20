package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked // an unexpected null fails the test
final class SizingTest {
    private static final long MIB = 1L << 20;

    /// Of an agent with 128 MiB for telemetry that holds packed logs and has seen spans.
    private static final String PAGE =
            """
            # TYPE colonnade_memory_limit_bytes gauge
            colonnade_memory_limit_bytes 1.34217728E8
            jvm_available_processors 16.0
            colonnade_loop_silence_seconds{loop="0"} 0.1
            colonnade_loop_silence_seconds{loop="1"} 0.1
            jvm_memory_max_bytes{area="heap"} 3.3554432E7
            jvm_memory_max_bytes{area="nonheap"} -1.0
            colonnade_exporter_backlog_records{exporter="otlp",pipeline="logs",signal="logs"} 1000.0
            colonnade_exporter_backlog_records{exporter="otlp",pipeline="traces",signal="traces"} 0.0
            colonnade_records_accepted_total{pipeline="logs",signal="logs"} @ACCEPTED@
            colonnade_records_accepted_total{pipeline="traces",signal="traces"} 70.0
            colonnade_storage_records{pipeline="logs",shape="packed",signal="logs"} 1000.0
            colonnade_storage_records{pipeline="logs",shape="row",signal="logs"} 500.0
            colonnade_storage_bytes{pipeline="logs",shape="packed",signal="logs"} 25000.0
            colonnade_storage_bytes{pipeline="logs",shape="row",signal="logs"} 999999.0
            colonnade_storage_shape_wire_bytes_per_record{pipeline="logs",shape="packed",signal="logs"} 400.0
            colonnade_storage_target{pipeline="logs",signal="logs",state="met"} NaN
            """;

    @Test
    void readsWhatAnAgentMeasured() throws IOException {
        Sizing.Agent agent = Sizing.of(page(1000), page(6000), 5);
        assertThat(agent.loops()).isEqualTo(2);
        assertThat(agent.cursors()).isEqualTo(2);
        assertThat(agent.runtimeBytes()).isEqualTo(RuntimeReserve.bytes(32 * MIB, 2));
        assertThat(agent.figures().get(Signal.LOGS))
                .isEqualTo(new Sizing.Figure(25, 400, 1000, true));
        Sizing.Figure spans = agent.figures().get(Signal.TRACES);
        assertThat(spans.isOwn()).as("none of its spans are packed").isFalse();
        assertThat(spans.perSecond()).isZero();
    }

    @Test
    void saysHowManyFitAndForHowLong() throws IOException {
        Map<Signal, Sizing.Figure> figures =
                Map.of(
                        Signal.LOGS, new Sizing.Figure(25, 400, 1000, true),
                        Signal.TRACES, new Sizing.Figure(50, 500, 500, true),
                        Signal.METRICS, new Sizing.Figure(10, 200, 0, true));
        List<String> lines = Sizing.answer(1224 * MIB, new Sizing.Agent(200 * MIB, 1, 1, figures));
        assertThat(lines).hasSize(5);
        assertThat(lines.get(0)).startsWith("limit 1224.0 MiB: runtime 200.0 MiB, ");
        double room = mebibytesForRecords(lines.get(0)) * MIB;
        assertThat(room / MIB).isBetween(850.0, 1000.0);
        assertThat(records(lines.get(1))).isBetween(room / 25 * 0.999, room / 25 * 1.001);
        assertThat(records(lines.get(3))).isBetween(room / 10 * 0.999, room / 10 * 1.001);
        assertThat(lines.get(1)).contains("records of 25.0 bytes (400 as OTLP), measured by the");
        double minutes = room / (25 * 1000 + 50 * 500) / 60;
        assertThat(lines.get(4)).endsWith(": " + Math.round(minutes * 10) / 10.0 + " minutes");
    }

    @Test
    void usesFiguresOfStandardDataOnlyWhereNothingElseIsKnown() throws IOException {
        List<String> lines = Sizing.answer(256 * MIB, new Sizing.Agent(80 * MIB, 1, 3, Map.of()));
        assertThat(lines).hasSize(4);
        assertThat(lines.subList(1, 4)).allMatch(line -> line.endsWith("with standard data"));
        assertThat(records(lines.get(1))).isBetween(1_000_000.0, 10_000_000.0);
    }

    @Test
    void countsRowsWhereMemoryIsTooSmallToPack() throws IOException {
        Map<Signal, Sizing.Figure> figures =
                Map.of(Signal.LOGS, new Sizing.Figure(25, 400, 0, true));
        List<String> lines = Sizing.answer(108 * MIB, new Sizing.Agent(100 * MIB, 4, 1, figures));
        assertThat(lines.get(1)).isEqualTo("too little memory to pack: records stay rows");
        assertThat(lines.get(2)).contains("records of 400.0 bytes");
    }

    @Test
    void countsPackedRecordsInTheSmallestBudget() throws IOException {
        Map<Signal, Sizing.Figure> figures =
                Map.of(Signal.LOGS, new Sizing.Figure(40, 400, 0, true));
        List<String> lines = Sizing.answer(108 * MIB, new Sizing.Agent(100 * MIB, 1, 3, figures));
        assertThat(mebibytesForRecords(lines.get(0))).isBetween(4.0, 6.0);
        assertThat(lines.get(1)).contains("records of 40.0 bytes");
    }

    /// Scenario: the limits of small sidecars, on machines small and large. Guarantees: an agent
    /// with the packaged heap fits and packs in each, whatever processors there are.
    @ParameterizedTest
    @CsvSource({"64, 1, 1", "64, 64, 1", "96, 64, 2", "128, 2, 2", "128, 64, 4", "4096, 8, 8"})
    void assumesTheAgentThatWouldRun(int mebibytes, int processors, int loops) throws IOException {
        Sizing.Agent agent = Sizing.assumed(mebibytes * MIB, 20 * MIB, processors);
        assertThat(agent.loops()).isEqualTo(loops);
        List<String> lines = Sizing.answer(mebibytes * MIB, agent);
        assertThat(lines).hasSize(4);
        assertThat(mebibytesForRecords(lines.getFirst())).isGreaterThan(3);
    }

    @Test
    void refusesLimitsInWhichNoAgentLivesAndPagesOfOthers() {
        assertThatThrownBy(
                        () -> Sizing.answer(64 * MIB, new Sizing.Agent(60 * MIB, 1, 1, Map.of())))
                .hasMessageContaining("limit is too small for an agent: limit=67108864");
        MetricsPage other = MetricsPage.of("up 1\nnot a sample\n{} x\n");
        assertThatThrownBy(() -> Sizing.of(other, other, 1)).isInstanceOf(IOException.class);
    }

    private static MetricsPage page(int accepted) {
        return MetricsPage.of(PAGE.replace("@ACCEPTED@", String.valueOf(accepted)));
    }

    private static double mebibytesForRecords(String line) {
        String number = line.substring(line.lastIndexOf("records ") + 8);
        return Double.parseDouble(number.replace(" MiB", ""));
    }

    private static double records(String line) {
        return Double.parseDouble(line.substring(8, 23).replace(",", "").strip());
    }
}
