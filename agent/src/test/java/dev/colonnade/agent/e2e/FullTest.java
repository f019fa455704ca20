package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.testkit.OtlpOracle.Row;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// When memory or a queue is full, and two exporters do not keep pace.
final class FullTest {
    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(77));
    private final Bulk bulk = new Bulk(new SplittableRandom(78));
    private final Sent sent = new Sent();

    /// Scenario: of two exporters one is dead, until memory is full. Guarantees: the receiver
    /// refuses with a delay, all or nothing; the healthy exporter got everything that was accepted,
    /// and so does the other when it is back.
    @Test
    void refusesWhenTheLaggardFillsMemory() {
        try (Backend healthy = Backend.start(Backend.Kind.GRPC_JAVA);
                Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .storage("memory: 12MiB")
                                        .exporter("otlp_grpc/healthy", healthy)
                                        .exporter("otlp_grpc/dead", dead)
                                        .pipeline("logs", "otlp_grpc/healthy, otlp_grpc/dead"));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            Sender.Told told = fill(sender);
            assertThat(told.status()).isEqualTo(14);
            assertThat(told.retryDelay()).isPositive();
            Scrape full =
                    agent.await(
                            "the healthy one to be done",
                            scrape ->
                                    AgentUnderTest.delivered(scrape, "otlp_grpc/healthy")
                                            == sent.records());
            assertThat(AgentUnderTest.backlog(full)).isEqualTo(sent.records());
            assertThat(full.sum("colonnade_records_dropped_total")).isZero();
            assertThat(full.sum("colonnade_requests_refused_total", "reason", "memory"))
                    .isPositive();
            assertThat(full.value("colonnade_storage_wire_bytes_per_record")).isPositive();
            sent.arrivedExactlyAt(healthy);
            dead.appear();
            agent.awaitDelivered();
            sent.arrivedExactlyAt(dead);
            byte[] again = otlp.request(Signal.LOGS, 50);
            sender.deliver(Signal.LOGS, again, Codec.IDENTITY);
            sent.add(Signal.LOGS, again);
            agent.awaitDelivered();
            sent.arrivedExactlyAt(dead);
            sent.arrivedExactlyAt(healthy);
        }
    }

    /// Scenario: the same with `drop_oldest` for the dead one, and three times what memory holds.
    /// Guarantees: nothing is refused, the healthy exporter got everything, the laggard lost one
    /// run of old records, counted as evicted, and gets all that is newer.
    @Test
    void theLaggardLosesItsOldestWhenThatWasAskedFor() {
        try (Backend healthy = Backend.start(Backend.Kind.GRPC_JAVA);
                Backend dead = Backend.absent(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .storage(
                                                "memory: 12MiB, exporters: {otlp_http/dead:"
                                                        + " {on_full: drop_oldest}}")
                                        .exporter("otlp_grpc/healthy", healthy)
                                        .exporter(
                                                "otlp_http/dead",
                                                dead,
                                                "sending_queue: {num_consumers: 1}")
                                        .pipeline("logs", "otlp_grpc/healthy, otlp_http/dead"));
                Sender sender = new HttpSender(agent.httpPort())) {
            for (int bytes = 0; bytes < 36 << 20; ) {
                byte[] request = bulk.logs(10, bytes % 3 == 0 ? 2_000 : 100_000);
                sender.deliver(Signal.LOGS, request, Codec.IDENTITY);
                sent.add(Signal.LOGS, request);
                bytes += request.length;
            }
            assertThat(sender.refusals()).isZero();
            Scrape scrape = agent.awaitLedger();
            long evicted = AgentUnderTest.dropped(scrape, "otlp_http/dead", "evicted");
            assertThat(evicted).isGreaterThan(sent.records() / 2);
            assertThat(AgentUnderTest.dropped(scrape, "otlp_grpc/healthy", "evicted")).isZero();
            agent.await(
                    "the healthy one to be done",
                    now -> AgentUnderTest.delivered(now, "otlp_grpc/healthy") == sent.records());
            sent.arrivedExactlyAt(healthy);
            dead.appear();
            long lost = AgentUnderTest.dropped(agent.awaitDelivered(), "otlp_http/dead", "evicted");
            List<Row> all = sent.rows(Signal.LOGS);
            Set<Row> arrived = new HashSet<>(dead.rows(Signal.LOGS));
            assertThat(dead.rows(Signal.LOGS)).hasSize((int) (all.size() - lost));
            int first = firstMissing(all, arrived);
            assertThat(first).as("kept before the gap: what was in flight").isLessThan(1000);
            List<Row> gap = all.subList(first, first + (int) lost);
            assertThat(gap.stream().noneMatch(arrived::contains)).as("one gap").isTrue();
            assertThat(arrived.containsAll(all.subList(first + (int) lost, all.size())))
                    .as("all that is newer")
                    .isTrue();
        }
    }

    private static int firstMissing(List<Row> all, Set<Row> arrived) {
        for (int index = 0; index < all.size(); index++) {
            if (!arrived.contains(all.get(index))) {
                return index;
            }
        }
        throw new AssertionError("nothing is missing");
    }

    @ParameterizedTest(name = "queue_size {1} in {0}")
    @CsvSource({"requests, 5, 50", "items, 35, 30", "bytes, 20000, 0"})
    void aFullQueueRefusesAndOpensAgain(String sizer, int size, int records) {
        try (Backend backend = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .through(
                                                backend,
                                                "sending_queue: {queue_size: %d, sizer: %s}"
                                                        .formatted(size, sizer)));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            int bytes = 0;
            Sender.Told told;
            while (true) {
                byte[] request = otlp.request(Signal.TRACES, 10);
                told = sender.send(Signal.TRACES, request, Codec.IDENTITY);
                if (!told.isAccepted()) {
                    break;
                }
                sent.add(Signal.TRACES, request);
                bytes += request.length;
            }
            assertThat(told.status()).isEqualTo(14);
            assertThat(told.retryDelay()).isPositive();
            if (records > 0) {
                assertThat(sent.records()).isEqualTo(records);
            } else {
                assertThat(bytes).isBetween(size / 2, size);
            }
            Scrape scrape = agent.awaitLedger();
            assertThat(scrape.value("otelcol_exporter_queue_capacity", "data_type", "traces"))
                    .isEqualTo(size);
            assertThat(scrape.value("otelcol_exporter_queue_size", "data_type", "traces"))
                    .isPositive()
                    .isLessThanOrEqualTo(size);
            byte[] other = otlp.request(Signal.LOGS, 1);
            assertThat(sender.send(Signal.LOGS, other, Codec.IDENTITY).isAccepted())
                    .as("another signal has its own queue")
                    .isTrue();
            sent.add(Signal.LOGS, other);
            backend.appear();
            byte[] late = otlp.request(Signal.TRACES, 10);
            sender.deliver(Signal.TRACES, late, Codec.IDENTITY);
            sent.add(Signal.TRACES, late);
            agent.awaitDelivered();
            sent.arrivedExactlyAt(backend);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sending_queue: {enabled: false}",
                "sending_queue: {wait_for_result: true}",
                "durability"
            })
    void answersAfterDeliveryWhereThatWasAskedFor(String setting) throws Exception {
        boolean isDurability = setting.equals("durability");
        Yaml yaml = new Yaml();
        if (isDurability) {
            yaml.storage("memory: 32MiB, durability: delivered");
        }
        byte[] request = otlp.request(Signal.LOGS, 6);
        byte[] unwanted = otlp.request(Signal.LOGS, 2);
        try (Backend backend = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                isDurability
                                        ? yaml.through(backend)
                                        : yaml.through(backend, setting));
                Sender sender = new GrpcSender(agent.grpcPort());
                Sender other = new HttpSender(agent.httpPort())) {
            CompletableFuture<Sender.Told> told =
                    CompletableFuture.supplyAsync(
                            () -> sender.send(Signal.LOGS, request, Codec.IDENTITY));
            agent.await("the request", scrape -> AgentUnderTest.backlog(scrape) == 6);
            assertThat(told).isNotDone();
            backend.appear();
            assertThat(told.get(Waiting.MAX.toSeconds(), TimeUnit.SECONDS).isAccepted()).isTrue();
            assertThat(backend.rows(Signal.LOGS)).as("at the time of the answer").hasSize(6);
            backend.answerAll(Answer.REFUSED);
            assertThat(sender.send(Signal.LOGS, unwanted, Codec.IDENTITY).status())
                    .as("INTERNAL: not to be sent again")
                    .isEqualTo(13);
            assertThat(other.send(Signal.LOGS, unwanted, Codec.IDENTITY).status()).isEqualTo(500);
            Scrape scrape = agent.awaitDelivered();
            assertThat(AgentUnderTest.dropped(scrape, "otlp_grpc", "rejected")).isEqualTo(4);
        }
    }

    private Sender.Told fill(Sender sender) {
        while (true) {
            byte[] request = bulk.logs(10, sent.records() % 3 == 0 ? 2_000 : 60_000);
            Sender.Told told = sender.send(Signal.LOGS, request, Codec.IDENTITY);
            if (!told.isAccepted()) {
                return told;
            }
            sent.add(Signal.LOGS, request);
        }
    }
}
