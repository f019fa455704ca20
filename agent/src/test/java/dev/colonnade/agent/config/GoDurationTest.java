package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GoDurationTest {
    @ParameterizedTest
    @CsvSource({
        "1h30m, PT1H30M",
        "200ms, PT0.2S",
        "1.5s, PT1.5S",
        ".5s, PT0.5S",
        "1.s, PT1S",
        "0, PT0S",
        "+5s, PT5S",
        "-1m, PT-1M",
        "3us, PT0.000003S",
        "3\u00b5s, PT0.000003S",
        "3\u03bcs, PT0.000003S",
        "7ns, PT0.000000007S",
        "100h, PT100H",
        "1h0m0.25s, PT1H0.25S",
        "9223372036854775807ns, PT2562047H47M16.854775807S"
    })
    void readsWhatGoReads(String text, Duration duration) {
        assertThat(GoDuration.parse(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "5",
                "1",
                "s",
                "1d",
                "1 s",
                "1s ",
                "..5s",
                "1.2.3s",
                ".s",
                "1e3s",
                "s1",
                "9223372036854775808ns",
                "99999999h",
                "one second"
            })
    void refusesWhatGoRefuses(String text) {
        assertThat(GoDuration.parse(text)).isNull();
    }
}
