package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.agent.config.Node.Sequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked // an unexpected null fails the test
final class ExpansionTest {
    private static final Position AT = new Position("f.yaml", 3, 7);

    private final Problems problems = new Problems();
    private final Map<String, String> environment =
            new HashMap<>(
                    Map.of(
                            "HOST", "otel",
                            "EMPTY", "",
                            "TOKEN", "007",
                            "WHICH", "HOST",
                            "INDIRECT", "<${env:TOKEN}>",
                            "LIST", "[a, \"${HOST}\"]",
                            "MAP", "x: 1\ny:\n  z: ${TOKEN}",
                            "SELF", "${SELF}",
                            "PEM", "-----BEGIN X-----\nabc: [\n-----END X-----\n"));
    private final Expansion expansion = new Expansion(environment, problems);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "${env:HOST} | otel",
                "${HOST}:4317 | otel:4317",
                "${env:NONE:-fallback} | fallback",
                "${NONE:-a:-b} | a:-b",
                "${env:EMPTY:-unused}x | x",
                "${env:NONE:-}x | x",
                "a-${TOKEN}-${HOST} | a-007-otel",
                "${env:${WHICH}} | otel",
                "${env:NONE:-${env:NONE:-${HOST}}} | otel",
                "${INDIRECT} | <007>",
                "${yaml:abc} | abc",
                "${yaml:${HOST}}/x | otel/x",
                "$${HOST} | ${HOST}",
                "$${HOST} ${HOST} | ${HOST} otel",
                "$$${HOST} | $otel",
                "$$$${HOST} | $${HOST}",
                "$1 | $1",
                "a } ${HOST} | a } otel",
                "costs 5$ | costs 5$",
                "$HOST | $HOST"
            })
    void putsInWhatStandsElsewhere(String text, String expanded) {
        assertThat(text(text)).isEqualTo(expanded);
        assertThat(problems.errors()).isEmpty();
        assertThat(problems.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "${TOKEN}, false, PLAIN",
        "${TOKEN}, true, QUOTED_EXPANSION",
        "1${TOKEN}, false, QUOTED",
        "${INDIRECT}, false, QUOTED",
        "$$, false, PLAIN"
    })
    void aWholeExpansionKeepsItsTypeAndAPartIsText(String text, boolean isQuoted, String style) {
        assertThat(((Scalar) expansion.expand(text, isQuoted, AT, "a")).style())
                .isEqualTo(Node.Style.valueOf(style));
    }

    @Test
    void namesWhereAValueCameFrom() {
        assertThat(((Scalar) expansion.expand("x${env:TOKEN}", false, AT, "a")).origin())
                .isEqualTo(" (from ${env:TOKEN})");
        assertThat(((Scalar) expansion.expand("5$$", false, AT, "a")).origin()).isEmpty();
    }

    @Test
    void aWholeValueMayBecomeAMapOrAList() {
        Sequence list = (Sequence) expansion.expand("${LIST}", false, AT, "a");
        assertThat(list.items()).extracting(Node::kind).containsExactly("\"a\"", "\"otel\"");
        Mapping map = (Mapping) expansion.expand("${MAP}", true, AT, "a");
        assertThat(((Scalar) ((Mapping) map.value("y")).value("z")).text()).isEqualTo("007");
        assertThat(map.keyAt("y")).hasToString("MAP:2:1");
        Mapping yaml = (Mapping) expansion.expand("${yaml:p::q: 1}", false, AT, "a");
        assertThat(((Mapping) yaml.value("p")).entries()).containsOnlyKeys("q");
    }

    @Test
    void takesFilesAsTextWithoutTheirLastLineBreak(@TempDir Path folder) throws IOException {
        Path token = Files.writeString(folder.resolve("token"), "s3cr3t\n");
        Path map = Files.writeString(folder.resolve("map.yaml"), "a::b: ${HOST}\n");
        assertThat(text("${file:" + token + "}")).isEqualTo("s3cr3t");
        Mapping read = (Mapping) expansion.expand("${file:" + map + "}", false, AT, "a");
        assertThat(((Scalar) ((Mapping) read.value("a")).value("b")).text()).isEqualTo("otel");
        assertThat(text("${PEM}")).startsWith("-----BEGIN X-----\nabc: [");
    }

    @Test
    void takesWhatIsNotSetAsNothingWithAWarning() {
        assertThat(expansion.expand("${env:NONE}", true, AT, "a::b").isNull()).isTrue();
        assertThat(text("x${env:NONE}")).isEqualTo("x");
        assertThat(problems.warnings())
                .hasToString(
                        "[f.yaml:3:7: a::b: environment variable NONE is not set, taken as empty]");
    }

    @Test
    void warnsOfAnOpenBrace() {
        assertThat(text("${HOST")).isEqualTo("${HOST");
        assertThat(problems.warnings())
                .hasToString("[f.yaml:3:7: a::b: \"${\" without \"}\" stays as it is]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "${file:/none} | \"${file:/none}\": cannot read: no such file: /none",
                "${https://x/y} | \"${https://x/y}\": configurations are not fetched over the"
                        + " network here; use file or env",
                "${s3:x} | \"${s3:x}\": only env, file and yaml can be expanded; write $$ for a"
                        + " dollar sign",
                "${1X} | \"1X\" is no name of an environment variable, in \"${1X}\"; write $$ for a"
                        + " dollar sign",
                "${} | \"\" is no name of an environment variable, in \"${}\"; write $$ for a"
                        + " dollar sign",
                "a${LIST} | ${LIST} is a map or a list, which cannot be part of text",
                "${SELF} | too many recursive expansions in \"${SELF}\""
            })
    void tellsWhatCannotBeExpanded(String text, String message) {
        expansion.expand(text, false, AT, "a::b");
        assertThat(problems.errors()).hasToString("[f.yaml:3:7: a::b: " + message + "]");
    }

    @Test
    void boundsWhatExpandsIntoMoreAndMore() {
        environment.put("A0", "x".repeat(1000));
        for (int level = 1; level < 30; level++) {
            environment.put("A" + level, "${A" + (level - 1) + "}${A0}");
        }
        environment.put("BOMB", "${BOMB2}${BOMB2}");
        environment.put("BOMB2", "y".repeat(1 << 20));
        expansion.expand("${A29}", false, AT, "a::b");
        assertThat(problems.errors()).isEmpty();
        expansion.expand("${BOMB}", false, AT, "a::b");
        assertThat(problems.errors())
                .hasToString("[f.yaml:3:7: a::b: expands to more than 1048576 characters]");
    }

    @Test
    void aFileThatTakesItselfInIsNoEndlessLoop(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("self.yaml");
        Files.writeString(file, "again: ${file:" + file + "}\n");
        expansion.expand("${file:" + file + "}", false, AT, "a");
        assertThat(problems.errors())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.message())
                                .startsWith("too many recursive expansions, the last is ${file:"));
    }

    private String text(String text) {
        return ((Scalar) expansion.expand(text, false, AT, "a::b")).text();
    }
}
