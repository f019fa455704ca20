package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GoScalarTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "7, 7",
        "+7, 7",
        "-7, -7",
        "1_000, 1000",
        "0777, 511",
        "0o17, 15",
        "0x1F, 31",
        "0b101, 5",
        "-0x10, -16",
        "00, 0",
        "1e3, 1000",
        "2.50e2, 250",
        "3., 3",
        "09, 9", // not octal, so a float for go-yaml, and a whole one
        "9223372036854775807, 9223372036854775807",
        "-9223372036854775808, -9223372036854775808"
    })
    void readsWholeNumbersAsGoYamlDoes(String text, long value) {
        assertThat(GoScalar.integer(text)).hasValue(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "+",
                "1.5",
                "1e-1",
                "22:22",
                "1:30",
                "0x",
                "0xg",
                "--1",
                "0x-1",
                "1e",
                ".",
                "1 ",
                "9223372036854775808",
                "1e999999999",
                "1e-999999999",
                "on",
                "ten",
                ".inf"
            })
    void takesNothingElseForAWholeNumber(String text) {
        assertThat(GoScalar.integer(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1.5, 1.5", ".5, 0.5", "-1e3, -1000", "7, 7", "1_0.5, 10.5", "0777, 511"})
    void readsNumbers(String text, double value) {
        assertThat(GoScalar.finite(text)).hasValue(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "e5",
                "1.5.2",
                "1:30",
                "NaN",
                "Infinity",
                "1f",
                "0x1p3",
                ".inf",
                ".nan"
            })
    void takesNothingElseForAFiniteNumber(String text) {
        assertThat(GoScalar.finite(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "no", "on", "off", "y", "n", "t", "1", "tRUE", ""})
    void takesOnlyTrueAndFalseForBooleans(String text) {
        assertThat(GoScalar.bool(text)).isNull();
        assertThat(GoScalar.bool("True")).isTrue();
        assertThat(GoScalar.bool("FALSE")).isFalse();
    }
}
