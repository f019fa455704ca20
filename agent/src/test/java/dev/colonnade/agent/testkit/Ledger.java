package dev.colonnade.agent.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Scrape.Sample;
import java.util.List;

/// The law of the ledger, to be checked at rest at the end of every end-to-end test.
///
/// Per pipeline: accepted + produced = stored + filtered. Per pipeline and exporter: stored =
/// delivered + dropped + backlog.
public final class Ledger {
    private Ledger() {}

    /// Checks the law for every pipeline and exporter on the page.
    ///
    /// @return the page, for further questions
    public static Scrape check(byte[] page) {
        Scrape scrape = Scrape.of(page);
        List<Sample> stored = scrape.all("colonnade_records_stored_total");
        assertThat(stored).as("pipelines on the page").isNotEmpty();
        for (Sample pipeline : stored) {
            String[] labels = {
                "pipeline", pipeline.label("pipeline"), "signal", pipeline.label("signal")
            };
            double in =
                    scrape.value("colonnade_records_accepted_total", labels)
                            + scrape.sum("colonnade_records_produced_total", labels);
            double kept = pipeline.value() + scrape.sum("colonnade_records_filtered_total", labels);
            assertThat(kept).as("stored and filtered of %s", pipeline.labels()).isEqualTo(in);
            checkExporters(scrape, pipeline, labels);
        }
        return scrape;
    }

    private static void checkExporters(Scrape scrape, Sample pipeline, String... labels) {
        List<Sample> delivered = scrape.all("colonnade_records_delivered_total", labels);
        assertThat(delivered).as("exporters of %s", pipeline.labels()).isNotEmpty();
        for (Sample exporter : delivered) {
            String[] own = {
                labels[0], labels[1], labels[2], labels[3], "exporter", exporter.label("exporter")
            };
            double settled = exporter.value() + scrape.sum("colonnade_records_dropped_total", own);
            double backlog = scrape.value("colonnade_exporter_backlog_records", own);
            assertThat(settled + backlog)
                    .as("delivered, dropped and backlog of %s", exporter.labels())
                    .isEqualTo(pipeline.value());
        }
    }
}
