package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What an agent with the smallest budgets there are holds while its backend is away.
@Timeout(120)
final class SmallBudgetOutageTest {
    private static final int RECORDS = 100;

    private final OrdinaryLogs logs = new OrdinaryLogs(new SplittableRandom(64));
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private int accepted;

    /// Scenario: the smallest budget an agent starts with and one loop, in a container of 64 MiB;
    /// the backend is away until the agent refuses, once with rows and once with packing.
    /// Guarantees: at least four times as many records are held as rows would be; the full store
    /// drains in order, byte for byte; nothing is lost or leaked.
    @Test
    void holdsManyTimesWhatRowsWould() {
        int rows = fillAndDrain("memory: 8MiB, mode: row", 1, 0);
        int held = fillAndDrain("memory: 8MiB", 1, 4 * rows);
        assertThat(held).isGreaterThanOrEqualTo(4 * rows);
    }

    /// Sends until refused, and at least so many records; answers how many were held.
    private int fillAndDrain(String storage, int loops, int recordsMin) {
        sent.reset();
        accepted = 0;
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .storage(storage)
                                        .loops(loops)
                                        .exporter(
                                                "otlp_grpc/dead",
                                                dead,
                                                "sending_queue: {num_consumers: 1}")
                                        .pipeline("logs", "otlp_grpc/dead"));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            while (accepted < recordsMin) {
                byte[] request = logs.request(RECORDS);
                sender.deliver(Signal.LOGS, request, Codec.IDENTITY);
                took(request);
            }
            byte[] request = logs.request(RECORDS);
            while (sender.send(Signal.LOGS, request, Codec.IDENTITY).isAccepted()) {
                took(request);
                request = logs.request(RECORDS);
            }
            int held = accepted;
            Scrape full = agent.awaitLedger();
            assertThat(AgentUnderTest.backlog(full)).isEqualTo(held);
            dead.appear();
            agent.awaitDelivered();
            assertThat(Arrays.mismatch(sent.toByteArray(), arrivedAt(dead)))
                    .as("as it was sent, in order")
                    .isNegative();
            return held;
        }
    }

    private void took(byte[] request) {
        sent.writeBytes(request);
        accepted += RECORDS;
    }

    /// Merged requests are the requests one behind the other.
    private static byte[] arrivedAt(Backend backend) {
        ByteArrayOutputStream bodies = new ByteArrayOutputStream();
        backend.arrivals().forEach(arrival -> bodies.writeBytes(arrival.body()));
        return bodies.toByteArray();
    }
}
