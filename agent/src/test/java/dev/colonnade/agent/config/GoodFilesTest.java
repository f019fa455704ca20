package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds after reading configurations that are right, documented examples of the Collector
/// among them: each file in `good/` ends in comments `#= PATH = VALUE`, a path through the records
/// of [AgentConfig].
@NullUnmarked // an unexpected null fails the test
final class GoodFilesTest {
    private static final String MARK = "#= ";

    private static final Map<String, String> ENVIRONMENT =
            Map.of(
                    "HOST", "backend",
                    "PORT", "5317",
                    "TOKEN", "007",
                    "TRUE", "true",
                    "EMPTY", "",
                    "SIZE", "1000",
                    "NAME_OF", "HOST",
                    "LIST", "[otlp]",
                    "QUEUE", "{enabled: true, num_consumers: 3}");

    @Test
    void thereAreManyOfThem() throws Exception {
        assertThat(files()).hasSizeGreaterThan(60);
    }

    @ParameterizedTest
    @MethodSource("files")
    void holdsWhatIsWritten(Path file) throws Exception {
        String text = Files.readString(file);
        AgentConfig config = ConfigLoader.loadFiles(List.of(file.toString()), ENVIRONMENT);
        List<String> expected = text.lines().filter(line -> line.startsWith(MARK)).toList();
        assertThat(expected).isNotEmpty();
        assertThat(expected)
                .allSatisfy(line -> {
                    String[] parts = line.substring(MARK.length()).split(" =", 2);
                    assertThat(RecordPath.text(config, parts[0]))
                            .as(parts[0])
                            .isEqualTo(parts[1].strip());
                });
    }

    @ParameterizedTest
    @MethodSource("files")
    void meansTheSameWhenItIsPrintedAndReadAgain(Path file) throws Exception {
        List<String> uris = List.of(file.toString());
        String printed = ConfigLoader.of(uris, List.of(), ENVIRONMENT).resolved(false);
        ConfigLoader again =
                ConfigLoader.of(List.of("env:PRINTED"), List.of(), Map.of("PRINTED", printed));
        assertThat(again.resolved(false)).isEqualTo(printed);
        assertThat(withoutPlaces(again.load()))
                .isEqualTo(withoutPlaces(ConfigLoader.loadFiles(uris, ENVIRONMENT)));
    }

    /// Records as text, without the places of pipelines and the warnings that differ.
    private static String withoutPlaces(AgentConfig config) {
        return RecordPath.sorted(config.receivers())
                + RecordPath.sorted(config.processors())
                + RecordPath.sorted(config.exporters())
                + config.storage();
    }

    private static List<Path> files() throws IOException, URISyntaxException {
        Path folder = Path.of(GoodFilesTest.class.getResource("good").toURI());
        try (Stream<Path> found = Files.list(folder)) {
            return found.sorted().toList();
        }
    }
}
