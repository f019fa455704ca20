package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExpansionTest {
    private static final Position AT = new Position("f.yaml", 3, 7);

    private final Problems problems = new Problems();
    private final Expansion expansion =
            new Expansion(Map.of("HOST", "otel", "EMPTY", "", "TOKEN", "007"), problems);

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
                "$${HOST} | ${HOST}",
                "$$$${HOST} | $${HOST}",
                "$$${HOST} | $otel",
                "$1 | $1",
                "costs 5$ | costs 5$",
                "$HOST | $HOST"
            })
    void putsVariablesIn(String text, String expanded) {
        assertThat(expansion.expand(text, AT, "a::b")).isEqualTo(expanded);
        assertThat(problems.errors()).isEmpty();
        assertThat(problems.warnings()).isEmpty();
    }

    @Test
    void warnsOfVariablesThatAreNotSet() {
        assertThat(expansion.expand("x${env:NONE}", AT, "a::b")).isEqualTo("x");
        assertThat(problems.warnings())
                .hasToString(
                        "[f.yaml:3:7: a::b: environment variable NONE is not set, taken as empty]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "${HOST | \"${\" without \"}\" in \"${HOST\"",
                "${file:x} | \"${file:x}\": only ${env:NAME} can be expanded",
                "${1X} | \"1X\" is no name of an environment variable",
                "${} | \"\" is no name of an environment variable"
            })
    void tellsWhatCannotBeExpanded(String text, String message) {
        expansion.expand(text, AT, "a");
        assertThat(problems.errors()).hasToString("[f.yaml:3:7: a: " + message + "]");
    }
}
