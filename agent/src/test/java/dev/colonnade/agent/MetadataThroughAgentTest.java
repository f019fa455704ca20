package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.HttpBackend;
import dev.colonnade.agent.testkit.TestAgent;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the heads of requests do to the records that came with them.
@Timeout(60)
final class MetadataThroughAgentTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private static final String PROCESSORS =
            """
            processors:
              batch: {timeout: 10m, send_batch_size: 100, metadata_keys: [X-Tenant]}
              attributes:
                actions:
                  - {key: tenant, action: insert, from_context: metadata.x-tenant, default_value: nobody}
                  - {key: peer, action: insert, from_context: client.address}
            """;

    @Test
    void recordsAreMarkedWithTheirSenderAndMergedOnlyWithinATenant() throws Exception {
        try (HttpBackend backend = new HttpBackend()) {
            TestAgent agent = start(backend, "include_metadata: true");
            for (String tenant : List.of("a", "a", "b", "")) {
                post(agent, tenant);
            }
            assertThat(agent.stop(LONG).exitCode()).isZero();
            assertThat(tenants(backend)).containsExactlyInAnyOrder("a a", "b", "nobody");
        }
    }

    @Test
    void withoutIncludeMetadataEverybodyIsNobody() throws Exception {
        try (HttpBackend backend = new HttpBackend()) {
            TestAgent agent = start(backend, "include_metadata: false");
            for (String tenant : List.of("a", "b")) {
                post(agent, tenant);
            }
            assertThat(agent.stop(LONG).exitCode()).isZero();
            assertThat(tenants(backend)).containsExactly("nobody nobody");
        }
    }

    private static TestAgent start(HttpBackend backend, String setting) throws Exception {
        return TestAgent.start(
                TestAgent.yaml(
                                        "otlp_http: " + backend.exporter(""),
                                        """
                                        logs:
                                          receivers: [otlp]
                                          processors: [attributes, batch]
                                          exporters: [otlp_http]
                                        """)
                                .replace(
                                        "http: {endpoint: '127.0.0.1:0'}",
                                        "http: {endpoint: '127.0.0.1:0', " + setting + "}")
                                .replace("service:\n", "service:\n  loops: 1\n")
                        + PROCESSORS);
    }

    private static void post(TestAgent agent, String tenant) throws Exception {
        ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
        request.addResourceLogsBuilder()
                .addScopeLogsBuilder()
                .addLogRecords(
                        LogRecord.newBuilder()
                                .setBody(AnyValue.newBuilder().setStringValue("text")));
        HttpRequest.Builder post =
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + agent.httpPort() + "/v1/logs"))
                        .header("Content-Type", "application/x-protobuf")
                        .POST(
                                HttpRequest.BodyPublishers.ofByteArray(
                                        request.build().toByteArray()));
        if (!tenant.isEmpty()) {
            post.header("X-Tenant", tenant);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<Void> answer =
                    client.send(post.build(), HttpResponse.BodyHandlers.discarding());
            assertThat(answer.statusCode()).isEqualTo(200);
        }
    }

    /// The tenants of each request that arrived, and a check of the peer's address.
    private static List<String> tenants(HttpBackend backend) throws Exception {
        List<String> tenants = new ArrayList<>();
        for (byte[] body : backend.received("/v1/logs")) {
            List<KeyValue> attributes =
                    ExportLogsServiceRequest.parseFrom(body).getResourceLogsList().stream()
                            .flatMap(resource -> resource.getScopeLogsList().stream())
                            .flatMap(scope -> scope.getLogRecordsList().stream())
                            .flatMap(record -> record.getAttributesList().stream())
                            .toList();
            tenants.add(values(attributes, "tenant"));
            assertThat(values(attributes, "peer").replace(" ", "").replace("127.0.0.1", ""))
                    .isEmpty();
        }
        return tenants;
    }

    private static String values(List<KeyValue> attributes, String key) {
        return attributes.stream()
                .filter(attribute -> attribute.getKey().equals(key))
                .map(attribute -> attribute.getValue().getStringValue())
                .collect(Collectors.joining(" "));
    }
}
