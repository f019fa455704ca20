package dev.colonnade.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// An agent's page of metrics, as far as `sizing` reads it: gauges and counters in Prometheus' text
/// format.
final class MetricsPage {
    private record Sample(String name, String labels, double value) {}

    private final List<Sample> samples = new ArrayList<>();

    private MetricsPage() {}

    /// What `text` says; lines that are no samples are passed over.
    static MetricsPage of(String text) {
        MetricsPage page = new MetricsPage();
        for (String line : text.lines().toList()) {
            int space = line.lastIndexOf(' ');
            if (line.startsWith("#") || space <= 0) {
                continue;
            }
            String series = line.substring(0, space);
            int brace = series.indexOf('{');
            try {
                page.samples.add(
                        new Sample(
                                brace < 0 ? series : series.substring(0, brace),
                                brace < 0 ? "" : series.substring(brace),
                                Double.parseDouble(line.substring(space + 1))));
            } catch (NumberFormatException _) {
                // Not a sample.
            }
        }
        return page;
    }

    /// The sum of the series of that name with all of `labels`, written `name="value"`; empty when
    /// there is none.
    OptionalDouble sum(String name, String... labels) {
        List<Sample> found = matching(name, labels);
        return found.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(found.stream().mapToDouble(Sample::value).sum());
    }

    /// How many series there are.
    int count(String name, String... labels) {
        return matching(name, labels).size();
    }

    private List<Sample> matching(String name, String... labels) {
        return samples.stream()
                .filter(sample -> sample.name().equals(name))
                .filter(sample -> List.of(labels).stream().allMatch(sample.labels()::contains))
                .toList();
    }
}
