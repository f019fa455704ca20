package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Waiting;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A Prometheus in a process of its own that scrapes one agent twice a second. The test is passed
/// over where none is installed.
final class Prometheus implements AutoCloseable {
    private static final Pattern FIRING =
            Pattern.compile("\"alertname\":\"(\\w+)\".*?\"state\":\"(\\w+)\"");

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;
    private final Path log;

    private Prometheus(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /// Starts one with data and configuration in `folder`.
    ///
    /// @param rules the text of the rules
    /// @param target the port of the agent's metrics on the loopback
    static Prometheus start(Path folder, String rules, int target) throws IOException {
        String program = ForeignTool.find("prometheus", "prometheus");
        Files.writeString(folder.resolve("rules.yaml"), rules);
        Path config =
                Files.writeString(
                        folder.resolve("prometheus.yaml"),
                        """
                        global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}
                        rule_files: [rules.yaml]
                        scrape_configs:
                          - job_name: colonnade
                            static_configs: [{targets: ['127.0.0.1:%d']}]
                        """
                                .formatted(target));
        int port = dev.colonnade.exporters.testkit.Backend.unusedPort();
        Path log = folder.resolve("prometheus.log");
        Process process =
                new ProcessBuilder(
                                program,
                                "--config.file=" + config,
                                "--storage.tsdb.path=" + folder.resolve("data"),
                                "--web.listen-address=127.0.0.1:" + port,
                                "--log.level=warn")
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        Prometheus prometheus = new Prometheus(process, port, log);
        Waiting.until("Prometheus", prometheus::isReady, prometheus::log);
        return prometheus;
    }

    private boolean isReady() {
        try {
            return get("/-/ready").statusCode() == 200;
        } catch (IOException _) {
            return false;
        }
    }

    /// The alerts that fire now.
    Set<String> firing() throws IOException {
        Matcher alerts = FIRING.matcher(get("/api/v1/alerts").body());
        return alerts.results()
                .filter(alert -> alert.group(2).equals("firing"))
                .map((MatchResult alert) -> alert.group(1))
                .collect(Collectors.toSet());
    }

    /// Whether a query has a result now.
    boolean hasResult(String query) throws IOException {
        String text = URLEncoder.encode(query, StandardCharsets.UTF_8);
        HttpResponse<String> answer = get("/api/v1/query?query=" + text);
        assertThat(answer.statusCode()).as("%s: %s", query, answer.body()).isEqualTo(200);
        return !answer.body().contains("\"result\":[]");
    }

    private HttpResponse<String> get(String path) throws IOException {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> log() {
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            return List.of(e.toString());
        }
    }

    @Override
    public void close() {
        client.close();
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
