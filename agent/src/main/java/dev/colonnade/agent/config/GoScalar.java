package dev.colonnade.agent.config;

import java.math.BigDecimal;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What a plain scalar means to the YAML parser of the Collector, go-yaml v3: `0777` is octal,
/// `1_000` is a thousand, `on`, `yes` and `22:22` are texts.
///
/// Written without regular expressions, which would cost milliseconds at the start of the agent.
final class GoScalar {
    private static final int LENGTH_MAX = 64;

    private GoScalar() {}

    /// True or false; null for any other text.
    static @Nullable Boolean bool(String text) {
        return switch (text) {
            case "true", "True", "TRUE" -> true;
            case "false", "False", "FALSE" -> false;
            default -> null;
        };
    }

    /// A whole number, which may also be written as `1e3`; empty for anything else and beyond 64
    /// bits.
    static OptionalLong integer(String text) {
        OptionalLong written = digits(text);
        if (written.isPresent() || !isDecimal(text)) {
            return written;
        }
        try {
            return OptionalLong.of(new BigDecimal(plain(text)).longValueExact());
        } catch (ArithmeticException | NumberFormatException _) {
            return OptionalLong.empty();
        }
    }

    /// A number that is finite; empty for anything else.
    static OptionalDouble finite(String text) {
        OptionalDouble value = real(text);
        boolean isFinite = value.isPresent() && Double.isFinite(value.getAsDouble());
        return isFinite ? value : OptionalDouble.empty();
    }

    /// A number, also infinite or none (`.inf`, `.nan`); empty for anything else.
    static OptionalDouble real(String text) {
        return switch (text) {
            case ".nan", ".NaN", ".NAN" -> OptionalDouble.of(Double.NaN);
            case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF" ->
                    OptionalDouble.of(Double.POSITIVE_INFINITY);
            case "-.inf", "-.Inf", "-.INF" -> OptionalDouble.of(Double.NEGATIVE_INFINITY);
            default -> {
                OptionalLong whole = digits(text);
                if (whole.isPresent()) {
                    yield OptionalDouble.of((double) whole.getAsLong());
                }
                yield isDecimal(text)
                        ? OptionalDouble.of(Double.parseDouble(plain(text)))
                        : OptionalDouble.empty();
            }
        };
    }

    /// A number written in digits alone: decimal, `0x`, `0o`, `0b`, or octal after a zero.
    static OptionalLong digits(String text) {
        String plain = plain(text);
        boolean isNegative = plain.startsWith("-");
        int start = isNegative || plain.startsWith("+") ? 1 : 0;
        if (plain.length() == start || plain.length() > LENGTH_MAX || !isDigit(plain, start)) {
            return OptionalLong.empty();
        }
        int radix = 10;
        int first = start;
        if (plain.charAt(start) == '0' && plain.length() > start + 1) {
            radix =
                    switch (plain.charAt(start + 1)) {
                        case 'x', 'X' -> 16;
                        case 'b', 'B' -> 2;
                        default -> 8;
                    };
            char second = plain.charAt(start + 1);
            first = start + (second >= '0' && second <= '9' ? 1 : 2);
            boolean isNamed = "xXbBoO".indexOf(second) >= 0;
            if (!isNamed && (second < '0' || second > '9')) {
                return OptionalLong.empty();
            }
        }
        try {
            // The sign goes with the digits, so that the smallest number fits too; a second sign
            // is none.
            String digits = plain.substring(first);
            if (digits.startsWith("-") || digits.startsWith("+")) {
                return OptionalLong.empty();
            }
            return OptionalLong.of(Long.parseLong((isNegative ? "-" : "") + digits, radix));
        } catch (NumberFormatException _) {
            return OptionalLong.empty();
        }
    }

    private static boolean isDigit(String text, int at) {
        return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
    }

    /// Whether it reads `[-+]? digits [. digits] [e [-+] digits]`.
    private static boolean isDecimal(String text) {
        String plain = plain(text);
        int index = !plain.isEmpty() && "+-".indexOf(plain.charAt(0)) >= 0 ? 1 : 0;
        int whole = digitsEnd(plain, index);
        int end = whole;
        if (end < plain.length() && plain.charAt(end) == '.') {
            end = digitsEnd(plain, end + 1);
            if (end == index + 1) {
                return false;
            }
        } else if (whole == index) {
            return false;
        }
        if (end < plain.length() && (plain.charAt(end) == 'e' || plain.charAt(end) == 'E')) {
            int exponent = end + 1;
            if (exponent < plain.length() && "+-".indexOf(plain.charAt(exponent)) >= 0) {
                exponent++;
            }
            end = digitsEnd(plain, exponent);
            if (end == exponent) {
                return false;
            }
        }
        return end == plain.length() && plain.length() <= LENGTH_MAX;
    }

    private static int digitsEnd(String text, int from) {
        int index = from;
        while (index < text.length() && text.charAt(index) >= '0' && text.charAt(index) <= '9') {
            index++;
        }
        return index;
    }

    private static String plain(String text) {
        return text.indexOf('_') < 0 ? text : text.replace("_", "");
    }
}
