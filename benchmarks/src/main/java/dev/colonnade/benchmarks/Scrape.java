package dev.colonnade.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/// A page of metrics in Prometheus' text format: sums over label sets, and quantiles of histograms
/// between two pages.
public final class Scrape {
    private final Map<String, Double> samples = new LinkedHashMap<>();

    private Scrape() {}

    /// A page with nothing on it.
    public static Scrape empty() {
        return new Scrape();
    }

    /// Reads a page; lines that are no samples are skipped.
    public static Scrape parse(String page) {
        Scrape scrape = new Scrape();
        page.lines()
                .forEach(line -> {
                    int close = line.lastIndexOf('}');
                    int space = line.indexOf(' ', Math.max(0, close));
                    if (!line.startsWith("#") && space > 0) {
                        scrape.add(line.substring(0, space), line.substring(space + 1));
                    }
                });
        return scrape;
    }

    private void add(String series, String rest) {
        int space = rest.indexOf(' ');
        String value = space < 0 ? rest : rest.substring(0, space);
        try {
            samples.put(
                    series,
                    value.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(value));
        } catch (NumberFormatException _) {
            // No sample.
        }
    }

    /// Whether any series has that name.
    public boolean has(String name) {
        return samples.keySet().stream().anyMatch(series -> nameOf(series).equals(name));
    }

    /// The sum of all series of that name; 0 when there is none.
    public double total(String name) {
        double total = 0;
        for (Map.Entry<String, Double> sample : samples.entrySet()) {
            if (nameOf(sample.getKey()).equals(name)) {
                total += sample.getValue();
            }
        }
        return total;
    }

    /// The upper bound of the bucket that holds the quantile of what a histogram took in since
    /// `before`.
    ///
    /// All label sets are taken together. The true value is at most this. NaN when nothing was
    /// taken in.
    ///
    /// @param name of the histogram, without `_bucket`
    /// @param quantile 0 to 1
    public double quantile(Scrape before, String name, double quantile) {
        Map<Double, Double> buckets = new TreeMap<>();
        collect(name, 1, buckets);
        before.collect(name, -1, buckets);
        double all = buckets.getOrDefault(Double.POSITIVE_INFINITY, 0.0);
        if (all <= 0) {
            return Double.NaN;
        }
        for (Map.Entry<Double, Double> bucket : buckets.entrySet()) {
            if (bucket.getValue() >= quantile * all) {
                return bucket.getKey();
            }
        }
        return Double.POSITIVE_INFINITY;
    }

    private void collect(String name, int sign, Map<Double, Double> buckets) {
        for (Map.Entry<String, Double> sample : samples.entrySet()) {
            String series = sample.getKey();
            int label = series.indexOf("le=\"");
            if (nameOf(series).equals(name + "_bucket") && label > 0) {
                String bound = series.substring(label + 4, series.indexOf('"', label + 4));
                double upper =
                        bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound);
                buckets.merge(upper, sign * sample.getValue(), Double::sum);
            }
        }
    }

    private static String nameOf(String series) {
        int brace = series.indexOf('{');
        return brace < 0 ? series : series.substring(0, brace);
    }
}
