package dev.colonnade.agent.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.LatencyHistogram;
import dev.colonnade.pipeline.Metric;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class MetricsTest {
    private static final Metric COUNTER = Metric.counter("colonnade_things", "bytes", "H.", "a");
    private static final Metric GAUGE = Metric.gauge("colonnade_level", "", "H.", "a", "b");
    private static final Metric HISTOGRAM =
            Metric.histogram("colonnade_delivery_seconds", "H.", "exporter");

    private final Metrics metrics = new Metrics();

    @Test
    void namesAreAsDeclaredAndCountersEndInTotal() {
        metrics.counter(COUNTER, () -> 5, "x");
        metrics.gauge(GAUGE, () -> 1.5, "x", "quote \" and \\ and \n");
        Scrape scrape = Scrape.of(metrics.scrape());
        assertThat(scrape.value("colonnade_things_total", "a", "x")).isEqualTo(5);
        assertThat(scrape.value("colonnade_level", "a", "x")).isEqualTo(1.5);
        assertThat(scrape.all("colonnade_level").getFirst().label("b"))
                .isEqualTo("quote \\\" and \\\\ and \\n");
        assertThat(scrape.types())
                .containsEntry("colonnade_things_total", "counter")
                .containsEntry("colonnade_level", "gauge");
    }

    @Test
    void readersOfOneSeriesAddUp() {
        AtomicLong second = new AtomicLong(7);
        metrics.counter(COUNTER, () -> 5, "x");
        metrics.counter(COUNTER, second::get, "x");
        metrics.counter(COUNTER, () -> 100, "y");
        assertThat(Scrape.of(metrics.scrape()).value("colonnade_things_total", "a", "x"))
                .isEqualTo(12);
        second.set(8);
        assertThat(Scrape.of(metrics.scrape()).value("colonnade_things_total", "a", "x"))
                .isEqualTo(13);
    }

    @Test
    void whatIsRegisteredAfterAScrapeStandsOnTheNextPage() {
        metrics.counter(COUNTER, () -> 1, "x");
        assertThat(Scrape.of(metrics.scrape()).all("colonnade_things_total")).hasSize(1);
        metrics.counter(COUNTER, () -> 2, "y");
        assertThat(Scrape.of(metrics.scrape()).value("colonnade_things_total", "a", "y"))
                .isEqualTo(2);
    }

    @Test
    void gaugesThatAreAbsentStandOnNoPage() {
        AtomicLong held = new AtomicLong();
        metrics.gauge(GAUGE, () -> held.get() == 0 ? Double.NaN : 3, "x", "");
        metrics.gauge(GAUGE, () -> 4, "y", "");
        assertThat(Scrape.of(metrics.scrape()).all("colonnade_level")).hasSize(1);
        held.set(1);
        assertThat(Scrape.of(metrics.scrape()).value("colonnade_level", "a", "x")).isEqualTo(3);
    }

    @Test
    void countersSurviveGarbageCollection() {
        metrics.counter(COUNTER, new AtomicLong(9)::get, "x");
        System.gc();
        assertThat(Scrape.of(metrics.scrape()).value("colonnade_things_total")).isEqualTo(9);
    }

    @Test
    void histogramsHaveFixedEdgesInSeconds() {
        LatencyHistogram one = metrics.histogram(HISTOGRAM, "otlp");
        LatencyHistogram other = metrics.histogram(HISTOGRAM, "otlp");
        one.record(900_000);
        one.record(1_000_000);
        other.record(4_000_000);
        other.record(7_200_000_000_000L);
        Scrape scrape = Scrape.of(metrics.scrape());
        assertThat(bucket(scrape, "0.001")).isEqualTo(2);
        assertThat(bucket(scrape, "0.005")).isEqualTo(3);
        assertThat(bucket(scrape, "3600.0")).isEqualTo(3);
        assertThat(bucket(scrape, "+Inf")).isEqualTo(4);
        assertThat(scrape.value("colonnade_delivery_seconds_count")).isEqualTo(4);
        assertThat(scrape.value("colonnade_delivery_seconds_sum")).isEqualTo(7200.0059);
        assertThat(scrape.types()).containsEntry("colonnade_delivery_seconds", "histogram");
    }

    @Test
    void refusesLabelsThatWereNotDeclared() {
        assertThatThrownBy(() -> metrics.counter(COUNTER, () -> 1, "x", "y"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "label values do not match: metric=colonnade_things, labels=[a], values=2");
    }

    private static double bucket(Scrape scrape, String edge) {
        return scrape.value("colonnade_delivery_seconds_bucket", "le", edge, "exporter", "otlp");
    }
}
