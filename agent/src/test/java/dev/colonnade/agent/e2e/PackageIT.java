package dev.colonnade.agent.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The packaged agent's own runtime, its one jar and its ahead-of-time cache.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PackageIT {
    private static final Path DIST =
            Path.of(System.getProperty("project.root"), "agent/target/dist");
    private static final String CONFIG =
            """
            receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
            exporters: {nop: }
            storage: {memory: 16MiB}
            service:
              telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}}]}}
              pipelines: {logs: {receivers: [otlp], exporters: [nop]}}
            """;

    @TempDir Path folder;

    @BeforeEach
    void isPackaged() {
        assumeThat(DIST.resolve("lib/colonnade.jar"))
                .as("a package with runtime and cache (-Dquick makes none)")
                .exists();
    }

    @Test
    void startsOnItsCache() throws Exception {
        try (AgentProcess agent = AgentProcess.run(folder, CONFIG)) {
            assertThat(page(agent)).contains("colonnade_aot_cache_used 1.0");
            agent.terminate();
            assertThat(agent.exitCode(Duration.ofSeconds(20))).isZero();
            assertThat(agent.lines()).noneMatch(line -> line.contains("WARN"));
        }
    }

    @Test
    void saysThatItHadToStartWithoutItsCache() throws Exception {
        List<String> command = new ArrayList<>(command(List.of("-XX:AOTMode=off")));
        command.addAll(List.of("run", "--config", config().toString()));
        try (AgentProcess agent = AgentProcess.of(command)) {
            assertThat(page(agent)).contains("colonnade_aot_cache_used 0.0");
            agent.terminate();
            assertThat(agent.exitCode(Duration.ofSeconds(20))).isZero();
            assertThat(agent.lines())
                    .anyMatch(line ->
                            line.contains("WARN") && line.contains("ahead-of-time cache not used"));
        }
    }

    /// Guarantee: what a start needs is in the cache, or is plain code. A class from the jar opens
    /// it, and one made at run time has its maker loaded: milliseconds each.
    @Test
    void startsWithoutAClassThatTheCacheHasNot() throws Exception {
        Path log = folder.resolve("classes.log");
        List<String> command = command(List.of());
        command.add(1, "-Xlog:class+load=info:file=" + log);
        command.addAll(List.of("run", "--config", config().toString()));
        try (AgentProcess agent = AgentProcess.of(command)) {
            agent.awaitLine("readiness", text -> text.contains(" is ready"));
            assertThat(Files.readAllLines(log))
                    .hasSizeGreaterThan(1_000)
                    .filteredOn(line -> !line.contains("source: shared objects file"))
                    // What the JDK makes for itself, and one that it does not put into caches.
                    .filteredOn(line -> !line.contains("java.lang.invoke.LambdaForm$DMH"))
                    .filteredOn(line -> !line.contains("java.security.cert.X509Certificate "))
                    .isEmpty();
        }
    }

    /// Scenario: another build's jar stands beside the cache, of the same size and time, which is
    /// all that the virtual machine looks at. Guarantee: the cache's classes do not serve.
    @Test
    void refusesToRunACacheOfAnotherBuild() throws Exception {
        Path packaged = DIST.resolve("lib/colonnade.jar");
        String bytes = Files.readString(packaged, StandardCharsets.ISO_8859_1);
        Path jar = folder.resolve("colonnade.jar");
        Files.writeString(
                jar,
                bytes.replaceAll("build=\\p{XDigit}{16}", "build=anothersbuild..."),
                StandardCharsets.ISO_8859_1);
        Files.setLastModifiedTime(jar, Files.getLastModifiedTime(packaged));
        List<String> command = new ArrayList<>();
        for (String argument : command(List.of())) {
            command.add(argument.endsWith("colonnade.jar") ? jar.toString() : argument);
        }
        command.addAll(List.of("run", "--config", config().toString()));
        try (AgentProcess agent = AgentProcess.of(command)) {
            assertThat(agent.exitCode(Duration.ofSeconds(20))).isEqualTo(1);
            assertThat(agent.lines())
                    .singleElement()
                    .asString()
                    .contains("of another build than the jar")
                    .contains("jar=anothersbuild...");
        }
    }

    @Test
    void readsEveryExampleAsTheImageDoes() throws Exception {
        Path configs = Path.of(System.getProperty("project.root"), "configs");
        try (Stream<Path> files = Files.walk(configs)) {
            List<Path> yaml =
                    files.filter(file -> file.getFileName().toString().equals("image.yaml"))
                            .toList();
            assertThat(yaml).isNotEmpty();
            for (Path file : yaml) {
                try (AgentProcess agent =
                        AgentProcess.start("validate", "--config", file.toString())) {
                    assertThat(agent.exitCode(Duration.ofSeconds(20)))
                            .as("%s: %s", file, agent.lines())
                            .isZero();
                }
            }
        }
    }

    private Path config() throws IOException {
        return Files.writeString(folder.resolve("config.yaml"), CONFIG);
    }

    /// As the image starts it, with other flags.
    private static List<String> command(List<String> flags) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(DIST.resolve("runtime/bin/java").toString());
        command.add("@" + DIST.resolve("conf/jvm.args"));
        for (String line : Files.readAllLines(DIST.resolve("conf/start.args"))) {
            String argument = line.replace("\"", "");
            if (flags.isEmpty() || !argument.startsWith("-XX:AOTCache=")) {
                command.add(argument);
            }
        }
        command.addAll(2, flags);
        return command;
    }

    private static String page(AgentProcess agent) throws Exception {
        String line = agent.awaitLine("metrics", text -> text.contains("metrics at "));
        agent.awaitLine("readiness", text -> text.contains(" is ready"));
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(
                                            URI.create(line.substring(line.indexOf("http://"))))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
