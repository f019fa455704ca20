package dev.colonnade.agent.telemetry;

import dev.colonnade.pipeline.LatencyHistogram;
import dev.colonnade.pipeline.Metric;
import dev.colonnade.pipeline.Telemetry;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.NamingConvention;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The process's metrics, read when somebody scrapes.
///
/// Registering is thread-safe. Names are as declared, with `_total` after those of counters; what
/// [MetricNames] says holds for the Collector's.
public final class Metrics implements Telemetry {
    /// What [#scrape] writes.
    public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private final Histograms histograms = new Histograms();
    private final Map<Series, Sum> sums = new LinkedHashMap<>();
    private final List<Runnable> beforeFirstScrape = new ArrayList<>();
    private final List<Consumer<MeterRegistry>> unpublished = new ArrayList<>();
    private @Nullable Publication publication;
    private final MetricNames names;

    /// Empty metrics, the Collector's with `_total`.
    public Metrics() {
        this(MetricNames.WITH_SUFFIXES);
    }

    /// Empty metrics, the Collector's named by `names`.
    public Metrics(MetricNames names) {
        this.names = names;
    }

    @Override
    public void counter(Metric metric, LongSupplier value, String... labels) {
        decimalCounter(metric, value::getAsLong, labels);
    }

    /// As [#counter], for what is not counted in whole numbers, such as seconds.
    public synchronized void decimalCounter(Metric metric, DoubleSupplier value, String... labels) {
        Series series = series(metric, labels);
        Sum present = sums.get(series);
        if (present != null) {
            present.add(value);
            return;
        }
        Sum sum = new Sum(value);
        sums.put(series, sum);
        unpublished.add(registry ->
                FunctionCounter.builder(names.registered(metric), sum, Sum::value)
                        .description(metric.help())
                        .tags(series.tags())
                        .register(registry));
    }

    @Override
    public synchronized void gauge(Metric metric, DoubleSupplier value, String... labels) {
        Series series = series(metric, labels);
        Sum present = sums.get(series);
        if (present != null) {
            present.add(value);
            return;
        }
        Sum sum = new Sum(value);
        sums.put(series, sum);
        unpublished.add(registry ->
                Gauge.builder(names.registered(metric), sum, Sum::value)
                        .description(metric.help())
                        .tags(series.tags())
                        .register(registry));
    }

    @Override
    public LatencyHistogram histogram(Metric metric, String... labels) {
        return histograms.add(series(metric, labels));
    }

    /// Has `task` run before anything is read for the first time.
    synchronized void beforeFirstScrape(Runnable task) {
        beforeFirstScrape.add(task);
    }

    private synchronized void prepare() {
        beforeFirstScrape.forEach(Runnable::run);
        beforeFirstScrape.clear();
    }

    /// Everything registered so far, as Prometheus' client has it. What was registered since the
    /// last time is handed over now: it is a tenth of what a start would take, and nobody waits for
    /// it there.
    private synchronized PrometheusRegistry published() {
        Publication made = publication;
        if (made == null) {
            made = new Publication(histograms);
            publication = made;
        }
        for (Consumer<MeterRegistry> each : unpublished) {
            each.accept(made.meters);
        }
        unpublished.clear();
        return made.registry;
    }

    /// All metrics in Prometheus' text format; gauges that are absent now are left out.
    public byte[] scrape() {
        prepare();
        ByteArrayOutputStream text = new ByteArrayOutputStream(16 << 10);
        try {
            PrometheusTextFormatWriter.create().write(text, present(published().scrape()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names.exposed(text.toByteArray());
    }

    /// Tells every series and its value, in the order of their registration, then every
    /// distribution; what is absent now is left out.
    void read(Reader reader) {
        prepare();
        List<Map.Entry<Series, Sum>> now;
        synchronized (this) {
            now = List.copyOf(sums.entrySet());
        }
        for (Map.Entry<Series, Sum> entry : now) {
            double value = entry.getValue().value();
            if (!Double.isNaN(value)) {
                reader.number(entry.getKey().metric(), entry.getKey().values(), value);
            }
        }
        histograms.read(reader);
    }

    /// The sum of a counter's series whose label `label` has that value.
    public long sum(Metric metric, String label, String value) {
        int index = metric.labels().indexOf(label);
        double sum = 0;
        synchronized (this) {
            for (Map.Entry<Series, Sum> entry : sums.entrySet()) {
                Series series = entry.getKey();
                if (series.metric().equals(metric) && series.values().get(index).equals(value)) {
                    sum += entry.getValue().value();
                }
            }
        }
        return (long) sum;
    }

    /// Whoever wants to know all of it.
    interface Reader {
        /// A counter's or a gauge's value.
        void number(Metric metric, List<String> labels, double value);

        /// A distribution: how many are in each bucket, by the edges of [LatencyHistogram].
        void histogram(Metric metric, List<String> labels, long[] counts, double sumSeconds);
    }

    private static MetricSnapshots present(MetricSnapshots all) {
        MetricSnapshots.Builder present = MetricSnapshots.builder();
        for (MetricSnapshot snapshot : all) {
            if (!(snapshot instanceof GaugeSnapshot gauge)) {
                present.metricSnapshot(snapshot);
                continue;
            }
            List<GaugeDataPointSnapshot> points =
                    gauge.getDataPoints().stream()
                            .filter(point -> !Double.isNaN(point.getValue()))
                            .toList();
            if (!points.isEmpty()) {
                present.metricSnapshot(new GaugeSnapshot(gauge.getMetadata(), points));
            }
        }
        return present.build();
    }

    private static Series series(Metric metric, String... labels) {
        if (labels.length != metric.labels().size()) {
            throw new IllegalArgumentException(
                    "label values do not match: metric="
                            + metric.name()
                            + ", labels="
                            + metric.labels()
                            + ", values="
                            + labels.length);
        }
        return new Series(metric, List.of(labels));
    }

    /// One metric under one set of label values.
    record Series(Metric metric, List<String> values) {
        Tags tags() {
            Tags tags = Tags.empty();
            for (int index = 0; index < values.size(); index++) {
                tags = tags.and(metric.labels().get(index), values.get(index));
            }
            return tags;
        }
    }

    /// The two registries behind a page.
    private static final class Publication {
        private final PrometheusRegistry registry = new PrometheusRegistry();
        private final MeterRegistry meters =
                new PrometheusMeterRegistry(_ -> null, registry, Clock.SYSTEM);

        Publication(Histograms histograms) {
            meters.config().namingConvention(NamingConvention.identity);
            registry.register(histograms);
        }
    }

    /// Readers that add up; NaN when each of them says so.
    private static final class Sum {
        private final List<DoubleSupplier> parts = new CopyOnWriteArrayList<>();

        Sum(DoubleSupplier first) {
            parts.add(first);
        }

        void add(DoubleSupplier part) {
            parts.add(part);
        }

        double value() {
            double sum = Double.NaN;
            for (DoubleSupplier part : parts) {
                double value = part.getAsDouble();
                if (!Double.isNaN(value)) {
                    sum = Double.isNaN(sum) ? value : sum + value;
                }
            }
            return sum;
        }
    }
}
