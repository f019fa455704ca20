package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.agent.testkit.TestAgent;
import dev.colonnade.pipeline.StartException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;

final class OtlpThroughAgentTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    void recordsGoThroughAndTheLedgerCloses() throws Exception {
        TestAgent agent =
                TestAgent.start(
                        TestAgent.yaml("nop:", "logs: {receivers: [otlp], exporters: [nop]}"));
        for (int request = 0; request < 20; request++) {
            assertThat(post(agent.httpPort(), logs(7))).isEqualTo(200);
        }
        Summary summary = agent.stop(LONG);
        assertThat(summary.exporters()).containsExactly(new Summary.Exporter("nop", 140, 0, 0, 0));
        assertThat(agent.scrape().value("colonnade_records_accepted_total", "pipeline", "logs"))
                .isEqualTo(140);
    }

    @Test
    void oneAgentDeliversToAnotherOverBothProtocols() throws Exception {
        TestAgent backend =
                TestAgent.start(
                        TestAgent.yaml("nop:", "logs: {receivers: [otlp], exporters: [nop]}"));
        TestAgent agent =
                TestAgent.start(
                        TestAgent.yaml(
                                """
                                otlp: {endpoint: '127.0.0.1:%d', tls: {insecure: true}}
                                otlphttp: {endpoint: 'http://127.0.0.1:%d'}
                                """
                                        .formatted(backend.grpcPort(), backend.httpPort()),
                                "logs: {receivers: [otlp], exporters: [otlp, otlphttp]}"));
        assertThat(post(agent.httpPort(), logs(50))).isEqualTo(200);
        Summary summary = agent.stop(LONG);
        assertThat(summary.exporters())
                .containsExactly(
                        new Summary.Exporter("otlp", 50, 0, 0, 0),
                        new Summary.Exporter("otlphttp", 50, 0, 0, 0));
        assertThat(summary.exitCode()).isZero();
        assertThat(backend.stop(LONG).exporters())
                .containsExactly(new Summary.Exporter("nop", 100, 0, 0, 0));
    }

    @Test
    void anAbsentBackendIsNoReasonNotToStart() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        TestAgent agent =
                TestAgent.start(
                        TestAgent.yaml(
                                "otlp: {endpoint: '127.0.0.1:%d', tls: {insecure: true}}"
                                        .formatted(free),
                                "logs: {receivers: [otlp], exporters: [otlp]}"));
        assertThat(post(agent.httpPort(), logs(3))).isEqualTo(200);
        Scrape scrape = agent.scrape();
        assertThat(scrape.value("colonnade_exporter_backlog_records")).isEqualTo(3);
        Summary summary = agent.stop(Duration.ofMillis(50));
        assertThat(summary.exporters()).containsExactly(new Summary.Exporter("otlp", 0, 0, 0, 3));
        assertThat(summary.exitCode()).isEqualTo(2);
    }

    @Test
    void senderOfADeliveredPipelineWaitsForTheBackend() throws Exception {
        try (TestAgent agent =
                TestAgent.start(
                        TestAgent.yaml(
                                "nop:",
                                """
                                logs:
                                  receivers: [otlp]
                                  exporters: [nop]
                                  storage: {durability: delivered}
                                """))) {
            assertThat(post(agent.httpPort(), logs(5))).isEqualTo(200);
            assertThat(agent.scrape().value("colonnade_records_delivered_total")).isEqualTo(5);
        }
    }

    @Test
    void aReceiverPortInUseIsNoStartAndNamesItsKey() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String yaml =
                    TestAgent.yaml("nop:", "logs: {receivers: [otlp], exporters: [nop]}")
                            .replace(
                                    "http: {endpoint: '127.0.0.1:0'}",
                                    "http: {endpoint: '127.0.0.1:%d'}"
                                            .formatted(taken.getLocalPort()));
            assertThatThrownBy(() -> TestAgent.start(yaml))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("Address already in use")
                    .hasMessageContaining("receivers::otlp::protocols::http::endpoint");
        }
    }

    private static byte[] logs(int records) {
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(
                        ResourceLogs.newBuilder()
                                .addScopeLogs(
                                        ScopeLogs.newBuilder()
                                                .addAllLogRecords(
                                                        Collections.nCopies(
                                                                records,
                                                                LogRecord.newBuilder()
                                                                        .setTimeUnixNano(1)
                                                                        .build()))))
                .build()
                .toByteArray();
    }

    private static int post(int port, byte[] body) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(
                                            URI.create("http://127.0.0.1:" + port + "/v1/logs"))
                                    .header("Content-Type", "application/x-protobuf")
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }
}
