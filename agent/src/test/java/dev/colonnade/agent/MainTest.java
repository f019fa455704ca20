package dev.colonnade.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.telemetry.Console;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MainTest {
    private static final String SMALL =
            """
            receivers:
              otlp:
                protocols:
                  grpc:
            exporters:
              otlp:
                endpoint: backend:4317
                timeout: 5s
                headers:
                  authorization: Bearer s3cr3t
            service:
              pipelines:
                logs:
                  receivers:
                    - otlp
                  exporters:
                    - otlp
            """;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void tellsItsVersion() {
        assertThat(run("version")).isZero();
        assertThat(text(out)).matches("colonnade \\d+\\.\\d+\\.\\d+.*\n");
    }

    @Test
    void helps() {
        assertThat(run("--help")).isZero();
        assertThat(text(out)).startsWith("colonnade receives telemetry,");
        assertThat(text(err)).isEmpty();
    }

    @Test
    void aWrongArgumentIsNoStart() {
        assertThat(run("walk")).isEqualTo(1);
        assertThat(text(err))
                .isEqualTo("colonnade: unknown argument: walk\nsee colonnade --help\n");
    }

    @Test
    void validatesEveryShippedConfiguration() throws IOException {
        Path folder = Path.of(System.getProperty("project.root"), "configs");
        List<Path> files;
        // What lies in folders is of other tools, or around it; ExamplesTest has a look at those.
        try (Stream<Path> found = Files.list(folder)) {
            files = found.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
        assertThat(files)
                .contains(folder.resolve("quickstart.yaml"), folder.resolve("reference.yaml"));
        // The reference names certificates that are nowhere; it is to be read, not to be run.
        assertThat(files)
                .allSatisfy(file -> {
                    boolean isReference = file.endsWith("reference.yaml");
                    String command = isReference ? "print-config" : "validate";
                    assertThat(run(command, "--config", file.toString())).as("%s", err).isZero();
                });
    }

    @Test
    void aBadConfigurationIsToldWholeAndIsNoStart(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("bad.yaml"), "receivers: {x: }\nservice: 1\n");
        assertThat(run("run", "--config", file.toString())).isEqualTo(1);
        assertThat(text(err).lines())
                .filteredOn(line -> line.startsWith(file + ":"))
                .hasSizeGreaterThan(2);
        assertThat(text(err))
                .startsWith(
                        file
                                + """
                                :1:1: no exporter configuration specified in config
                                    receivers: {x: }
                                    ^
                                """);
        assertThat(text(out)).isEmpty();
    }

    @Test
    void listsComponents() {
        assertThat(run("components")).isZero();
        assertThat(text(out))
                .startsWith("buildinfo:\n  command: colonnade\n  version: ")
                .contains(
                        """
                        receivers:
                          - name: otlp
                            stability:
                              logs: beta
                              traces: beta
                              metrics: beta
                        """)
                .contains("  - name: otlp_grpc\n    deprecated_names: [otlp]\n")
                .contains("  - name: colonnade_storage\n    stability:\n      extension: beta\n");
    }

    @Test
    void printsWhatItUnderstoodWithoutSecrets(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("a.yaml"), SMALL);
        String[] arguments = {
            "print-config", "--config", file.toString(), "--set", "exporters.otlp.timeout=7s"
        };
        assertThat(run(arguments)).as("%s", err).isZero();
        assertThat(text(out))
                .isEqualTo(
                        SMALL.replace("Bearer s3cr3t", "\"[REDACTED]\"")
                                .replace("  timeout: 5s", "  timeout: 7s"));
        out.reset();
        assertThat(run("print-config", "--mode=unredacted", "--config", file.toString())).isZero();
        assertThat(text(out)).isEqualTo(SMALL);
    }

    @Test
    void takesAConfigurationFromAMountedConfigMap(@TempDir Path folder) throws Exception {
        // As the kubelet mounts it: the file is a link into a folder that is a link.
        Path data = Files.createDirectory(folder.resolve("..2026_11_20"));
        Files.writeString(data.resolve("collector.yaml"), SMALL);
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..2026_11_20"));
        Path file = folder.resolve("collector.yaml");
        Files.createSymbolicLink(file, Path.of("..data/collector.yaml"));
        assertThat(run("print-config", "--config=" + file)).as("%s", err).isZero();
        assertThat(text(out)).contains("endpoint: backend:4317");
    }

    @Test
    void acceptsFeatureGatesWithAWarning(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("a.yaml"), SMALL);
        assertThat(run("print-config", "--config=" + file, "--feature-gates=-a.b")).isZero();
        assertThat(text(err)).isEqualTo("warning: --feature-gates has no effect: -a.b\n");
    }

    private int run(String... arguments) {
        return Main.run(
                arguments,
                Console.ofProcess(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
