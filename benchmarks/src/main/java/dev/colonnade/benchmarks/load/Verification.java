package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.Ledger;
import dev.colonnade.benchmarks.TinyHttp;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Waits until the backlog between generator and sink has drained, then has the sink check the
/// ledger.
///
/// Drained means that nothing is lost any more, or that the sink has seen no new record for the
/// patience given.
final class Verification {
    private static final int POLL_MS = 100;

    private final URI sink;
    private final EventLoop loop;
    private final LongSupplier nanoClock;
    private final long patienceNanos;

    Verification(URI sink, EventLoop loop, LongSupplier nanoClock, long patienceNanos) {
        this.sink = sink;
        this.loop = loop;
        this.nanoClock = nanoClock;
        this.patienceNanos = patienceNanos;
    }

    /// The sink's findings, each name behind `check_`, and how long the backlog took to drain.
    ///
    /// @param acceptedRecords how many records the ledger says were accepted
    Facts run(Ledger ledger, long acceptedRecords)
            throws IOException, InterruptedException, ExecutionException {
        long begin = nanoClock.getAsLong();
        long progressAt = begin;
        double seen = -1;
        while (true) {
            double now = poll().number("records", 0);
            if (now > seen) {
                progressAt = nanoClock.getAsLong();
                seen = now;
            }
            boolean patient = nanoClock.getAsLong() - progressAt < patienceNanos;
            if (now >= acceptedRecords || !patient) {
                Facts findings = check(ledger);
                if (findings.number("lost_records", 0) == 0 || !patient) {
                    return new Facts()
                            .put("drain_s", (progressAt - begin) / 1e9)
                            .putAll("check_", findings);
                }
            }
        }
    }

    private Facts poll() throws InterruptedException, ExecutionException {
        return loop.schedule(
                        () -> Facts.parseLines(TinyHttp.fetch(sink.resolve("/report?lines"))),
                        POLL_MS,
                        TimeUnit.MILLISECONDS)
                .get();
    }

    private Facts check(Ledger ledger) throws IOException {
        return Facts.parseLines(TinyHttp.post(sink.resolve("/check?lines"), ledger.toText()));
    }
}
