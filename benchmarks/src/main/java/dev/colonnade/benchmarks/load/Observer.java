package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.ProcessWatch;
import dev.colonnade.benchmarks.TinyHttp;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Looks at the subject, the sink and the generator itself at both ends of the measured stretch.
///
/// So the processor time of the subject and the records that came through belong to the same
/// seconds.
final class Observer {
    private static final long MIB = 1 << 20;

    private final @Nullable ProcessWatch subject;
    private final @Nullable URI sink;
    private final ProcessWatch self = new ProcessWatch(0);
    private CompletableFuture<Facts> sinkBefore = CompletableFuture.completedFuture(new Facts());
    private CompletableFuture<Facts> sinkAfter = CompletableFuture.completedFuture(new Facts());
    private long subjectCpu;
    private long selfCpu;
    private long residentMin = Long.MAX_VALUE;
    private long residentMax;

    /// @param pid the process under test, 0 for none
    /// @param sink the sink's control address, null for none
    Observer(long pid, @Nullable URI sink) {
        this.subject = pid == 0 ? null : new ProcessWatch(pid);
        this.sink = sink;
    }

    void begin() {
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
    }

    private long cpu() {
        return subject == null ? 0 : subject.cpuNanos();
    }

    private CompletableFuture<Facts> report() {
        CompletableFuture<Facts> result = new CompletableFuture<>();
        if (sink == null) {
            result.complete(new Facts());
            return result;
        }
        URI page = sink.resolve("/report?lines");
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        result.complete(Facts.parseLines(TinyHttp.fetch(page)));
                    } catch (IOException e) {
                        result.completeExceptionally(e);
                    }
                });
        return result;
    }

    /// The findings of the measured stretch.
    ///
    /// @throws CompletionException when the sink did not report
    Facts facts(long acceptedRecords) {
        Facts facts = new Facts();
        long delivered = 0;
        if (sink != null) {
            delivered =
                    (long)
                            (sinkAfter.join().number("records", 0)
                                    - sinkBefore.join().number("records", 0));
            facts.put("delivered_records", delivered);
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
        return facts;
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
