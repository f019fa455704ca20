package dev.colonnade.pipeline.processor.attributes;

import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// Reads numbers from text as the Collector does (Go's `strconv`).
final class NumberText {
    /// Longer text is no number that anybody wrote.
    static final int LENGTH_MAX = 512;

    private static final Pattern DECIMAL =
            Pattern.compile("[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?");
    private static final Pattern HEXADECIMAL =
            Pattern.compile(
                    "[+-]?0[xX](?:[0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+)[pP][+-]?[0-9]+");
    private static final Pattern INFINITY = Pattern.compile("(?i)[+-]?inf(?:inity)?");

    private NumberText() {}

    /// A signed decimal integer of 64 bits; empty where the text is none. Allocates nothing but the
    /// result.
    static OptionalLong integer(byte[] text, int length) {
        int at = 0;
        boolean isNegative = length > 0 && text[0] == '-';
        if (isNegative || (length > 0 && text[0] == '+')) {
            at = 1;
        }
        if (at == length) {
            return OptionalLong.empty();
        }
        long limit = isNegative ? Long.MIN_VALUE : -Long.MAX_VALUE;
        long value = 0;
        for (; at < length; at++) {
            int digit = text[at] - '0';
            if (digit < 0 || digit > 9 || value < limit / 10) {
                return OptionalLong.empty();
            }
            value *= 10;
            if (value < limit + digit) {
                return OptionalLong.empty();
            }
            value -= digit;
        }
        return OptionalLong.of(isNegative ? value : -value);
    }

    /// A floating-point number; empty where the text is none or out of range. Allocates.
    static OptionalDouble real(byte[] bytes, int length) {
        String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        if (text.equalsIgnoreCase("nan")) {
            return OptionalDouble.of(Double.NaN);
        }
        if (INFINITY.matcher(text).matches()) {
            return OptionalDouble.of(
                    text.charAt(0) == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
        }
        if (text.indexOf('_') >= 0) {
            if (!areUnderscoresBetweenDigits(text)) {
                return OptionalDouble.empty();
            }
            text = text.replace("_", "");
        }
        if (!DECIMAL.matcher(text).matches() && !HEXADECIMAL.matcher(text).matches()) {
            return OptionalDouble.empty();
        }
        double value = Double.parseDouble(text);
        return Double.isInfinite(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /// Whether each underscore has a digit, or the prefix `0x`, before it and a digit behind it.
    private static boolean areUnderscoresBetweenDigits(String text) {
        boolean isHexadecimal =
                text.regionMatches(
                        true, text.startsWith("-") || text.startsWith("+") ? 1 : 0, "0x", 0, 2);
        for (int index = text.indexOf('_'); index >= 0; index = text.indexOf('_', index + 1)) {
            if (index == 0 || index == text.length() - 1) {
                return false;
            }
            char before = text.charAt(index - 1);
            boolean isAfterPrefix = isHexadecimal && (before == 'x' || before == 'X');
            if ((!isAfterPrefix && !isDigit(before, isHexadecimal))
                    || !isDigit(text.charAt(index + 1), isHexadecimal)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigit(char next, boolean isHexadecimal) {
        return (next >= '0' && next <= '9')
                || (isHexadecimal
                        && ((next >= 'a' && next <= 'f') || (next >= 'A' && next <= 'F')));
    }
}
