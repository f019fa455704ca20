package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.colonnade.agent.testkit.HttpBackend;
import dev.colonnade.agent.testkit.TestAgent;
import dev.colonnade.agent.testkit.Waiting;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Credentials from one agent to another, and headers from senders to backends.
@Timeout(120)
final class AuthTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final byte[] REQUEST = request();

    private static final String RUNNING =
            """
            service:
              loops: 1
              extensions: [headers_setter]\
            """;

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "grpc, otlp_grpc, bearertokenauth/server, bearertokenauth/client",
        "http, otlp_http, bearertokenauth/server, bearertokenauth/client",
        "grpc, otlp_grpc, basicauth/server, basicauth/client",
        "http, otlp_http, basicauth/server, basicauth/client"
    })
    void oneAgentShowsAnotherWhoItIs(String protocol, String exporter, String server, String client)
            throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "secret\n");
        try (HttpBackend backend = new HttpBackend();
                TestAgent second = second(backend, protocol, server)) {
            int port = protocol.equals("grpc") ? second.grpcPort() : second.httpPort();
            String endpoint = (protocol.equals("grpc") ? "" : "http://") + "127.0.0.1:" + port;
            TestAgent first =
                    TestAgent.start(
                            TestAgent.yaml(
                                                    exporter
                                                            + ": {endpoint: '"
                                                            + endpoint
                                                            + "', tls: {insecure: true}, auth:"
                                                            + " {authenticator: "
                                                            + client
                                                            + "}}",
                                                    pipeline(exporter))
                                            .replace(
                                                    "service:\n",
                                                    "service:\n  extensions: [" + client + "]\n")
                                    + extensions(token));
            assertThat(post(first.httpPort(), "")).isEqualTo(200);
            assertThat(first.stop(LONG).exitCode()).isZero();
            assertThat(backend.await("/v1/logs")).isEqualTo(REQUEST);
            assertThat(post(second.httpPort(), "")).isEqualTo(protocol.equals("http") ? 401 : 200);
        }
    }

    @Test
    void wrongCredentialsAreHeldAndNotLost() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "wrong\n");
        try (HttpBackend backend = new HttpBackend();
                TestAgent second = second(backend, "http", "bearertokenauth/server")) {
            TestAgent first =
                    TestAgent.start(
                            TestAgent.yaml(
                                                    "otlp_http: {endpoint: 'http://127.0.0.1:"
                                                            + second.httpPort()
                                                            + "', auth: {authenticator:"
                                                            + " bearertokenauth/client},"
                                                            + " retry_on_failure:"
                                                            + " {initial_interval: 20ms,"
                                                            + " max_interval: 50ms}}",
                                                    pipeline("otlp_http"))
                                            .replace(
                                                    "service:\n",
                                                    "service:\n"
                                                            + "  extensions:"
                                                            + " [bearertokenauth/client]\n")
                                    + extensions(token));
            assertThat(post(first.httpPort(), "")).isEqualTo(200);
            Waiting.until("a refusal", () -> refused(second) > 0, () -> "");
            Files.writeString(token, "secret\n");
            assertThat(backend.await("/v1/logs")).isEqualTo(REQUEST);
            assertThat(first.stop(LONG).exitCode()).isZero();
        }
    }

    @Test
    void headersOfSendersReachTheBackendEachWithItsRecords() throws Exception {
        List<String> tenants = Collections.synchronizedList(new ArrayList<>());
        HttpServer backend =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        backend.createContext("/", exchange -> answer(exchange, tenants));
        backend.start();
        try {
            TestAgent agent =
                    TestAgent.start(
                            TestAgent.yaml(
                                                    "otlp_http: {endpoint: 'http://127.0.0.1:"
                                                            + backend.getAddress().getPort()
                                                            + "', headers: {x-fixed: old, x-gone:"
                                                            + " there}, auth: {authenticator:"
                                                            + " headers_setter}, sending_queue:"
                                                            + " {batch: {flush_timeout: 10m,"
                                                            + " min_size: 100}}}",
                                                    pipeline("otlp_http"))
                                            .replace(
                                                    "http: {endpoint: '127.0.0.1:0'}",
                                                    "http: {endpoint: '127.0.0.1:0',"
                                                            + " include_metadata: true}")
                                            .replace("service:", RUNNING)
                                    + """
                                    extensions:
                                      headers_setter:
                                        headers:
                                          - {key: X-Scope-OrgID, from_context: X-Tenant, default_value: nobody}
                                          - {action: update, key: x-fixed, value: new}
                                          - {action: delete, key: x-gone}
                                    """);
            for (String tenant : List.of("a", "a", "b", "")) {
                assertThat(post(agent.httpPort(), tenant)).isEqualTo(200);
            }
            assertThat(agent.stop(LONG).exitCode()).isZero();
            assertThat(tenants).containsExactly("a new null", "b new null", "nobody new null");
        } finally {
            backend.stop(0);
        }
    }

    private static void answer(HttpExchange exchange, List<String> tenants) throws IOException {
        try (exchange;
                InputStream body = exchange.getRequestBody()) {
            body.readAllBytes();
            tenants.add(
                    exchange.getRequestHeaders().getFirst("X-Scope-OrgID")
                            + " "
                            + exchange.getRequestHeaders().getFirst("x-fixed")
                            + " "
                            + exchange.getRequestHeaders().getFirst("x-gone"));
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private TestAgent second(HttpBackend backend, String protocol, String authenticator)
            throws Exception {
        String listener = protocol + ": {endpoint: '127.0.0.1:0'";
        return TestAgent.start(
                TestAgent.yaml("otlp_http: " + backend.exporter(""), pipeline("otlp_http"))
                                .replace(
                                        listener,
                                        listener + ", auth: {authenticator: " + authenticator + "}")
                                .replace(
                                        "service:\n",
                                        "service:\n  extensions: [" + authenticator + "]\n")
                        + extensions(Files.writeString(folder.resolve("other"), "secret\n")));
    }

    private static String extensions(Path token) {
        return """
        extensions:
          bearertokenauth/server: {token: secret}
          bearertokenauth/client: {filename: '%s'}
          basicauth/server: {htpasswd: {inline: "ann:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/"}}
          basicauth/client: {client_auth: {username: ann, password_file: '%s'}}
        """
                .replace("$apr1$abcdefgh$h9", "$$apr1$$abcdefgh$$h9")
                .formatted(token, token);
    }

    private static String pipeline(String exporter) {
        return "logs: {receivers: [otlp], exporters: [" + exporter + "]}";
    }

    private static double refused(TestAgent agent) {
        return agent.scrape().sum("colonnade_requests_refused_total", "reason", "unauthenticated");
    }

    private static int post(int port, String tenant) throws Exception {
        HttpRequest.Builder post =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/logs"))
                        .header("Content-Type", "application/x-protobuf")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(REQUEST));
        if (!tenant.isEmpty()) {
            post.header("X-Tenant", tenant);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(post.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    private static byte[] request() {
        ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
        request.addResourceLogsBuilder()
                .addScopeLogsBuilder()
                .addLogRecords(
                        LogRecord.newBuilder()
                                .setBody(AnyValue.newBuilder().setStringValue("text")));
        return request.build().toByteArray();
    }
}
