package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.testkit.OtlpOracle.Row;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/// Backends that fail in every way.
///
/// Guarantees: what was accepted is delivered or its drop is counted for the reason that the
/// backend gave; memory stays within its limit; the ledger closes.
final class FaultsTest {
    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(13));
    private final Sent sent = new Sent();

    @ParameterizedTest
    @EnumSource
    void refusedForGoodIsDroppedAsRejectedAndNothingElseIs(Backend.Kind kind) {
        try (Backend backend = Backend.start(kind);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            backend.answerAll(Answer.REFUSED);
            for (int request = 0; request < 5; request++) {
                sender.deliver(Signal.LOGS, otlp.request(Signal.LOGS, 3), Codec.GZIP);
            }
            Scrape scrape = agent.awaitDelivered();
            assertThat(AgentUnderTest.dropped(scrape, kind.exporter(), "rejected")).isEqualTo(15);
            assertThat(AgentUnderTest.delivered(scrape, kind.exporter())).isZero();
            backend.answerAll(Answer.OK);
            send(sender, Signal.LOGS, 4);
            send(sender, Signal.TRACES, 4);
            assertThat(AgentUnderTest.delivered(agent.awaitDelivered(), kind.exporter()))
                    .isEqualTo(8);
            sent.arrivedExactlyAt(backend);
        }
    }

    /// Scenario: requests pile up, are sent as one, and one record in it is refused. Guarantees: it
    /// alone is dropped.
    @ParameterizedTest
    @EnumSource
    void ofAMergedRequestOnlyTheGuiltyRecordIsDropped(Backend.Kind kind) {
        try (Backend backend = Backend.absent(kind);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend));
                Sender sender = new HttpSender(agent.httpPort())) {
            for (int request = 0; request < 25; request++) {
                send(sender, Signal.LOGS, 1 + request % 4);
            }
            List<Row> all = sent.rows(Signal.LOGS);
            Row guilty = all.get(all.size() / 2);
            backend.answer(arrival -> arrival.rows().contains(guilty) ? Answer.REFUSED : Answer.OK);
            backend.appear();
            Scrape scrape = agent.awaitDelivered();
            assertThat(AgentUnderTest.dropped(scrape, kind.exporter(), "rejected")).isEqualTo(1);
            assertThat(scrape.sum("colonnade_records_dropped_total")).isEqualTo(1);
            List<Row> innocent = new ArrayList<>(all);
            innocent.remove(guilty);
            Sent.same("logs", innocent, backend.rows(Signal.LOGS));
            assertThat(backend.arrivals().stream().mapToInt(a -> a.rows().size()).max().orElse(0))
                    .as("largest request, in records")
                    .isGreaterThan(8);
        }
    }

    @ParameterizedTest
    @EnumSource
    void throttledSendsNothingBeforeItMay(Backend.Kind kind) {
        Duration delay = Duration.ofSeconds(1);
        ConcurrentLinkedQueue<Long> times = new ConcurrentLinkedQueue<>();
        try (Backend backend = Backend.start(kind);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            backend.answer(arrival -> {
                times.add(System.nanoTime());
                return arrival.number() == 0 ? new Answer.Throttle(delay) : Answer.OK;
            });
            send(sender, Signal.LOGS, 2);
            awaitDown(agent);
            send(sender, Signal.LOGS, 2);
            send(sender, Signal.TRACES, 2);
            agent.awaitDelivered();
            sent.arrivedExactlyAt(backend);
            long first = times.remove();
            assertThat(times).allMatch(time -> time - first >= delay.toNanos());
        }
    }

    @Test
    void throttledUntilADateSendsNothingBeforeIt() {
        try (Backend backend = Backend.start(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            Instant until = Instant.now().plusMillis(2000).truncatedTo(ChronoUnit.SECONDS);
            ConcurrentLinkedQueue<Instant> times = new ConcurrentLinkedQueue<>();
            backend.answer(arrival -> {
                if (arrival.number() == 0) {
                    return new Answer.ThrottleUntil(until);
                }
                times.add(Instant.now());
                return Answer.OK;
            });
            send(sender, Signal.LOGS, 2);
            awaitDown(agent);
            send(sender, Signal.METRICS, 2);
            agent.awaitDelivered();
            sent.arrivedExactlyAt(backend);
            assertThat(times).hasSizeGreaterThan(0).noneMatch(time -> time.isBefore(until));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBackendThatHangsIsAskedAgain(Backend.Kind kind) {
        try (Backend backend = Backend.start(kind);
                AgentUnderTest agent =
                        AgentUnderTest.start(new Yaml().through(backend, "timeout: 400ms"));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            backend.answerFirst(Answer.HANG, Answer.HANG, Answer.HANG);
            for (Signal signal : Signal.values()) {
                send(sender, signal, 5);
            }
            agent.awaitDelivered();
            sent.arrivedAtLeastOnceAt(backend);
            assertThat(backend.arrivals()).hasSizeGreaterThan(3);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "GRPC_JAVA")
    void aBackendThatClosesInTheMiddleIsAskedAgain(Backend.Kind kind) {
        failsAtFirst(kind, Answer.CLOSE);
    }

    @ParameterizedTest
    @EnumSource(names = {"GRPC_FRAMES", "HTTP_NETTY"})
    void aBackendThatAnswersGarbageIsAskedAgain(Backend.Kind kind) {
        failsAtFirst(kind, Answer.GARBAGE);
    }

    @ParameterizedTest
    @EnumSource
    void aBackendThatIsUnavailableIsAskedAgain(Backend.Kind kind) {
        failsAtFirst(kind, Answer.UNAVAILABLE);
    }

    private void failsAtFirst(Backend.Kind kind, Answer failure) {
        try (Backend backend = Backend.start(kind);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend));
                Sender sender = new HttpSender(agent.httpPort())) {
            backend.answerFirst(failure, failure, failure, failure);
            for (int request = 0; request < 10; request++) {
                for (Signal signal : Signal.values()) {
                    send(sender, signal, 1 + request);
                }
            }
            agent.awaitDelivered();
            sent.arrivedExactlyAt(backend);
        }
    }

    @ParameterizedTest
    @EnumSource
    void ofAPartialSuccessTheRejectedAreCounted(Backend.Kind kind) {
        try (Backend backend = Backend.start(kind);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            backend.answerFirst(new Answer.Taken(2, "two were too old"));
            send(sender, Signal.METRICS, 7);
            Scrape scrape = agent.awaitDelivered();
            assertThat(AgentUnderTest.dropped(scrape, kind.exporter(), "rejected")).isEqualTo(2);
            assertThat(AgentUnderTest.delivered(scrape, kind.exporter())).isEqualTo(5);
            assertThat(backend.arrivals()).as("never sent again").hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBackendThatComesLaterGetsEverything(Backend.Kind kind) {
        try (Backend backend = Backend.absent(kind);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            for (int request = 0; request < 30; request++) {
                for (Signal signal : Signal.values()) {
                    send(sender, signal, 10);
                }
            }
            Scrape held = agent.awaitLedger();
            assertThat(AgentUnderTest.backlog(held)).isEqualTo(900);
            assertThat(held.sum("colonnade_storage_records")).isEqualTo(900);
            assertThat(held.sum("colonnade_storage_bytes")).isPositive();
            backend.appear();
            agent.awaitDelivered();
            sent.arrivedExactlyAt(backend);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "retry_on_failure: {initial_interval: 20ms, max_interval: 50ms, max_elapsed_time:"
                        + " 200ms}",
                "retry_on_failure: {enabled: false}"
            })
    void whatTheUserLetExpireIsCountedAsExpired(String retry) {
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend, retry));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            backend.answerAll(Answer.UNAVAILABLE);
            sender.deliver(Signal.TRACES, otlp.request(Signal.TRACES, 8), Codec.IDENTITY);
            Scrape scrape = agent.awaitDelivered();
            assertThat(AgentUnderTest.dropped(scrape, "otlp_grpc", "expired")).isEqualTo(8);
            backend.answerAll(Answer.OK);
            send(sender, Signal.TRACES, 3);
            agent.awaitDelivered();
            sent.arrivedExactlyAt(backend);
        }
    }

    /// Scenario: the backend goes away and comes back three times while clients go on sending, and
    /// what it said last may be lost on the way. Guarantees: everything accepted arrives.
    @ParameterizedTest
    @EnumSource
    void aBackendThatGoesAndComesBackGetsEverything(Backend.Kind kind) throws Exception {
        try (Backend backend = Backend.start(kind);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend))) {
            AtomicBoolean isDone = new AtomicBoolean();
            Thread[] clients = {
                client(new GrpcSender(agent.grpcPort()), 1, isDone),
                client(new HttpSender(agent.httpPort()), 2, isDone)
            };
            for (int outage = 0; outage < 3; outage++) {
                backend.awaitArrivals(backend.arrivals().size() + 5);
                backend.vanish();
                int before = sent.records();
                Waiting.until(
                        "clients to go on", () -> sent.records() > before + 500, sent::records);
                assertThat(AgentUnderTest.backlog(agent.scrape())).isPositive();
                backend.appear();
            }
            isDone.set(true);
            for (Thread client : clients) {
                client.join();
            }
            agent.awaitDelivered();
            assertThat(sent.records()).isGreaterThan(1500);
            sent.arrivedAtLeastOnceAt(backend);
        }
    }

    private static void awaitDown(AgentUnderTest agent) {
        agent.await("back-off", scrape -> scrape.value("colonnade_exporter_up") == 0);
    }

    private Thread client(Sender sender, long seed, AtomicBoolean isDone) {
        RandomOtlp own = new RandomOtlp(new SplittableRandom(seed));
        return Thread.ofPlatform()
                .name("client-" + seed)
                .start(() -> {
                    try (sender) {
                        while (!isDone.get()) {
                            byte[] request = own.request(Signal.LOGS, 10);
                            sender.deliver(Signal.LOGS, request, Codec.IDENTITY);
                            sent.add(Signal.LOGS, request);
                            Waiting.obey(Duration.ofMillis(2));
                        }
                    }
                });
    }

    private void send(Sender sender, Signal signal, int records) {
        byte[] request = otlp.request(signal, records);
        sender.deliver(signal, request, Codec.IDENTITY);
        sent.add(signal, request);
    }
}
