package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.testkit.Ledger;
import dev.colonnade.agent.testkit.Scrape;
import dev.colonnade.agent.testkit.Waiting;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The packaged agent as a process: what it prints, how it hears signals, what its exit codes say.
final class AgentProcessIT {
    private static final Path PROGRAM =
            Path.of(System.getProperty("project.root"), "agent/target/dist/bin/colonnade");
    private static final Pattern HTTP = Pattern.compile("OTLP/HTTP at 127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern METRICS = Pattern.compile("metrics at (http://\\S+)");

    /// One log record, as scripts/run has it sent.
    private static final byte[] HELLO =
            "\012\027\022\025\022\023\052\021\012\017hello colonnade"
                    .getBytes(StandardCharsets.ISO_8859_1);

    private final List<Process> processes = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();

    @TempDir Path folder;

    @AfterEach
    void endWhatRuns() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void drainsOnSigtermAndEndsWith0() throws Exception {
        Process process = start(config("file: {path: '" + folder.resolve("out.jsonl") + "'}", ""));
        BufferedReader log = untilReady(process);
        assertThat(postHello()).isEqualTo(200);
        // What stands in the file is counted a moment later.
        Waiting.until("the record to be counted", this::isDelivered, () -> lines);
        Ledger.check(get(found(METRICS)));
        terminate(process);
        rest(log);
        assertThat(process.waitFor()).isZero();
        assertThat(lines.getLast())
                .endsWith("exporter file: delivered=1, dropped=0, held=0, lost=0");
        assertThat(Files.readString(folder.resolve("out.jsonl"))).contains("hello colonnade");
    }

    @Test
    void endsWith2WhenRecordsAreLostAtTheDeadline() throws Exception {
        Process process = start(config(deadBackend(), "shutdown: {deadline: 100ms}"));
        BufferedReader log = untilReady(process);
        assertThat(postHello()).isEqualTo(200);
        terminate(process);
        rest(log);
        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(lines.getLast())
                .endsWith("exporter otlp: delivered=0, dropped=0, held=0, lost=1");
    }

    @Test
    void aSecondSignalStopsNow() throws Exception {
        Process process = start(config(deadBackend(), "shutdown: {deadline: 1h}"));
        BufferedReader log = untilReady(process);
        assertThat(postHello()).isEqualTo(200);
        terminate(process);
        until(log, "a second signal stops now");
        terminate(process);
        rest(log);
        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(lines.getLast()).contains("lost=1");
    }

    @Test
    void endsWith1WhenAPortIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process process =
                    start(
                            config("nop:", "")
                                    .replace(
                                            "endpoint: '127.0.0.1:0'",
                                            "endpoint: '127.0.0.1:" + taken.getLocalPort() + "'"));
            rest(reader(process));
            assertThat(process.waitFor()).isEqualTo(1);
            assertThat(lines)
                    .filteredOn(line -> line.contains("ERROR"))
                    .singleElement()
                    .asString()
                    .contains("Address already in use")
                    .contains("receivers::otlp::protocols::http::endpoint");
        }
    }

    @Test
    void endsWith1AndTellsEverythingOfABadConfiguration() throws Exception {
        Process process = start(config("nop: {a: 1, b: 2}", ""));
        rest(reader(process));
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(lines)
                .filteredOn(line -> line.contains("unknown key"))
                .extracting(line -> line.substring(line.indexOf(".yaml")))
                .containsExactly(
                        ".yaml:3:9: exporters::nop::a: unknown key",
                        ".yaml:3:15: exporters::nop::b: unknown key");
        assertThat(lines).filteredOn(line -> line.isBlank() || line.trim().equals("^")).hasSize(2);
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void endsWith3WhenTheHeapIsExhausted() throws Exception {
        // So small a heap has no room for the objects in the ahead-of-time cache.
        Process process = start(config("nop:", ""), "-XX:AOTMode=off", "-Xms2m", "-Xmx2m");
        rest(reader(process));
        assertThat(process.waitFor()).isEqualTo(3);
    }

    private String config(String exporter, String service) {
        String id = exporter.substring(0, exporter.indexOf(':'));
        return """
        receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
        exporters:
          %s
        storage: {memory: 16MiB}
        service:
          %s
          telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}}]}}
          pipelines: {logs: {receivers: [otlp], exporters: [%s]}}
        """
                .formatted(exporter, service, id);
    }

    private static String deadBackend() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "otlp: {endpoint: '127.0.0.1:"
                    + socket.getLocalPort()
                    + "', tls: {insecure: true}}";
        }
    }

    private Process start(String yaml, String... javaOptions) throws IOException {
        Path file = Files.writeString(folder.resolve("agent.yaml"), yaml);
        ProcessBuilder builder =
                new ProcessBuilder(PROGRAM.toString(), "run", "--config", file.toString())
                        .redirectErrorStream(true);
        builder.environment().put("COLONNADE_JAVA_OPTS", String.join(" ", javaOptions));
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    /// SIGTERM; unlike `Process.destroy` it leaves the output open.
    private static void terminate(Process process) {
        assertThat(process.toHandle().destroy()).isTrue();
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private BufferedReader untilReady(Process process) throws IOException {
        BufferedReader log = reader(process);
        until(log, "is ready");
        return log;
    }

    private void until(BufferedReader log, String text) throws IOException {
        String line = log.readLine();
        while (line != null && !line.contains(text)) {
            lines.add(line);
            line = log.readLine();
        }
        assertThat(line).as("a line with \"%s\" after %s", text, lines).isNotNull();
        lines.add(line);
    }

    private void rest(BufferedReader log) throws IOException {
        log.lines().forEach(lines::add);
    }

    private String found(Pattern pattern) {
        for (String line : lines) {
            Matcher matcher = pattern.matcher(line);
            if (matcher.find()) {
                return matcher.group(1);
            }
        }
        throw new AssertionError(pattern + " is not in " + lines);
    }

    private int postHello() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "http://127.0.0.1:" + found(HTTP) + "/v1/logs"))
                                    .header("Content-Type", "application/x-protobuf")
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(HELLO))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private boolean isDelivered() {
        return Scrape.of(get(found(METRICS))).sum("colonnade_records_delivered_total") == 1;
    }

    private static byte[] get(String uri) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.sendAsync(
                            HttpRequest.newBuilder(URI.create(uri)).build(),
                            HttpResponse.BodyHandlers.ofByteArray())
                    .join()
                    .body();
        }
    }
}
