package dev.colonnade.agent.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.Metric;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whatever the reader's settings, the page has the names that a Collector with the same settings
/// would show.
final class MetricNamesTest {
    private static final Metric SENT =
            Metric.counter("otelcol_exporter_sent_spans", "records", "H.", "exporter");
    private static final Metric UPTIME = Metric.counter("otelcol_process_uptime", "seconds", "H.");
    private static final Metric RSS = Metric.gauge("otelcol_process_memory_rss", "bytes", "H.");
    private static final Metric HEAP =
            Metric.gauge("otelcol_process_runtime_heap_alloc_bytes", "bytes", "H.");
    private static final Metric OWN = Metric.counter("colonnade_things", "bytes", "H.", "a");

    @ParameterizedTest
    @CsvSource({
        "true, true, otelcol_exporter_sent_spans, otelcol_process_uptime,"
                + " otelcol_process_memory_rss",
        "false, true, otelcol_exporter_sent_spans_total, otelcol_process_uptime_total,"
                + " otelcol_process_memory_rss",
        "true, false, otelcol_exporter_sent_spans, otelcol_process_uptime_seconds,"
                + " otelcol_process_memory_rss_bytes",
        "false, false, otelcol_exporter_sent_spans_total, otelcol_process_uptime_seconds_total,"
                + " otelcol_process_memory_rss_bytes",
    })
    void namesAreTheCollectors(
            boolean withoutTypeSuffix,
            boolean withoutUnits,
            String sent,
            String uptime,
            String rss) {
        Metrics metrics = new Metrics(new MetricNames(withoutTypeSuffix, withoutUnits));
        metrics.counter(SENT, () -> 5, "otlp_total {x=\"y_total 1\"}");
        metrics.counter(UPTIME, () -> 6);
        metrics.gauge(RSS, () -> 7);
        metrics.gauge(HEAP, () -> 8);
        metrics.counter(OWN, () -> 9, "otelcol_a_total");
        byte[] page = metrics.scrape();
        Scrape scrape = Scrape.of(page);
        assertThat(scrape.value(sent)).isEqualTo(5);
        assertThat(scrape.all(sent).getFirst().label("exporter"))
                .isEqualTo("otlp_total {x=\\\"y_total 1\\\"}");
        assertThat(scrape.value(uptime)).isEqualTo(6);
        assertThat(scrape.value(rss)).isEqualTo(7);
        assertThat(scrape.value("otelcol_process_runtime_heap_alloc_bytes")).isEqualTo(8);
        assertThat(scrape.value("colonnade_things_total", "a", "otelcol_a_total")).isEqualTo(9);
        assertThat(scrape.types())
                .containsEntry(sent, "counter")
                .containsEntry(uptime, "counter")
                .containsEntry("colonnade_things_total", "counter")
                .hasSize(5);
        assertThat(new String(page, StandardCharsets.UTF_8)).contains("# HELP " + sent + " H.\n");
    }
}
