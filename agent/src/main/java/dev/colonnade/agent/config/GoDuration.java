package dev.colonnade.agent.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Durations as Go writes them: `1h30m`, `200ms`, `1.5s`, `-2us`, and `0`.
///
/// See Go's `time.ParseDuration`.
final class GoDuration {
    private static final BigDecimal NANOS_MAX = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final int LENGTH_MAX = 64;

    private GoDuration() {}

    /// The duration; null when the text is none or does not fit into 64 bits of nanoseconds.
    static @Nullable Duration parse(String text) {
        boolean negative = text.startsWith("-");
        int index = negative || text.startsWith("+") ? 1 : 0;
        if (text.length() > LENGTH_MAX || index == text.length()) {
            return null;
        }
        if (text.substring(index).equals("0")) {
            return Duration.ZERO;
        }
        BigDecimal nanos = BigDecimal.ZERO;
        while (index < text.length()) {
            int unit = endOfNumber(text, index);
            int next = endOfUnit(text, unit);
            @Nullable BigDecimal number = number(text.substring(index, unit));
            long nanosPerUnit = nanosPer(text.substring(unit, next));
            if (number == null || nanosPerUnit == 0) {
                return null;
            }
            nanos = nanos.add(number.multiply(BigDecimal.valueOf(nanosPerUnit)));
            index = next;
        }
        if (nanos.compareTo(NANOS_MAX) > 0) {
            return null;
        }
        Duration duration = Duration.ofNanos(nanos.longValue());
        return negative ? duration.negated() : duration;
    }

    /// The duration as it is written shortest: `1m30s`, `200ms`, `0s`.
    static String format(Duration duration) {
        long nanos = duration.toNanos();
        StringBuilder text = new StringBuilder(nanos < 0 ? "-" : "");
        long rest = Math.abs(nanos);
        for (String unit : List.of("h", "m", "s", "ms", "us", "ns")) {
            long count = rest / nanosPer(unit);
            if (count > 0) {
                text.append(count).append(unit);
                rest %= nanosPer(unit);
            }
        }
        return nanos == 0 ? "0s" : text.toString();
    }

    private static int endOfNumber(String text, int from) {
        int index = from;
        while (index < text.length()
                && (isDigit(text.charAt(index)) || text.charAt(index) == '.')) {
            index++;
        }
        return index;
    }

    private static int endOfUnit(String text, int from) {
        int index = from;
        while (index < text.length() && !isDigit(text.charAt(index)) && text.charAt(index) != '.') {
            index++;
        }
        return index;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static @Nullable BigDecimal number(String digits) {
        boolean hasDigit = digits.chars().anyMatch(c -> c != '.');
        boolean hasTwoPoints = digits.indexOf('.') != digits.lastIndexOf('.');
        return hasDigit && !hasTwoPoints ? new BigDecimal(digits) : null;
    }

    private static long nanosPer(String unit) {
        return switch (unit) {
            case "ns" -> 1L;
            case "us", "\u00b5s", "\u03bcs" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> 0;
        };
    }
}
