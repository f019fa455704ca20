package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Pipelines that share receivers and exporters, and connectors between them.
final class GraphTest {
    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(3));
    private final Sent sent = new Sent();

    /// Scenario: three pipelines take the same logs, nothing is delivered. Guarantees: the payload
    /// is held once.
    @Test
    void pipelinesOfOneReceiverShareThePayload() {
        try (Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA)) {
            long one =
                    held(
                            dead,
                            new Yaml().exporter("otlp_grpc", dead).pipeline("logs", "otlp_grpc"),
                            1);
            long three =
                    held(
                            dead,
                            new Yaml()
                                    .exporter("otlp_grpc", dead)
                                    .exporter("otlp_grpc/2", dead)
                                    .pipeline("logs", "otlp_grpc")
                                    .pipeline("logs/b", "otlp_grpc")
                                    .pipeline("logs/c", "otlp_grpc/2"),
                            3);
            assertThat(three).as("reserved, with one pipeline %d", one).isLessThan(one * 3 / 2);
        }
    }

    private long held(Backend dead, Yaml yaml, int pipelines) {
        int requests = 100;
        try (AgentUnderTest agent = AgentUnderTest.start(yaml)) {
            long before = AgentUnderTest.reserved(agent.scrape());
            try (Sender sender = new GrpcSender(agent.grpcPort())) {
                for (int request = 0; request < requests; request++) {
                    sender.deliver(Signal.LOGS, otlp.request(Signal.LOGS, 100), Codec.IDENTITY);
                }
            }
            Scrape scrape = agent.awaitLedger();
            long records = requests * 100L;
            assertThat(AgentUnderTest.backlog(scrape)).isEqualTo(records * pipelines);
            long reserved = AgentUnderTest.reserved(scrape) - before;
            assertThat(reserved).isGreaterThan(records * 100);
            assertThat(agent.stopNow().exitCode()).as("records were lost").isEqualTo(2);
            assertThat(dead.arrivals()).isEmpty();
            return reserved;
        }
    }

    @Test
    void connectorsAndSeveralReceiversLeadWhereTheyShould() {
        try (Backend first = Backend.start(Backend.Kind.GRPC_JAVA);
                Backend second = Backend.start(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .receiver("otlp/2", "")
                                        .connectors("forward: , forward/b: ")
                                        .exporter("otlp_grpc", first)
                                        .exporter("otlp_http", second)
                                        .pipeline("logs/in", "otlp, otlp/2", "forward", "")
                                        .pipeline("logs/a", "forward", "otlp_grpc, forward/b", "")
                                        .pipeline("logs/b", "forward/b", "otlp_http", "")
                                        .pipeline("traces", "otlp/2", "otlp_http", ""));
                Sender sender = new GrpcSender(agent.grpcPort());
                Sender other = new HttpSender(agent.httpPort("otlp/2"))) {
            Sent spans = new Sent();
            for (int request = 0; request < 20; request++) {
                byte[] logs = otlp.request(Signal.LOGS, 7);
                (request % 2 == 0 ? sender : other).deliver(Signal.LOGS, logs, Codec.GZIP);
                sent.add(Signal.LOGS, logs);
                byte[] traces = otlp.request(Signal.TRACES, 7);
                other.deliver(Signal.TRACES, traces, Codec.IDENTITY);
                spans.add(Signal.TRACES, traces);
                assertThat(sender.send(Signal.TRACES, traces, Codec.IDENTITY).status())
                        .as("UNIMPLEMENTED: otlp feeds no traces")
                        .isEqualTo(12);
            }
            Scrape scrape = agent.awaitDelivered();
            sent.arrivedExactlyAt(first);
            Sent.same("logs", sent.rows(Signal.LOGS), second.rows(Signal.LOGS));
            Sent.same("traces", spans.rows(Signal.TRACES), second.rows(Signal.TRACES));
            assertThat(scrape.value("colonnade_records_stored_total", "pipeline", "logs/b"))
                    .isEqualTo(140);
        }
    }

    @Test
    void wherePipelinesDifferTheSenderIsAnsweredByAllOrNothing() {
        try (Backend healthy = Backend.start(Backend.Kind.GRPC_JAVA);
                Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .exporter("otlp_grpc/healthy", healthy)
                                        .exporter(
                                                "otlp_grpc/dead",
                                                dead,
                                                "sending_queue: {queue_size: 3}")
                                        .pipeline("logs/healthy", "otlp_grpc/healthy")
                                        .pipeline("logs/dead", "otlp_grpc/dead"));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            for (int request = 0; request < 6; request++) {
                byte[] logs = otlp.request(Signal.LOGS, 5);
                if (sender.send(Signal.LOGS, logs, Codec.IDENTITY).isAccepted()) {
                    sent.add(Signal.LOGS, logs);
                }
            }
            assertThat(sent.records()).isEqualTo(15);
            agent.await(
                    "the healthy one to be done",
                    scrape -> AgentUnderTest.delivered(scrape, "otlp_grpc/healthy") == 15);
            sent.arrivedExactlyAt(healthy);
            dead.appear();
            agent.awaitDelivered();
            sent.arrivedExactlyAt(dead);
        }
    }
}
