package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.grpc.Status;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged agent as a process: signals, exit codes, and what it says last.
final class DistributionIT {
    @TempDir Path folder;

    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(8));

    /// Scenario: SIGTERM while four clients send as fast as they can. Guarantees: it receives on
    /// for the grace, drains, ends with 0, and everything that was accepted arrived.
    @Test
    void onSigtermEverythingAcceptedIsDelivered() throws Exception {
        Sent sent = new Sent();
        AtomicInteger afterSignal = new AtomicInteger();
        try (Backend backend = Backend.start(Backend.Kind.GRPC_JAVA);
                AgentProcess agent =
                        AgentProcess.run(
                                folder,
                                new Yaml()
                                        .service("shutdown: {grace: 1s, deadline: 20s}")
                                        .through(backend)
                                        .text())) {
            int grpc = agent.port("gRPC");
            int http = agent.port("HTTP");
            Thread[] clients = new Thread[4];
            for (int i = 0; i < clients.length; i++) {
                int number = i;
                clients[i] =
                        Thread.ofPlatform()
                                .start(() -> {
                                    try (Sender sender =
                                            number % 2 == 0
                                                    ? new GrpcSender(grpc)
                                                    : new HttpSender(http)) {
                                        push(sender, number, sent, agent, afterSignal);
                                    }
                                });
            }
            backend.awaitArrivals(50);
            agent.terminate();
            assertThat(agent.exitCode(Duration.ofSeconds(25))).isZero();
            for (Thread client : clients) {
                client.join();
            }
            assertThat(afterSignal).as("requests accepted after the signal").hasPositiveValue();
            sent.arrivedAtLeastOnceAt(backend);
            assertThat(last(agent))
                    .matches(".* exporter otlp_grpc: delivered=\\d+, dropped=0, held=0, lost=0");
        }
    }

    private static void push(
            Sender sender, int number, Sent sent, AgentProcess agent, AtomicInteger afterSignal) {
        RandomOtlp own = new RandomOtlp(new SplittableRandom(number));
        while (true) {
            byte[] request = own.request(Signal.LOGS, 20);
            boolean isStopping =
                    agent.lines().stream().anyMatch(line -> line.contains("stopping: grace="));
            try {
                if (!sender.send(Signal.LOGS, request, Codec.GZIP).isAccepted()) {
                    sent.addDoubtful(Signal.LOGS, request);
                    return;
                }
            } catch (UncheckedIOException e) {
                sent.addDoubtful(Signal.LOGS, request);
                return;
            }
            sent.add(Signal.LOGS, request);
            if (isStopping) {
                afterSignal.incrementAndGet();
            }
        }
    }

    @Test
    void withADeadBackendTheDeadlinePassesAndTheLastLineSaysWhatWasLost() {
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA);
                Backend backend = Backend.start(Backend.Kind.HTTP_JDK);
                AgentProcess agent =
                        AgentProcess.run(
                                folder,
                                new Yaml()
                                        .service("shutdown: {grace: 0s, deadline: 1500ms}")
                                        .exporter("otlp_grpc", dead)
                                        .exporter("otlp_http", backend)
                                        .pipeline("logs", "otlp_grpc, otlp_http")
                                        .text())) {
            try (Sender sender = new GrpcSender(agent.port("gRPC"))) {
                for (int i = 0; i < 6; i++) {
                    sender.deliver(Signal.LOGS, otlp.request(Signal.LOGS, 7), Codec.IDENTITY);
                }
            }
            backend.awaitArrivals(1);
            agent.terminate();
            assertThat(agent.exitCode(Duration.ofSeconds(20))).isEqualTo(2);
            assertThat(agent.lines())
                    .anyMatch(line ->
                            line.endsWith(
                                    "exporter otlp_grpc: delivered=0, dropped=0, held=0,"
                                            + " lost=42"))
                    .anyMatch(line ->
                            line.endsWith(
                                    "exporter otlp_http: delivered=42, dropped=0, held=0,"
                                            + " lost=0"));
            assertThat(backend.rows(Signal.LOGS)).hasSize(42);
        }
    }

    @Test
    void aSecondSignalStopsNow() {
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentProcess agent =
                        AgentProcess.run(
                                folder,
                                new Yaml()
                                        .service("shutdown: {grace: 0s, deadline: 10m}")
                                        .through(dead)
                                        .text())) {
            try (Sender sender = new HttpSender(agent.port("HTTP"))) {
                sender.deliver(Signal.TRACES, otlp.request(Signal.TRACES, 3), Codec.IDENTITY);
            }
            agent.terminate();
            agent.awaitLine("the stop", line -> line.contains("a second signal stops now"));
            assertThat(agent.isAlive()).isTrue();
            agent.terminate();
            assertThat(agent.exitCode(Duration.ofSeconds(20))).isEqualTo(2);
            assertThat(last(agent))
                    .endsWith("exporter otlp_grpc: delivered=0, dropped=0, held=0, lost=3");
        }
    }

    @Test
    void aPortInUseIsNamedAndEndsTheStart() throws Exception {
        try (Backend backend = Backend.absent(Backend.Kind.GRPC_JAVA);
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                AgentProcess agent =
                        AgentProcess.run(
                                folder,
                                new Yaml()
                                        .through(backend)
                                        .text()
                                        .replaceFirst(
                                                "127.0.0.1:0",
                                                "127.0.0.1:" + taken.getLocalPort()))) {
            assertThat(agent.exitCode(Waiting.MAX)).isEqualTo(1);
            assertThat(agent.lines())
                    .anyMatch(line -> line.contains(":" + taken.getLocalPort()))
                    .anyMatch(line -> line.toLowerCase(java.util.Locale.ROOT).contains("in use"));
        }
    }

    @Test
    void aBadConfigurationIsToldWithItsPlaceAndEndsTheStart() {
        try (Backend backend = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentProcess agent =
                        AgentProcess.run(
                                folder,
                                new Yaml()
                                        .through(backend)
                                        .text()
                                        .replace("initial_interval", "initial_intervall"))) {
            assertThat(agent.exitCode(Waiting.MAX)).isEqualTo(1);
            assertThat(agent.lines())
                    .anyMatch(line ->
                            line.matches(
                                    ".*config\\.yaml:4:\\d+: exporters::otlp_grpc::"
                                            + "retry_on_failure.*initial_intervall.*"));
        }
    }

    @Test
    void aBackendThatComesLaterGetsEverything() {
        Sent sent = new Sent();
        try (Backend backend = Backend.absent(Backend.Kind.HTTP_JDK);
                AgentProcess agent = AgentProcess.run(folder, new Yaml().through(backend).text())) {
            try (GrpcSender sender = new GrpcSender(agent.port("gRPC"))) {
                for (Signal signal : Signal.values()) {
                    byte[] request = otlp.request(signal, 9);
                    sender.deliver(signal, request, Codec.ZSTD);
                    sent.add(signal, request);
                }
                assertThat(sender.send("no.Such/Method", new byte[0], Codec.IDENTITY).status())
                        .isEqualTo(Status.Code.UNIMPLEMENTED.value());
            }
            backend.appear();
            agent.terminate();
            assertThat(agent.exitCode(Duration.ofSeconds(30))).isZero();
            sent.arrivedExactlyAt(backend);
        }
    }

    private static String last(AgentProcess agent) {
        List<String> lines = agent.lines();
        return lines.getLast();
    }
}
