package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Status;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The JDK's HTTP client against the agent.
final class HttpClientTest {
    private final RandomOtlp otlp = new RandomOtlp(new SplittableRandom(4318));

    @ParameterizedTest
    @EnumSource(Codec.class)
    void everySignalArrivesInEveryCodec(Codec codec) {
        Sent sent = new Sent();
        try (Backend backend = Backend.start(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend));
                HttpSender sender = new HttpSender(agent.httpPort())) {
            for (Signal signal : Signal.values()) {
                for (int records : new int[] {1, 30, 900}) {
                    byte[] request = otlp.request(signal, records);
                    sender.deliver(signal, request, codec);
                    sent.add(signal, request);
                }
            }
            agent.awaitDelivered();
            sent.arrivedExactlyAt(backend);
        }
    }

    @Test
    void aBodyOfUnknownLengthArrives() {
        byte[] request = otlp.request(Signal.LOGS, 800);
        Sent sent = new Sent();
        sent.add(Signal.LOGS, request);
        try (Backend backend = Backend.start(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent = AgentUnderTest.start(new Yaml().through(backend));
                HttpSender sender = new HttpSender(agent.httpPort())) {
            HttpResponse<byte[]> response =
                    sender.send(
                            sender.request("/v1/logs")
                                    .POST(
                                            BodyPublishers.ofInputStream(
                                                    () -> new ByteArrayInputStream(request))));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type"))
                    .hasValue("application/x-protobuf");
            agent.awaitDelivered();
            sent.arrivedExactlyAt(backend);
        }
    }

    @Test
    void eachMistakeHasItsStatus() throws Exception {
        byte[] request = otlp.request(Signal.LOGS, 3);
        try (Backend backend = Backend.start(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .receiver("otlp", "", "max_request_body_size: 65536")
                                        .exporter("otlp_http", backend)
                                        .pipeline("logs", "otlp_http"));
                HttpSender sender = new HttpSender(agent.httpPort())) {
            assertThat(status(sender, sender.request("/v1/logs").GET())).isEqualTo(405);
            assertThat(status(sender, sender.request("/v1/nothing").POST(body(request))))
                    .isEqualTo(404);
            assertThat(status(sender, sender.request("/v1/traces").POST(body(request))))
                    .as("no pipeline takes it")
                    .isEqualTo(404);
            assertThat(
                            status(
                                    sender,
                                    sender.request("/v1/logs")
                                            .setHeader("content-type", "text/plain")
                                            .POST(body(request))))
                    .isEqualTo(415);
            assertThat(
                            status(
                                    sender,
                                    sender.request("/v1/logs")
                                            .header("content-encoding", "br")
                                            .POST(body(request))))
                    .isEqualTo(400);
            assertThat(status(sender, sender.request("/v1/logs").POST(body(new byte[65_537]))))
                    .isEqualTo(413);
            HttpResponse<byte[]> broken =
                    sender.send(sender.request("/v1/logs").POST(body(new byte[] {10, 127, 1, 2})));
            assertThat(broken.statusCode()).isEqualTo(400);
            assertThat(Status.parseFrom(broken.body()).getMessage()).isNotEmpty();
            HttpResponse<byte[]> notGzip =
                    sender.send(
                            sender.request("/v1/logs")
                                    .header("content-encoding", "gzip")
                                    .POST(body(request)));
            assertThat(notGzip.statusCode()).isEqualTo(400);
            sender.deliver(Signal.LOGS, request, Codec.IDENTITY);
            Scrape scrape = agent.awaitDelivered();
            assertThat(backend.rows(Signal.LOGS)).hasSize(3);
            for (String reason : List.of("unknown", "unsupported", "too_large", "malformed")) {
                assertThat(scrape.sum("colonnade_requests_refused_total", "reason", reason))
                        .as(reason)
                        .isPositive();
            }
        }
    }

    @Test
    void aFullAgentSaysWhenToComeBack() throws Exception {
        try (Backend backend = Backend.absent(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml().through(backend, "sending_queue: {queue_size: 1}"));
                HttpSender sender = new HttpSender(agent.httpPort())) {
            byte[] request = otlp.request(Signal.LOGS, 3);
            sender.deliver(Signal.LOGS, request, Codec.IDENTITY);
            HttpResponse<byte[]> refused =
                    sender.send(sender.request("/v1/logs").POST(body(request)));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(Long.parseLong(refused.headers().firstValue("retry-after").orElseThrow()))
                    .isBetween(1L, 300L);
            assertThat(Status.parseFrom(refused.body()).getCode()).isEqualTo(14);
            backend.appear();
            sender.deliver(Signal.LOGS, request, Codec.IDENTITY);
            agent.awaitDelivered();
            assertThat(backend.rows(Signal.LOGS)).hasSize(6);
        }
    }

    @Test
    void anImpatientClientThatGoesAwayIsNoLoss() throws Exception {
        byte[] request = otlp.request(Signal.LOGS, 3);
        try (Backend backend = Backend.absent(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent =
                        AgentUnderTest.start(
                                new Yaml()
                                        .storage("memory: 32MiB, durability: delivered")
                                        .through(backend));
                HttpSender sender = new HttpSender(agent.httpPort())) {
            try {
                sender.send(
                        sender.request("/v1/logs")
                                .timeout(Duration.ofMillis(300))
                                .POST(body(request)));
                throw new AssertionError("answered before delivery");
            } catch (java.io.UncheckedIOException timeout) {
                assertThat(timeout.getCause())
                        .isInstanceOf(java.net.http.HttpTimeoutException.class);
            }
            assertThat(AgentUnderTest.backlog(agent.awaitLedger())).isEqualTo(3);
            backend.appear();
            agent.awaitDelivered();
            assertThat(backend.rows(Signal.LOGS)).hasSize(3);
        }
    }

    private static int status(HttpSender sender, HttpRequest.Builder request) {
        return sender.send(request).statusCode();
    }

    private static HttpRequest.BodyPublisher body(byte[] bytes) {
        return BodyPublishers.ofByteArray(bytes);
    }
}
