package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.colonnade.agent.testkit.TestAgent;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.netty.channel.epoll.Epoll;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// One agent delivers to another: what comes out of the second is what went into the first.
final class ChainedAgentsTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource
    void overJson(Codec codec) throws Exception {
        try (Backend backend = Backend.start(Backend.Kind.HTTP_JDK);
                AgentUnderTest second = AgentUnderTest.start(new Yaml().through(backend));
                TestAgent first =
                        TestAgent.start(
                                TestAgent.yaml(
                                        "otlp_http: {endpoint: 'http://127.0.0.1:"
                                                + second.httpPort()
                                                + "', encoding: json, compression: "
                                                + (codec == Codec.IDENTITY ? "none" : codec.label())
                                                + "}",
                                        pipelines("otlp_http")))) {
            Sent sent = deliver(first);
            assertThat(first.stop(DEADLINE).exitCode()).isZero();
            second.awaitDelivered();
            sent.arrivedExactlyAt(backend);
        }
    }

    @ParameterizedTest
    @CsvSource({"grpc, otlp_grpc", "http, otlp_http"})
    void overUnixSockets(String protocol, String exporter) throws Exception {
        assumeTrue(Epoll.isAvailable(), "epoll is absent");
        Path file = folder.resolve("otlp.sock");
        String plain = protocol.equals("grpc") ? ", tls: {insecure: true}" : "";
        try (Backend backend = Backend.start(Backend.Kind.HTTP_JDK);
                TestAgent second =
                        TestAgent.start(
                                TestAgent.yaml(
                                                "otlp_http: {endpoint: '"
                                                        + backend.endpoint()
                                                        + "'}",
                                                pipelines("otlp_http"))
                                        .replace(
                                                protocol + ": {endpoint: '127.0.0.1:0'}",
                                                protocol
                                                        + ": {endpoint: '"
                                                        + file
                                                        + "', transport: unix}"));
                TestAgent first =
                        TestAgent.start(
                                TestAgent.yaml(
                                        exporter
                                                + ": {endpoint: 'unix://"
                                                + file
                                                + "'"
                                                + plain
                                                + "}",
                                        pipelines(exporter)))) {
            Sent sent = deliver(first);
            assertThat(first.stop(DEADLINE).exitCode()).isZero();
            assertThat(second.stop(DEADLINE).exitCode()).isZero();
            sent.arrivedExactlyAt(backend);
        }
        assertThat(file).doesNotExist();
    }

    private static Sent deliver(TestAgent agent) {
        RandomOtlp otlp = new RandomOtlp(new SplittableRandom(7));
        Sent sent = new Sent();
        try (HttpSender sender = new HttpSender(agent.httpPort())) {
            for (Signal signal : Signal.values()) {
                for (int records : new int[] {1, 30, 400}) {
                    byte[] request = otlp.request(signal, records);
                    sender.deliver(signal, request, records > 30 ? Codec.GZIP : Codec.IDENTITY);
                    sent.add(signal, request);
                }
            }
        }
        return sent;
    }

    private static String pipelines(String exporter) {
        return """
        logs: {receivers: [otlp], exporters: [%s]}
        traces: {receivers: [otlp], exporters: [%s]}
        metrics: {receivers: [otlp], exporters: [%s]}
        """
                .formatted(exporter, exporter, exporter);
    }
}
