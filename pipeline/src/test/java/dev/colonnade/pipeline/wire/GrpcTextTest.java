package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GrpcTextTest {
    @Test
    void encodesWhatAHeaderCannotCarry() {
        assertThat(GrpcText.encodeMessage("plain ~ text")).isEqualTo("plain ~ text");
        assertThat(GrpcText.encodeMessage("100%\n")).isEqualTo("100%25%0A");
        assertThat(GrpcText.encodeMessage("\u00fc\u20ac")).isEqualTo("%C3%BC%E2%82%AC");
    }

    @Test
    void decodesWhatItEncodes() {
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(60);
            while (text.length() < length) {
                int character = random.nextInt(random.nextBoolean() ? 0x80 : 0x11_0000);
                if (Character.isDefined(character)
                        && (character < Character.MIN_SURROGATE
                                || character > Character.MAX_SURROGATE)) {
                    text.appendCodePoint(character);
                }
            }
            String encoded = GrpcText.encodeMessage(text.toString());
            assertThat(encoded).matches("[ -~]*");
            assertThat(GrpcText.decodeMessage(encoded)).isEqualTo(text.toString());
        }
    }

    @Test
    void keepsWhatIsNoEscape() {
        assertThat(GrpcText.decodeMessage("50% of %zz %4")).isEqualTo("50% of %zz %4");
        assertThat(GrpcText.decodeMessage("%4a%4A")).isEqualTo("JJ");
        assertThat(GrpcText.decodeMessage("\u00fc")).isEqualTo("\u00fc");
        assertThat(GrpcText.decodeMessage("%ff")).isEqualTo("\ufffd");
    }

    @Test
    void cutsALongMessageAtACharacter() {
        String euros = "\u20ac".repeat(GrpcText.MESSAGE_BYTES_MAX);
        String decoded = GrpcText.decodeMessage(GrpcText.encodeMessage("x" + euros));
        assertThat(decoded).startsWith("x\u20ac").endsWith("\u20ac").doesNotContain("\ufffd");
        assertThat(decoded.getBytes(StandardCharsets.UTF_8).length)
                .isBetween(GrpcText.MESSAGE_BYTES_MAX - 3, GrpcText.MESSAGE_BYTES_MAX);
        String exact = "y".repeat(GrpcText.MESSAGE_BYTES_MAX);
        assertThat(GrpcText.encodeMessage(exact)).isEqualTo(exact);
        assertThat(GrpcText.encodeMessage(exact + "z")).isEqualTo(exact);
    }

    @ParameterizedTest
    @CsvSource({
        "1H, 3600000000000",
        "2M, 120000000000",
        "10S, 10000000000",
        "250m, 250000000",
        "1u, 1000",
        "0n, 0",
        "99999999n, 99999999",
        "00000001S, 1000000000",
        "99999999H, 9223372036854775807",
    })
    void readsTimeouts(String header, long nanos) {
        assertThat(GrpcText.parseTimeout(header)).isEqualTo(nanos);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S", "1", "1s", "-1S", "+1S", "1 S", "1.5S", "123456789n", "1SS"})
    void refusesWhatIsNoTimeout(String header) {
        assertThat(GrpcText.parseTimeout(header)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({
        "-5, 0n",
        "0, 0n",
        "99999999, 99999999n",
        "100000000, 100000u",
        "10000000000, 10000000u",
        "100000000000, 100000m",
        "9223372036854775807, 2562047H",
    })
    void writesTimeoutsInTheFinestUnitThatHasRoom(long nanos, String header) {
        assertThat(GrpcText.formatTimeout(nanos)).isEqualTo(header);
    }

    @Test
    void neverWritesMoreTimeThanThereIs() {
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 2_000; round++) {
            long nanos = random.nextLong() >>> (1 + random.nextInt(60));
            long read = GrpcText.parseTimeout(GrpcText.formatTimeout(nanos));
            assertThat(read).isBetween(nanos - nanos / 1_000, nanos);
        }
    }
}
