package dev.colonnade.pipeline.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RetryAfterTest {
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.parse("1994-11-06T08:49:00.500Z"));

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1000000000",
        "' 120 ', 120000000000",
        "9223372036, 9223372036000000000",
        "9223372037, 9223372036854775807",
        "99999999999999999999, 9223372036854775807",
        "'Sun, 06 Nov 1994 08:49:37 GMT', 36500000000",
        "'Sunday, 06-Nov-94 08:49:37 GMT', 36500000000",
        "'Sun Nov  6 08:49:37 1994', 36500000000",
        "'Wed Nov 16 08:49:37 1994', 864036500000000",
        "'Sun, 06 Nov 1994 08:48:59 GMT', 0",
        "'Fri, 01 Jan 9999 00:00:00 GMT', 9223372036854775807",
    })
    void readsSecondsAndEveryFormOfDate(String header, long nanos) {
        assertThat(RetryAfter.parse(header, CLOCK)).isEqualTo(nanos);
    }

    @Test
    void placesATwoDigitYearNearTheClock() {
        InstantSource later = InstantSource.fixed(Instant.parse("2026-05-01T00:00:00Z"));
        assertThat(RetryAfter.parse("Friday, 01-May-26 00:00:09 GMT", later))
                .isEqualTo(9_000_000_000L);
        assertThat(RetryAfter.parse("Saturday, 01-May-99 00:00:09 GMT", later)).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "soon",
                "-1",
                "1.5",
                "+1",
                "1s",
                "Sun, 06 Nov 1994 08:49:37",
                "Sun, 32 Nov 1994 08:49:37 GMT",
                "Mon, 06 Nov 1994 08:49:37 GMT",
                "1994-11-06T08:49:37Z",
            })
    void refusesEverythingElse(String header) {
        assertThat(RetryAfter.parse(header, CLOCK)).isEqualTo(RetryAfter.UNREADABLE);
    }

    @Test
    void readsNoLongValue() {
        assertThat(RetryAfter.parse("1".repeat(65), CLOCK)).isEqualTo(RetryAfter.UNREADABLE);
        assertThat(RetryAfter.parse("1".repeat(64), CLOCK)).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1",
        "-7, 1",
        "1, 1",
        "1000000000, 1",
        "1000000001, 2",
        "29999999999, 30",
        "9223372036854775807, 9223372037",
    })
    void writesWholeSecondsAndAtLeastOne(long nanos, String header) {
        assertThat(RetryAfter.format(nanos)).isEqualTo(header);
    }
}
