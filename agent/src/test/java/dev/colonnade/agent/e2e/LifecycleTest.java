package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.Summary;
import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Stopping an embedded agent.
final class LifecycleTest {
    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(5));

    @Test
    void receivesDuringTheGraceAndDrainsAfterIt() throws Exception {
        Sent sent = new Sent();
        try (Backend backend = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            send(sender, sent);
            CompletableFuture<Summary> stopping =
                    CompletableFuture.supplyAsync(
                            () -> agent.stop(Duration.ofSeconds(2), Duration.ofSeconds(25)));
            send(sender, sent);
            send(sender, sent);
            assertThat(stopping).as("within the grace").isNotDone();
            Waiting.until(
                    "the end of the grace",
                    () -> !sender.send(Signal.LOGS, new byte[0], Codec.IDENTITY).isAccepted(),
                    () -> stopping);
            assertThat(stopping).as("it drains").isNotDone();
            backend.appear();
            Summary summary = stopping.get(30, TimeUnit.SECONDS);
            assertThat(summary.exporters())
                    .containsExactly(new Summary.Exporter("otlp_grpc", 30, 0, 0, 0));
            assertThat(summary.exitCode()).isZero();
            sent.arrivedExactlyAt(backend);
        }
    }

    @Test
    void losesAtTheDeadlineWhatNobodyTookAndSaysSo() {
        Sent sent = new Sent();
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA);
                Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .exporter("otlp_grpc/dead", dead)
                                        .exporter("otlp_grpc/well", backend)
                                        .pipeline("logs", "otlp_grpc/dead, otlp_grpc/well"));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            send(sender, sent);
            send(sender, sent);
            Summary summary = agent.stop(Duration.ZERO, Duration.ofMillis(700));
            assertThat(summary.exporters())
                    .containsExactly(
                            new Summary.Exporter("otlp_grpc/dead", 0, 0, 0, 20),
                            new Summary.Exporter("otlp_grpc/well", 20, 0, 0, 0));
            assertThat(summary.exitCode()).isEqualTo(2);
            sent.arrivedExactlyAt(backend);
        }
    }

    @Test
    void stopsWhileABackendHangsAndAClientIsInTheMiddle() throws Exception {
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .storage("memory: 32MiB, durability: delivered")
                                        .through(backend, "timeout: 60s"));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            backend.answerAll(Answer.HANG);
            CompletableFuture<Sender.Told> told =
                    CompletableFuture.supplyAsync(() ->
                            sender.send(Signal.LOGS, otlp.request(Signal.LOGS, 3), Codec.IDENTITY));
            backend.awaitArrivals(1);
            Summary summary = agent.stop(Duration.ZERO, Duration.ofMillis(500));
            assertThat(told.get(30, TimeUnit.SECONDS).isAccepted())
                    .as("nothing says that it was delivered")
                    .isFalse();
            assertThat(summary.exporters())
                    .containsExactly(new Summary.Exporter("otlp_grpc", 0, 0, 0, 3));
        }
    }

    private void send(Sender sender, Sent sent) {
        byte[] request = otlp.request(Signal.LOGS, 10);
        sender.deliver(Signal.LOGS, request, Codec.IDENTITY);
        sent.add(Signal.LOGS, request);
    }
}
