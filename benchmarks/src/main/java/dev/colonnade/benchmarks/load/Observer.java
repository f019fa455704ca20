package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.ProcessWatch;
import dev.colonnade.benchmarks.Scrape;
import dev.colonnade.benchmarks.TinyHttp;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Looks at the subject, the sink and the generator itself at both ends of the measured stretch.
///
/// So the processor time of the subject and the records that came through belong to the same
/// seconds.
final class Observer {
    private static final long MIB = 1 << 20;
    private static final String ALLOCATED = "jvm_gc_memory_allocated_bytes_total";
    private static final String PAUSES = "jvm_gc_seconds_total";
    private static final List<String> HISTOGRAMS =
            List.of("colonnade_delivery_seconds", "colonnade_acknowledge_seconds");

    private final @Nullable ProcessWatch subject;
    private final @Nullable URI sink;
    private final @Nullable URI metrics;
    private final ProcessWatch self = new ProcessWatch(0);
    private CompletableFuture<Facts> sinkBefore = CompletableFuture.completedFuture(new Facts());
    private CompletableFuture<Facts> sinkAfter = CompletableFuture.completedFuture(new Facts());
    private CompletableFuture<Scrape> metricsBefore =
            CompletableFuture.completedFuture(Scrape.empty());
    private CompletableFuture<Scrape> metricsAfter =
            CompletableFuture.completedFuture(Scrape.empty());
    private long subjectCpu;
    private long selfCpu;
    private long residentMin = Long.MAX_VALUE;
    private long residentMax;

    /// @param pid the process under test, 0 for none
    /// @param sink the sink's control address, null for none
    /// @param metrics the page of metrics of the process under test, null for none
    Observer(long pid, @Nullable URI sink, @Nullable URI metrics) {
        this.subject = pid == 0 ? null : new ProcessWatch(pid);
        this.sink = sink;
        this.metrics = metrics;
    }

    void begin() {
        metricsBefore = scrape();
        subjectCpu = -cpu();
        selfCpu = -self.cpuNanos();
        sinkBefore = report();
    }

    void sample() {
        if (subject != null) {
            long resident = subject.residentBytes();
            residentMin = Math.min(residentMin, resident);
            residentMax = Math.max(residentMax, resident);
        }
    }

    void end() {
        subjectCpu += cpu();
        selfCpu += self.cpuNanos();
        sinkAfter = report();
        metricsAfter = scrape();
    }

    private long cpu() {
        return subject == null ? 0 : subject.cpuNanos();
    }

    private CompletableFuture<Facts> report() {
        URI from = sink;
        return from == null
                ? CompletableFuture.completedFuture(new Facts())
                : async(() -> Facts.parseLines(TinyHttp.fetch(from.resolve("/report?lines"))));
    }

    private CompletableFuture<Scrape> scrape() {
        URI from = metrics;
        return from == null
                ? CompletableFuture.completedFuture(Scrape.empty())
                : async(() -> Scrape.parse(TinyHttp.fetch(from)));
    }

    /// Off the event loop, so that looking does not delay sending.
    private static <T> CompletableFuture<T> async(Callable<T> look) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        result.complete(look.call());
                    } catch (Exception e) {
                        result.completeExceptionally(e);
                    }
                });
        return result;
    }

    /// The findings of the measured stretch.
    ///
    /// @param acceptedRecords what the subject accepted in it
    /// @param requests answers of any kind in it
    /// @throws CompletionException when sink or subject did not report
    Facts facts(long acceptedRecords, long requests) {
        Facts facts = new Facts();
        long delivered = 0;
        if (sink != null) {
            delivered =
                    (long)
                            (sinkAfter.join().number("records", 0)
                                    - sinkBefore.join().number("records", 0));
            facts.put("delivered_records", delivered);
            facts.put(
                    "delivered_wire_bytes",
                    (long)
                            (sinkAfter.join().number("wire_bytes", 0)
                                    - sinkBefore.join().number("wire_bytes", 0)));
        }
        facts.put("own_cpu_ns_per_record", ratio(selfCpu, acceptedRecords));
        if (subject != null) {
            facts.put("subject_cpu_ms", subjectCpu / 1_000_000)
                    .put("subject_cpu_ns_per_accepted", ratio(subjectCpu, acceptedRecords))
                    .put("subject_rss_min_mib", ratio(residentMin, MIB))
                    .put("subject_rss_max_mib", ratio(residentMax, MIB))
                    .put("subject_rss_peak_mib", ratio(subject.residentBytesMax(), MIB));
            if (sink != null) {
                facts.put("subject_cpu_ns_per_delivered", ratio(subjectCpu, delivered));
            }
        }
        if (metrics != null) {
            metrics(facts, requests);
        }
        return facts;
    }

    private void metrics(Facts facts, long requests) {
        Scrape before = metricsBefore.join();
        Scrape after = metricsAfter.join();
        if (after.has(ALLOCATED)) {
            facts.put(
                    "allocated_bytes_per_request",
                    (after.total(ALLOCATED) - before.total(ALLOCATED)) / Math.max(1, requests));
        }
        if (after.has(PAUSES)) {
            facts.put("gc_pause_ms", 1e3 * (after.total(PAUSES) - before.total(PAUSES)));
        }
        for (String histogram : HISTOGRAMS) {
            if (after.has(histogram + "_bucket")) {
                facts.put(
                                histogram + "_count",
                                after.total(histogram + "_count")
                                        - before.total(histogram + "_count"))
                        .put(histogram + "_us_p50", 1e6 * after.quantile(before, histogram, 0.5))
                        .put(histogram + "_us_p99", 1e6 * after.quantile(before, histogram, 0.99))
                        .put(
                                histogram + "_us_p999",
                                1e6 * after.quantile(before, histogram, 0.999));
            }
        }
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
