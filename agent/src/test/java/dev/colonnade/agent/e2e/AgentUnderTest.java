package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.ColonnadeAgent;
import dev.colonnade.agent.MetricCatalogue;
import dev.colonnade.agent.Summary;
import dev.colonnade.agent.config.ConfigException;
import dev.colonnade.agent.config.ConfigLoader;
import dev.colonnade.agent.telemetry.MetricNames;
import dev.colonnade.agent.testkit.Ledger;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.StartException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A running agent. Every look at its metrics checks that memory is within its limit; closing it
/// proves that the ledger closes, that nothing was lost and that every slab and budget came back.
final class AgentUnderTest implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Set<String> DECLARED =
            MetricCatalogue.metrics()
                    .flatMap(metric ->
                            Stream.of(
                                    MetricNames.PLAIN.of(metric),
                                    MetricNames.WITH_SUFFIXES.of(metric)))
                    .collect(Collectors.toUnmodifiableSet());

    private final ColonnadeAgent agent;
    private @Nullable Summary summary;

    private AgentUnderTest(ColonnadeAgent agent) {
        this.agent = agent;
    }

    static AgentUnderTest start(Yaml yaml) {
        try {
            return new AgentUnderTest(
                    ColonnadeAgent.start(ConfigLoader.loadText("e2e.yaml", yaml.text(), Map.of())));
        } catch (ConfigException e) {
            throw new AssertionError(e.problems() + "\n" + yaml.text(), e);
        } catch (StartException e) {
            throw new AssertionError(e);
        }
    }

    /// Where the receiver `otlp` listens.
    int grpcPort() {
        return agent.grpcPort("otlp");
    }

    /// Where the receiver `otlp` listens.
    int httpPort() {
        return agent.httpPort("otlp");
    }

    /// Where another receiver listens.
    int httpPort(String receiver) {
        return agent.httpPort(receiver);
    }

    /// Where metrics are served; null when they are not.
    @Nullable InetSocketAddress metricsAddress() {
        return agent.metricsAddress();
    }

    /// The port of the pages below `/debug`.
    int debugPort() {
        return Objects.requireNonNull(agent.debugAddress()).getPort();
    }

    /// The metrics now.
    Scrape scrape() {
        Scrape scrape = Scrape.of(agent.scrape());
        checkMemory(scrape);
        return scrape;
    }

    /// Waits until the metrics are as wanted.
    Scrape await(String what, Predicate<Scrape> condition) {
        return await(what, condition, false);
    }

    /// Waits until no exporter has a backlog and the ledger closes.
    Scrape awaitDelivered() {
        return await("delivery", scrape -> backlog(scrape) == 0, true);
    }

    /// Waits until the ledger closes, whatever is held; for when nothing comes in or leaves.
    Scrape awaitLedger() {
        return await("the ledger", _ -> true, true);
    }

    private Scrape await(String what, Predicate<Scrape> condition, boolean isAtRest) {
        Scrape[] last = new Scrape[1];
        Waiting.until(
                what,
                () -> {
                    byte[] page = agent.scrape();
                    last[0] = Scrape.of(page);
                    checkMemory(last[0]);
                    return condition.test(last[0]) && (!isAtRest || closes(page));
                },
                () -> ledger(last[0]));
        return last[0];
    }

    /// Records that wait for exporters.
    static long backlog(Scrape scrape) {
        return (long) scrape.sum("colonnade_exporter_backlog_records");
    }

    /// Records dropped by an exporter for a reason.
    static long dropped(Scrape scrape, String exporter, String reason) {
        return (long)
                scrape.sum(
                        "colonnade_records_dropped_total", "exporter", exporter, "reason", reason);
    }

    /// Records delivered by an exporter.
    static long delivered(Scrape scrape, String exporter) {
        return (long) scrape.sum("colonnade_records_delivered_total", "exporter", exporter);
    }

    /// Bytes reserved of the whole budget.
    static long reserved(Scrape scrape) {
        return (long) scrape.value("colonnade_memory_reserved_bytes", "budget", "process");
    }

    /// The whole budget.
    long budget() {
        return agent.memoryPlan().budgetBytes();
    }

    /// Stops it and proves that nothing leaked and the ledger closes.
    Summary stop(Duration grace, Duration deadline) {
        Summary present = summary;
        if (present == null) {
            present = agent.stop(grace, deadline);
            summary = present;
            assertThat(present.isClean()).as("everything came back").isTrue();
            Scrape after = Ledger.check(agent.scrape());
            assertThat(reserved(after)).as("reserved at the end").isZero();
            assertThat(backlog(after)).as("backlog at the end").isZero();
        }
        return present;
    }

    /// Keeps a loop from turning until `release`.
    void block(int loop, CountDownLatch release) {
        agent.loops()
                .loop(loop)
                .execute(() -> {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
    }

    /// Ends a stop early.
    void hasten() {
        agent.hasten();
    }

    /// Stops at once: what is held is lost, and counted.
    Summary stopNow() {
        return stop(Duration.ZERO, Duration.ZERO);
    }

    /// Drains and stops; fails when anything was lost.
    @Override
    public void close() {
        boolean isFirst = summary == null;
        Summary last = stop(Duration.ZERO, DEADLINE);
        if (isFirst) {
            assertThat(last.exitCode()).as("%s", last).isZero();
        }
    }

    /// A page that is made while a loop counts may show one figure and not yet the other.
    private static boolean closes(byte[] page) {
        try {
            Ledger.check(page);
            return true;
        } catch (AssertionError _) {
            return false;
        }
    }

    /// No agent in any test shows what is not declared.
    private static void checkNames(Scrape scrape) {
        assertThat(DECLARED).as("declared metrics").containsAll(scrape.types().keySet());
    }

    private static void checkMemory(Scrape scrape) {
        checkNames(scrape);
        assertThat((double) reserved(scrape))
                .as("reserved bytes")
                .isLessThanOrEqualTo(scrape.value("colonnade_memory_limit_bytes"));
    }

    private static String ledger(Scrape scrape) {
        StringBuilder text = new StringBuilder();
        for (String name :
                new String[] {
                    "colonnade_records_accepted_total",
                    "colonnade_records_stored_total",
                    "colonnade_records_delivered_total",
                    "colonnade_records_dropped_total",
                    "colonnade_exporter_backlog_records",
                    "colonnade_requests_refused_total",
                    "colonnade_exporter_attempts_total",
                    "colonnade_memory_reserved_bytes"
                }) {
            scrape.all(name).stream()
                    .filter(sample -> sample.value() != 0)
                    .forEach(sample -> text.append('\n').append(sample));
        }
        return text.toString();
    }
}
