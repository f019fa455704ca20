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
        assertThat(text(out)).startsWith("usage: colonnade run --config FILE");
        assertThat(text(err)).isEmpty();
    }

    @Test
    void aWrongArgumentIsNoStart() {
        assertThat(run("walk")).isEqualTo(1);
        assertThat(text(err)).startsWith("colonnade: unknown argument: walk\nusage: ");
    }

    @Test
    void validatesEveryShippedConfiguration() throws IOException {
        Path folder = Path.of(System.getProperty("project.root"), "configs");
        List<Path> files;
        try (Stream<Path> found = Files.walk(folder)) {
            files = found.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
        assertThat(files)
                .contains(folder.resolve("quickstart.yaml"), folder.resolve("reference.yaml"));
        assertThat(files)
                .allSatisfy(file ->
                        assertThat(run("validate", "--config", file.toString()))
                                .as("%s", err)
                                .isZero());
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
