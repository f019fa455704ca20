package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.colonnade.agent.MetricCatalogue;
import dev.colonnade.agent.telemetry.MetricNames;
import dev.colonnade.pipeline.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Alert rules and dashboard ask for metrics that exist, and lead to text that exists.
final class ShippedTest {
    private static final Set<String> SAMPLES =
            MetricCatalogue.metrics().flatMap(ShippedTest::samples).collect(Collectors.toSet());

    static List<Shipped.Alert> alerts() {
        return Shipped.alerts();
    }

    static List<String> queries() {
        return Shipped.queries("1m");
    }

    @ParameterizedTest
    @MethodSource("alerts")
    void alertsAskForMetricsThatExistAndLeadToARunbook(Shipped.Alert alert) throws IOException {
        assertThat(Shipped.metrics(alert.expression())).isNotEmpty().isSubsetOf(SAMPLES);
        assertThat(alert.severity()).isIn("warning", "critical");
        String[] runbook = alert.runbook().split("#", 2);
        assertThat(runbook[0]).isEqualTo("docs/operations.md");
        assertThat(Files.readAllLines(Shipped.ROOT.resolve(runbook[0])).stream())
                .filteredOn(line -> line.startsWith("#"))
                .extracting(ShippedTest::anchor)
                .contains(runbook[1]);
    }

    @Test
    void theReferenceThresholdsAreThereAsTheyAre() {
        assertThat(Shipped.alerts())
                .filteredOn(alert -> alert.group().equals("reference-thresholds"))
                .extracting(
                        Shipped.Alert::name,
                        Shipped.Alert::severity,
                        alert ->
                                alert.expression()
                                        .substring(alert.expression().lastIndexOf(')') + 1)
                                        .replaceFirst("^[^<>]*", ""))
                .containsExactly(
                        tuple("LowThroughput", "warning", "< 500000"),
                        tuple("HighLatency", "critical", "> 0.005"),
                        tuple("HighMemoryPerRecord", "warning", "> 150"),
                        tuple("ExcessiveGC", "critical", "> 0"));
    }

    @Test
    void everyAlertHasCasesInWhichItFiresAndIsQuiet() {
        List<String> names = Shipped.alerts().stream().map(Shipped.Alert::name).toList();
        assertThat(names).hasSize(14).doesNotHaveDuplicates();
        assertThat(Shipped.cases(true)).containsExactlyInAnyOrderElementsOf(names);
        assertThat(Shipped.cases(false))
                .containsAll(
                        names.stream()
                                .filter(name -> !name.equals("HighMemoryPerRecord"))
                                .toList());
    }

    @ParameterizedTest
    @MethodSource("queries")
    void queriesOfTheDashboardAskForMetricsThatExist(String query) {
        assertThat(Shipped.metrics(query)).isNotEmpty().isSubsetOf(SAMPLES);
        assertThat(query).doesNotContain("$");
    }

    @Test
    void promtoolAgrees() throws Exception {
        String promtool = ForeignTool.find("promtool", "promtool");
        for (List<String> arguments :
                List.of(
                        List.of("check", "rules", Shipped.RULES.toString()),
                        List.of("test", "rules", Shipped.RULE_TESTS.toString()))) {
            List<String> command = Stream.concat(Stream.of(promtool), arguments.stream()).toList();
            ForeignTool.Ended ended =
                    ForeignTool.run(
                            Shipped.ROOT, Duration.ofSeconds(60), command.toArray(new String[0]));
            assertThat(ended.exitCode()).as(ended.output()).isZero();
        }
    }

    /// The names of what a scrape stores for a metric.
    private static Stream<String> samples(Metric metric) {
        String name = MetricNames.WITH_SUFFIXES.of(metric);
        return metric.kind() == Metric.Kind.HISTOGRAM
                ? Stream.of(name + "_bucket", name + "_count", name + "_sum")
                : Stream.of(name);
    }

    /// As GitHub makes them.
    private static String anchor(String heading) {
        return heading.replaceFirst("^#+ ", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9 -]", "")
                .replace(' ', '-');
    }
}
