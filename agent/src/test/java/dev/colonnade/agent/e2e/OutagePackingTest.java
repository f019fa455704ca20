package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is held through an outage becomes small, and leaves as it came.
final class OutagePackingTest {
    private static final String PACKED = "packed";
    private static final int REQUESTS = 60;
    private static final int RECORDS = 100;

    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(91));
    private final Sent sent = new Sent();

    /// Scenario: the backend of two is down while requests of one signal come in, some of them
    /// compressed; it comes back, and goes on getting more. Guarantees: what waits is packed; both
    /// backends get exactly what was sent.
    @ParameterizedTest
    @EnumSource(Signal.class)
    void drainsWhatItPacked(Signal signal) {
        try (Backend healthy = Backend.start(Backend.Kind.GRPC_JAVA);
                Backend dead = Backend.absent(Backend.Kind.GRPC_JAVA);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .storage(
                                                "memory: 64MiB, target_bytes_per_record: 1,"
                                                        + " record_count: 1000")
                                        .exporter("otlp_grpc/healthy", healthy)
                                        .exporter(
                                                "otlp_grpc/dead",
                                                dead,
                                                "sending_queue: {num_consumers: 1}")
                                        .pipeline(
                                                signal.label(),
                                                "otlp_grpc/healthy, otlp_grpc/dead"));
                Sender sender = new GrpcSender(agent.grpcPort())) {
            for (int request = 0; request < REQUESTS; request++) {
                send(sender, signal, request);
            }
            agent.await(
                    "packing",
                    scrape ->
                            scrape.sum("colonnade_storage_records", "shape", PACKED) > 0
                                    && scrape.sum(
                                                    "colonnade_storage_mode_switches_total",
                                                    "to",
                                                    PACKED)
                                            > 0);
            dead.appear();
            for (int request = 0; request < REQUESTS; request++) {
                send(sender, signal, request);
            }
            Scrape after = agent.awaitDelivered();
            sent.arrivedExactlyAt(healthy);
            sent.arrivedExactlyAt(dead);
            assertThat(after.sum("colonnade_storage_unpacked_records_total")).isPositive();
            assertThat(after.sum("colonnade_storage_blocks")).isZero();
        }
    }

    private void send(Sender sender, Signal signal, int number) {
        byte[] request = otlp.request(signal, RECORDS);
        sender.deliver(signal, request, number % 3 == 0 ? Codec.GZIP : Codec.IDENTITY);
        sent.add(signal, request);
    }
}
