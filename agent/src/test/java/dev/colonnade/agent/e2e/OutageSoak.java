package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Ledger;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged agent through an outage of its backend as long as real ones are. Not part of the
/// suite: `scripts/soak-outage [SECONDS]` runs it.
///
/// Scenario: four clients send all the time; the backend goes away for a minute and comes back.
/// Guarantees: nothing that was accepted is lost, what is reserved stays within the limit, the
/// backlog drains, the process ends with 0.
final class OutageSoak {
    private static final Duration OUTAGE =
            Duration.ofSeconds(Long.getLong("soak.outage.seconds", 60));
    private static final Duration PAUSE = Duration.ofMillis(40);
    private static final int RECORDS = 20;

    @TempDir Path folder;

    private final Sent sent = new Sent();
    private long heldMost;

    @Test
    void nothingIsLost() throws Exception {
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                HttpClient http = HttpClient.newHttpClient();
                AgentProcess agent =
                        AgentProcess.run(
                                folder,
                                new Yaml()
                                        .servesMetrics()
                                        .storage("memory: 128MiB")
                                        .exporter("otlp_grpc", backend)
                                        .pipeline("logs", "otlp_grpc")
                                        .text())) {
            AtomicBoolean isDone = new AtomicBoolean();
            Thread[] clients = new Thread[4];
            for (int number = 0; number < clients.length; number++) {
                Sender sender =
                        number % 2 == 0
                                ? new GrpcSender(agent.port("gRPC"))
                                : new HttpSender(agent.port("HTTP"));
                clients[number] = client(sender, number, isDone);
            }
            String line = agent.awaitLine("metrics", text -> text.contains("metrics at "));
            URI metrics = URI.create(line.substring(line.indexOf("http://")));
            watch(http, metrics, OUTAGE.dividedBy(6));
            backend.vanish();
            watch(http, metrics, OUTAGE);
            backend.appear();
            watch(http, metrics, OUTAGE.dividedBy(6));
            isDone.set(true);
            for (Thread client : clients) {
                client.join();
            }
            Waiting.until(
                    "the backlog to drain",
                    () -> AgentUnderTest.backlog(scrape(http, metrics)) == 0,
                    () -> scrape(http, metrics).all("colonnade_exporter_backlog_records"));
            Scrape last = Ledger.check(page(http, metrics));
            assertThat(last.sum("colonnade_records_dropped_total")).isZero();
            agent.terminate();
            assertThat(agent.exitCode(Waiting.MAX)).isZero();
            sent.arrivedAtLeastOnceAt(backend);
            int arrived = backend.rows(Signal.LOGS).size();
            agent.lines().forEach(System.out::println);
            System.out.printf(
                    "outage=%ds, accepted=%d, arrived=%d, held at most=%d, refused requests=%.0f%n",
                    OUTAGE.toSeconds(),
                    sent.records(),
                    arrived,
                    heldMost,
                    last.sum("colonnade_requests_refused_total"));
            assertThat(heldMost).isGreaterThan(sent.records() / 3);
        }
    }

    /// Looks at the metrics for so long.
    private void watch(HttpClient http, URI metrics, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            Scrape scrape = scrape(http, metrics);
            assertThat((double) AgentUnderTest.reserved(scrape))
                    .isLessThanOrEqualTo(scrape.value("colonnade_memory_limit_bytes"));
            heldMost = Math.max(heldMost, AgentUnderTest.backlog(scrape));
            Waiting.obey(Duration.ofMillis(500));
        }
    }

    private Thread client(Sender sender, int number, AtomicBoolean isDone) {
        Bulk bulk = new Bulk(new SplittableRandom(number));
        return Thread.ofPlatform()
                .name("client-" + number)
                .start(() -> {
                    try (sender) {
                        while (!isDone.get()) {
                            byte[] request = bulk.logs(RECORDS, 100 * RECORDS);
                            sender.deliver(Signal.LOGS, request, Codec.IDENTITY);
                            sent.add(Signal.LOGS, request);
                            Waiting.obey(PAUSE);
                        }
                    }
                });
    }

    private static Scrape scrape(HttpClient http, URI metrics) {
        return Scrape.of(page(http, metrics));
    }

    private static byte[] page(HttpClient http, URI metrics) {
        try {
            return http.send(
                            HttpRequest.newBuilder(metrics).build(),
                            HttpResponse.BodyHandlers.ofByteArray())
                    .body();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
