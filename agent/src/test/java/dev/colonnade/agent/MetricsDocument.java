package dev.colonnade.agent;

import dev.colonnade.agent.telemetry.MetricNames;
import dev.colonnade.pipeline.Metric;
import java.util.Locale;

/// `docs/metrics.md`, made from the declarations.
final class MetricsDocument {
    private static final String HEAD =
            """
            # Metrics

            <!-- Made from the declarations in the code. Do not edit; run
                 mvn -pl agent -am test -Dtest=MetricCatalogueTest -Dcolonnade.docs=write -Dsurefire.failIfNoSpecifiedTests=false -->

            `http://localhost:8888/metrics` in Prometheus' text format; another place by `service.telemetry.metrics.readers`, none by `level: none`. What they mean
            together, and what to do about them, is in [operations.md](operations.md); alert rules are in `configs/prometheus/colonnade.rules.yaml`, a dashboard in
            `configs/grafana/colonnade.json`.

            Counters end in `_total`. The Collector's names (`otelcol_`) do so only where `readers` is written without `without_type_suffix: true`, as in the Collector; their
            unit is part of the name only where `readers` is written without `without_units: true`. This page has them with both. A gauge that has no value now is not on the page.

            Not here, because the thing does not exist here: `otelcol_processor_batch_*` (`batch` is the exporters' merging: `colonnade_exporter_merged_requests_total`),
            `otelcol_processor_memory_limiter_*` (`memory_limiter` caps the budget: `colonnade_requests_refused_total{reason="memory"}`), `otelcol_receiver_failed_*`,
            `otelcol_receiver_requests` (`colonnade_acknowledge_seconds_count` and `colonnade_requests_refused_total`), `otelcol_scraper_*`.
            """;

    private MetricsDocument() {}

    static String text() {
        StringBuilder text = new StringBuilder(HEAD);
        for (MetricCatalogue.Group group : MetricCatalogue.groups()) {
            text.append("\n## ").append(group.title()).append("\n\n");
            text.append("| metric | type | unit | labels | what |\n|---|---|---|---|---|\n");
            for (Metric metric : group.metrics()) {
                text.append("| `").append(MetricNames.WITH_SUFFIXES.of(metric)).append("` | ");
                text.append(metric.kind().name().toLowerCase(Locale.ROOT)).append(" | ");
                text.append(metric.unit()).append(" | ");
                text.append(String.join(", ", metric.labels())).append(" | ");
                text.append(metric.help()).append(" |\n");
            }
        }
        return text.toString();
    }
}
