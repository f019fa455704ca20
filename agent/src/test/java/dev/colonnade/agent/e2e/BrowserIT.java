package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// A page in a browser sends traces to the agent, which is another origin to it.
final class BrowserIT {
    @TempDir(cleanup = CleanupMode.NEVER) // the browser may write until it is gone
    Path profile;

    @Test
    void aPageSendsWhereItsOriginIsAllowed() throws Exception {
        String chromium =
                ForeignTool.find("chromium", "chromium", "chromium-browser", "google-chrome");
        CompletableFuture<String> outcome = new CompletableFuture<>();
        HttpServer pages = pages(outcome);
        try (Backend backend = Backend.start(Backend.Kind.HTTP_JDK);
                AgentUnderTest agent = AgentUnderTest.start(yaml(backend))) {
            String url =
                    "http://127.0.0.1:%d/page.html?agent=%d&foreign=%d"
                            .formatted(
                                    pages.getAddress().getPort(),
                                    agent.httpPort(),
                                    agent.httpPort("otlp/foreign"));
            Process browser = browse(chromium, url);
            try {
                assertThat(outcome.get(45, TimeUnit.SECONDS))
                        .contains("\"taken\":\"200 {}\"")
                        .contains("\"malformed\":\"400 {\\\"code\\\":3,")
                        .contains("\"foreign\":\"TypeError\"");
            } finally {
                browser.descendants().forEach(ProcessHandle::destroyForcibly);
                browser.destroyForcibly().waitFor();
            }
            agent.awaitDelivered();
            assertThat(backend.rows(Signal.TRACES)).hasSize(1);
            assertThat(new String(backend.taken().getFirst().body(), StandardCharsets.UTF_8))
                    .contains("documentLoad")
                    .contains("Chrome");
        } finally {
            pages.stop(0);
        }
    }

    private static Yaml yaml(Backend backend) {
        return new Yaml()
                .receiver(
                        "otlp",
                        "",
                        "cors: {allowed_origins: ['http://127.0.0.1:*'],"
                                + " allowed_headers: [X-Api-Key]}")
                .receiver("otlp/foreign", "", "cors: {allowed_origins: ['https://example.com']}")
                .exporter("otlp_http", backend)
                .pipeline("traces", "otlp, otlp/foreign", "otlp_http", "");
    }

    private Process browse(String chromium, String url) throws IOException {
        return new ProcessBuilder(
                        chromium,
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--user-data-dir=" + profile,
                        url)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static HttpServer pages(CompletableFuture<String> outcome) throws IOException {
        HttpServer pages =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        byte[] page = Files.readAllBytes(ForeignTool.SCRIPTS.resolve("page.html"));
        pages.createContext("/page.html", exchange -> answer(exchange, page));
        pages.createContext(
                "/done",
                exchange -> {
                    byte[] body = exchange.getRequestBody().readAllBytes();
                    outcome.complete(new String(body, StandardCharsets.UTF_8));
                    answer(exchange, new byte[0]);
                });
        pages.start();
        return pages;
    }

    private static void answer(HttpExchange exchange, byte[] body) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("content-type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        }
    }
}
