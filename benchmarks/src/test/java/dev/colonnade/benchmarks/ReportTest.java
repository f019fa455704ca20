package dev.colonnade.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static Facts round(String group, String subject, double cpu) {
        return new Facts()
                .put("group", group)
                .put("subject", subject)
                .put("yardstick", "nginx-tcp")
                .put("subject_cpu_ns_per_delivered", cpu)
                .put("accepted_records", 1000)
                .put("accepted_records_per_s", 1000.0);
    }

    @Test
    void medianAndLowestAreThoseOfTheRounds() {
        List<Facts> rounds = List.of(round("g", "s", 30), round("g", "s", 10), round("g", "s", 20));
        Samples odd = Samples.of(rounds, "subject_cpu_ns_per_delivered");
        assertThat(odd.median()).isEqualTo(20);
        assertThat(odd.lowest()).isEqualTo(10);
        assertThat(odd.highest()).isEqualTo(30);
        assertThat(odd.sum()).isEqualTo(60);
        assertThat(Samples.of(rounds.subList(0, 2), "subject_cpu_ns_per_delivered").median())
                .isEqualTo(20);
        assertThatThrownBy(() -> Samples.of(List.of(), "x")).hasMessageContaining("figure=x");
    }

    @Test
    void ratioIsAgainstTheYardstickOfTheSameGroup() {
        String text =
                ReportMain.through(
                        List.of(
                                round("a", "nginx-tcp", 100),
                                round("a", "agent", 130),
                                round("b", "nginx-tcp", 200),
                                round("b", "agent", 130),
                                round("a", "nginx-tcp", 100),
                                round("a", "agent", 150)));
        assertThat(text.lines().filter(line -> line.startsWith("| a")).toList().get(1))
                .contains("| 140 ")
                .contains("| 1.40 ");
        assertThat(text.lines().filter(line -> line.startsWith("| b")).toList().get(1))
                .contains("| 0.65 ");
    }

    @Test
    void editCostsWhatItTakesBeyondThePlainRoundBeforeIt() {
        List<Facts> rounds = new ArrayList<>();
        double[][] costs = {{100, 400}, {1000, 1200}, {110, 390}};
        for (double[] cost : costs) {
            for (int edit = 0; edit < 2; edit++) {
                rounds.add(
                        round("g", edit == 0 ? "plain" : "hash", cost[edit])
                                .put("yardstick", "plain")
                                .put("delivered_records", 10)
                                .put("delivered_wire_bytes", edit == 0 ? 3340 : 3500));
            }
        }
        assertThat(EditsReport.table(rounds).lines().skip(2))
                .containsExactly(
                        "| g    | plain | 110           | 0.00            | 0.00         |"
                                + " 0.00          | 334              |",
                        "| g    | hash  | 400           | 280             | 200          |"
                                + " 300           | 350              |");
    }

    @Test
    void refusalIsWhatIsLeftWhenAcceptancesArePaid() {
        Facts round =
                new Facts()
                        .put("subject_cpu_ms", 1000)
                        .put("accepted_requests", 100)
                        .put("refused_requests", 10_000);
        assertThat(ReportMain.cpuPerRefusal(round, 8000)).isEqualTo(20);
        assertThat(ReportMain.cpuPerRefusal(new Facts().put("subject_cpu_ms", 1), 5)).isNaN();
    }

    @Test
    void everyCheckOfTheSinkCanFailTheRun() {
        Facts good = round("g", "s", 1);
        assertThat(ReportMain.failures(List.of(good))).isEmpty();
        assertThat(ReportMain.failures(List.of(round("g", "s", 1).put("check_lost_records", 3))))
                .containsExactly("g, s: check_lost_records=3.00");
        Facts arrived = round("g", "s", 1).put("check_refused_arrived_records", 2);
        assertThat(ReportMain.failures(List.of(arrived))).hasSize(1);
        assertThat(ReportMain.failures(List.of(round("g", "s", 1).put("refused_without_delay", 1))))
                .hasSize(1);
        assertThat(ReportMain.failures(List.of(round("g", "s", 1).put("accepted_records", 0))))
                .containsExactly("g, s: nothing was accepted");
    }

    @Test
    void quantilesAreThoseOfWhatCameBetweenTwoPages() {
        Scrape before =
                Scrape.parse(
                        """
                        # TYPE t_seconds histogram
                        t_seconds_bucket{pipeline="a",le="0.001"} 1000
                        t_seconds_bucket{pipeline="a",le="0.01"} 1000
                        t_seconds_bucket{pipeline="a",le="+Inf"} 1000
                        bytes_total{pool="x"} 5
                        """);
        Scrape after =
                Scrape.parse(
                        """
                        t_seconds_bucket{pipeline="a",le="0.001"} 1050
                        t_seconds_bucket{pipeline="a",le="0.01"} 1080
                        t_seconds_bucket{pipeline="a",le="+Inf"} 1090
                        t_seconds_bucket{pipeline="b",le="0.001"} 0
                        t_seconds_bucket{pipeline="b",le="0.01"} 9
                        t_seconds_bucket{pipeline="b",le="+Inf"} 10
                        bytes_total{pool="x"} 7
                        bytes_total{pool="y z"} 1.5e1
                        """);
        assertThat(after.quantile(before, "t_seconds", 0.5)).isEqualTo(0.001);
        assertThat(after.quantile(before, "t_seconds", 0.89)).isEqualTo(0.01);
        assertThat(after.quantile(before, "t_seconds", 0.9)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(after.quantile(after, "t_seconds", 0.5)).isNaN();
        assertThat(after.total("bytes_total") - before.total("bytes_total")).isEqualTo(17);
        assertThat(after.has("bytes_total")).isTrue();
        assertThat(after.has("bytes")).isFalse();
    }
}
