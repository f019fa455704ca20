package dev.colonnade.agent.config;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.OptionalLong;

/// Sizes in bytes: `67108864`, `64MiB`, `1.5GiB`, `100kB`.
public final class ByteSize {
    private static final int LENGTH_MAX = 32;

    private ByteSize() {}

    /// The size; empty when the text is none, is negative or is not a whole number of bytes.
    public static OptionalLong parse(String text) {
        int end = 0;
        while (end < text.length()
                && (text.charAt(end) == '.'
                        || (text.charAt(end) >= '0' && text.charAt(end) <= '9'))) {
            end++;
        }
        long unit = unit(text.substring(end).strip().toLowerCase(Locale.ROOT));
        if (unit == 0 || text.length() > LENGTH_MAX) {
            return OptionalLong.empty();
        }
        try {
            BigDecimal bytes =
                    new BigDecimal(text.substring(0, end)).multiply(BigDecimal.valueOf(unit));
            return OptionalLong.of(bytes.longValueExact());
        } catch (ArithmeticException | NumberFormatException _) {
            return OptionalLong.empty();
        }
    }

    private static long unit(String name) {
        return switch (name) {
            case "", "b" -> 1L;
            case "kib" -> 1L << 10;
            case "mib" -> 1L << 20;
            case "gib" -> 1L << 30;
            case "kb" -> 1_000L;
            case "mb" -> 1_000_000L;
            case "gb" -> 1_000_000_000L;
            default -> 0;
        };
    }
}
