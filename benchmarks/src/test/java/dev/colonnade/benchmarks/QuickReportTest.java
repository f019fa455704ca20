package dev.colonnade.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class QuickReportTest {
    private static final Scrape BEFORE =
            Scrape.parse("colonnade_storage_records 0\nprocess_resident_memory_bytes 1000\n");
    private static final Scrape AFTER =
            Scrape.parse(
                    """
                    colonnade_storage_records{signal="logs",shape="row"} 10
                    colonnade_storage_bytes_per_record{signal="logs"} 400
                    colonnade_storage_wire_bytes_per_record{signal="logs"} 300
                    process_resident_memory_bytes 6000
                    """);

    private static Facts round(String group, String subject, double cpu) {
        return new Facts()
                .put("group", group)
                .put("subject", subject)
                .put("subject_cpu_ms", cpu)
                .put("accepted_records", 10)
                .put("total_accepted_records", 10)
                .put("allocated_bytes_per_request", 900.0)
                .put("gc_pause_ms", 20.0)
                .put("measured_s", 2.0)
                .put("subject_rss_peak_mib", cpu)
                .put("latency_us_p50", 500.0)
                .put("latency_us_p99", 2000.0)
                .put("latency_us_p999", 3000.0)
                .put("unsent_requests", 0)
                .put("refused_requests", 0)
                .put("offered_requests", 10)
                .put("colonnade_delivery_seconds_us_p50", 100.0)
                .put("colonnade_delivery_seconds_us_p99", 200.0)
                .put("colonnade_delivery_seconds_us_p999", 300.0);
    }

    private static List<Facts> agentRounds() {
        return List.of(
                round("http", "agent", 200),
                round("http", "agent", 220),
                round("grpc", "agent", 300),
                round("http latency", "agent", 1),
                round("grpc latency", "agent", 1),
                round("held", "agent", 1));
    }

    private static List<Facts> withNginx() {
        return Stream.concat(
                        agentRounds().stream(),
                        Stream.of(round("http", "nginx-http", 100), round("grpc", "nginx-tcp", 99)))
                .toList();
    }

    private static Facts limits() {
        return new Facts()
                .put("machine", "m")
                .put("command", "c --limit \"x\"")
                .put("limit_http_ratio", "4")
                .put("limit_grpc_ratio", "6")
                .put("limit_lost", "0")
                .put("limit_p99_ms", "1000")
                .put("limit_held_factor", "1.3")
                .put("limit_held_plus", "64")
                .put("limit_garbage_bytes", "1000")
                .put("limit_gc_percent", "10")
                .put("limit_rss_mib", "1024")
                .put("limit_start_ms", "5000")
                .put("start_us_1", "300000")
                .put("start_us_2", "100000")
                .put("start_us_3", "200000");
    }

    private static QuickReport report(List<Facts> rounds, Facts run) {
        return new QuickReport(rounds, run, BEFORE, AFTER);
    }

    private static QuickReport.Row row(QuickReport report, String name) {
        return report.rows().stream().filter(row -> row.name().equals(name)).findFirst().get();
    }

    @Test
    void figuresAreThoseOfTheRounds() {
        QuickReport report = report(withNginx(), limits());
        assertThat(row(report, "http through: ratio").value()).isEqualTo(2.1);
        assertThat(row(report, "grpc through: ratio").value()).isEqualTo(300 / 99.0);
        assertThat(row(report, "http through: throughput").value()).isEqualTo(5);
        assertThat(row(report, "http through: collections").value()).isEqualTo(1);
        assertThat(row(report, "http answer: p99").value()).isEqualTo(2);
        assertThat(row(report, "backend down: store").value()).isEqualTo(400);
        assertThat(row(report, "backend down: store").limit()).isEqualTo(1.3 * 300 + 64);
        assertThat(row(report, "backend down: RSS growth").value()).isEqualTo(500);
        assertThat(row(report, "peak RSS").value()).isEqualTo(300);
        assertThat(row(report, "start to first answer").value()).isEqualTo(200);
        assertThat(report.isMissed()).isFalse();
        assertThat(report.table()).doesNotContain("MISS");
    }

    @Test
    void everyLimitCanBeMissed() {
        for (String limit :
                List.of(
                        "http_ratio",
                        "grpc_ratio",
                        "p99_ms",
                        "garbage_bytes",
                        "gc_percent",
                        "rss_mib",
                        "start_ms")) {
            QuickReport report = report(withNginx(), limits().put("limit_" + limit, "0.1"));
            assertThat(report.isMissed()).as(limit).isTrue();
            assertThat(report.table()).as(limit).contains("MISS");
            assertThat(report.json()).as(limit).contains("\"ok\": false");
        }
        Facts dense = limits().put("limit_held_factor", "1").put("limit_held_plus", "99");
        assertThat(row(report(withNginx(), dense), "backend down: store").isMissed()).isTrue();
    }

    @Test
    void lostRecordsAreMissedWhereverTheyWere() {
        List<Facts> lost =
                Stream.concat(
                                withNginx().stream(),
                                Stream.of(round("http", "agent", 9).put("check_lost_records", 1)))
                        .toList();
        assertThat(report(lost, limits()).isMissed()).isTrue();

        Scrape oneLess =
                Scrape.parse(
                        """
                        colonnade_storage_records 9
                        colonnade_storage_bytes_per_record 400
                        colonnade_storage_wire_bytes_per_record 300
                        """);
        QuickReport held = new QuickReport(withNginx(), limits(), BEFORE, oneLess);
        assertThat(row(held, "backend down: missing").value()).isEqualTo(1);
        assertThat(held.isMissed()).isTrue();
    }

    @Test
    void onlyTheRatioMayBeAbsent() {
        QuickReport alone = report(agentRounds(), limits());
        assertThat(alone.isMissed()).isFalse();
        assertThat(row(alone, "http through: ratio").verdict()).isEqualTo("-");
        assertThat(row(alone, "http through: ratio").beside()).isEqualTo("no nginx-http here");
        assertThat(report(withNginx().subList(1, 8), limits()).isMissed()).isFalse();
        assertThat(report(withNginx().subList(2, 8), limits()).isMissed()).isTrue();
        QuickReport nothingHeld = new QuickReport(withNginx(), limits(), BEFORE, Scrape.empty());
        assertThat(row(nothingHeld, "backend down: store").isMissed()).isTrue();
        assertThat(row(nothingHeld, "backend down: missing").isMissed()).isTrue();
    }

    @Test
    void jsonLeavesOutWhatWasNotMeasured() {
        String json = report(agentRounds(), limits()).json();
        assertThat(json)
                .startsWith("{\"machine\": \"m\",\n")
                .contains("\"command\": \"c --limit \\\"x\\\"\"")
                .contains("\"ok\": true")
                .contains("{\"name\": \"start to first answer\", \"unit\": \"ms\", \"value\": 200")
                .doesNotContain("NaN")
                .endsWith("\n ]}\n");
    }
}
