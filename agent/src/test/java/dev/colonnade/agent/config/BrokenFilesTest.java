package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is said of broken configurations, word for word: each file in `broken/` ends in the answer
/// that it gets, in comments that begin with `#|`.
///
/// With `-Dcolonnade.golden=write` the answers are written; read them before they are committed.
@NullUnmarked // an unexpected null fails the test
final class BrokenFilesTest {
    private static final String MARK = "#| ";
    private static final Path SOURCES =
            Path.of(
                    System.getProperty("project.root"),
                    "agent/src/test/resources/dev/colonnade/agent/config/broken");

    private static final Map<String, String> ENVIRONMENT =
            Map.of(
                    "WORD", "many",
                    "DIGIT", "5",
                    "WHERE", "otlp/far",
                    "MAP", "a: b",
                    "LOOP", "${env:LOOP}",
                    "EXPORTER", "endpoint: backend:4317\ntimeout: often\n");

    @Test
    void thereAreManyOfThem() throws Exception {
        assertThat(files()).hasSizeGreaterThan(90);
    }

    @ParameterizedTest
    @MethodSource("files")
    void isAnsweredWordForWord(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        String yaml = lines(lines.stream().filter(line -> !line.startsWith("#|")));
        String expected =
                lines(
                        lines.stream()
                                .filter(line -> line.startsWith("#|"))
                                .map(line ->
                                        line.substring(Math.min(MARK.length(), line.length()))));
        String told = told(file.getFileName().toString(), yaml);
        if ("write".equals(System.getProperty("colonnade.golden"))) {
            Files.writeString(
                    SOURCES.resolve(file.getFileName()),
                    yaml
                            + told.lines()
                                    .map(line -> MARK + line + "\n")
                                    .collect(Collectors.joining()));
        }
        assertThat(told).isEqualTo(expected).isNotEmpty();
    }

    private static String told(String name, String yaml) {
        try {
            ConfigLoader.loadText(name, yaml, ENVIRONMENT);
            return "";
        } catch (ConfigException e) {
            return lines(e.problems().stream().map(Problem::shown));
        }
    }

    private static String lines(Stream<String> lines) {
        return lines.map(line -> line + "\n").collect(Collectors.joining());
    }

    private static List<Path> files() throws IOException, URISyntaxException {
        Path folder = Path.of(BrokenFilesTest.class.getResource("broken").toURI());
        try (Stream<Path> found = Files.list(folder)) {
            return found.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
        }
    }
}
