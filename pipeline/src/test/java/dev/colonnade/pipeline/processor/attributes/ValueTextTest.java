package dev.colonnade.pipeline.processor.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Numbers and lists as text, and text as numbers, as Go writes and reads them.
final class ValueTextTest {
    @ParameterizedTest
    @CsvSource({
        "0.0, 0",
        "-0.0, -0",
        "1.0, 1",
        "-2.5, -2.5",
        "0.1, 0.1",
        "100000.0, 100000",
        "123456789012345680000.0, 123456789012345680000",
        "1e21, 1e+21",
        "1.5e300, 1.5e+300",
        "1e-6, 0.000001",
        "1e-7, 1e-7",
        "-1.25e-10, -1.25e-10",
        "4.9e-324, 5e-324",
        "1.7976931348623157e308, 1.7976931348623157e+308",
    })
    void numbersAreTheShortestThatReadBack(double number, String text) {
        assertThat(ValueText.ofReal(number)).isEqualTo(text);
    }

    @Test
    void numbersThatJsonDoesNotKnowAreNamed() {
        assertThat(ValueText.ofReal(Double.NaN)).isEqualTo("json: unsupported value: NaN");
        assertThat(ValueText.ofReal(Double.POSITIVE_INFINITY))
                .isEqualTo("json: unsupported value: +Inf");
        assertThat(ValueText.ofRealPlain(1e22)).isEqualTo("10000000000000000000000");
        assertThat(ValueText.ofRealPlain(Double.NEGATIVE_INFINITY)).isEqualTo("-Inf");
    }

    @Test
    void listsAndMapsAreJsonWithSortedKeys() {
        AttributeValue value =
                AttributeValue.of(
                        Map.of(
                                "b",
                                List.of(1, 2.5, true, "x\"\n\u0001<"),
                                "a",
                                new byte[] {1, 2, 3},
                                "c",
                                Map.of()));
        assertThat(ValueText.of(value))
                .isEqualTo("{\"a\":\"AQID\",\"b\":[1,2.5,true,\"x\\\"\\n\\u0001<\"],\"c\":{}}");
        assertThat(ValueText.of(AttributeValue.of(List.of(Double.NaN)))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "42, 42",
        "-7, -7",
        "+7, 7",
        "007, 7",
        "9223372036854775807, 9223372036854775807",
        "-9223372036854775808, -9223372036854775808",
    })
    void readsIntegers(String text, long number) {
        assertThat(integer(text)).hasValue(number);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "+",
                "1.0",
                "1e3",
                " 1",
                "1 ",
                "0x10",
                "1_000",
                "9223372036854775808",
                "-9223372036854775809",
                "99999999999999999999",
                "١"
            })
    void leavesWhatIsNoInteger(String text) {
        assertThat(integer(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "1., 1",
        ".5, 0.5",
        "+1.5e3, 1500",
        "-1E-2, -0.01",
        "0x1p4, 16",
        "0x_1.8p1, 3",
        "1_000.5, 1000.5",
        "inf, Infinity",
        "-Infinity, -Infinity",
        "NaN, NaN",
        "nan, NaN",
    })
    void readsReals(String text, double number) {
        assertThat(real(text)).hasValue(number);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", ".", "e3", "1e", "1d", "1f", " 1", "0x10", "1e400", "+nan", "_1", "1_", "1__0",
                "1_.5", "infin", "0x1_p3"
            })
    void leavesWhatIsNoReal(String text) {
        assertThat(real(text)).isEmpty();
    }

    private static OptionalLong integer(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return NumberText.integer(bytes, bytes.length);
    }

    private static OptionalDouble real(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return NumberText.real(bytes, bytes.length);
    }
}
