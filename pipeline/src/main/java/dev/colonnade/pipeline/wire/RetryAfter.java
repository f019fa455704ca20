package dev.colonnade.pipeline.wire;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;

/// The HTTP header `Retry-After` (RFC 9110, 10.2.3).
public final class RetryAfter {
    /// What [#parse] answers for a value that is neither seconds nor a date.
    public static final long UNREADABLE = -1;

    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final int VALUE_CHARS_MAX = 64;

    private static final int PIVOT_YEARS_BACK = 50;

    /// The three forms of an HTTP date (RFC 9110, 5.6.7): the one to write, and two to read.
    private static final DateTimeFormatter IMF_FIXDATE = date("EEE, dd MMM uuuu HH:mm:ss 'GMT'");

    private static final DateTimeFormatter ASCTIME = date("EEE MMM ppd HH:mm:ss uuuu");

    private RetryAfter() {}

    /// The delay in nanoseconds that a header asks for: 0 for a date in the past, [Long#MAX_VALUE]
    /// beyond 292 years, [#UNREADABLE] for something else.
    ///
    /// @param clock what a date is compared with
    public static long parse(CharSequence header, InstantSource clock) {
        if (header.length() > VALUE_CHARS_MAX) {
            return UNREADABLE;
        }
        String value = header.toString().strip();
        if (!value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return seconds(value);
        }
        Instant now = clock.instant();
        for (DateTimeFormatter format : List.of(IMF_FIXDATE, rfc850(now), ASCTIME)) {
            try {
                Instant date = LocalDateTime.parse(value, format).toInstant(ZoneOffset.UTC);
                Duration delay = Duration.between(now, date);
                return delay.isNegative() ? 0 : nanos(delay);
            } catch (DateTimeException _) {
                // The next form, if there is one.
            }
        }
        return UNREADABLE;
    }

    /// The header for a delay: whole seconds, rounded up, at least 1, so that no sender comes back
    /// too early.
    public static String format(long delayNanos) {
        long seconds = delayNanos / NANOS_PER_SECOND;
        if (delayNanos % NANOS_PER_SECOND > 0) {
            seconds++;
        }
        return Long.toString(Math.max(1, seconds));
    }

    private static long seconds(String digits) {
        // Ten digits are 317 years already.
        if (digits.length() > 18) {
            return Long.MAX_VALUE;
        }
        long seconds = Long.parseLong(digits);
        return seconds > Long.MAX_VALUE / NANOS_PER_SECOND
                ? Long.MAX_VALUE
                : seconds * NANOS_PER_SECOND;
    }

    private static long nanos(Duration delay) {
        return delay.toSeconds() >= Long.MAX_VALUE / NANOS_PER_SECOND
                ? Long.MAX_VALUE
                : delay.toNanos();
    }

    private static DateTimeFormatter date(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.US);
    }

    /// Its year has two digits, and means the nearest that is not over 50 years ahead.
    private static DateTimeFormatter rfc850(Instant now) {
        int year = LocalDateTime.ofInstant(now, ZoneOffset.UTC).getYear();
        return new DateTimeFormatterBuilder()
                .appendPattern("EEEE, dd-MMM-")
                .appendValueReduced(ChronoField.YEAR, 2, 2, year - PIVOT_YEARS_BACK + 1)
                .appendPattern(" HH:mm:ss 'GMT'")
                .toFormatter(Locale.US);
    }
}
