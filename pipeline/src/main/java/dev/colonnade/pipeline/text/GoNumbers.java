package dev.colonnade.pipeline.text;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// Doubles as Go's `fmt` and `encoding/json` print them, which is how the Collector does.
final class GoNumbers {
    private GoNumbers() {}

    /// As `%f`: six digits after the point.
    static String fixed(double value) {
        if (!Double.isFinite(value)) {
            return special(value);
        }
        String digits = new BigDecimal(value).setScale(6, RoundingMode.HALF_EVEN).toPlainString();
        boolean isNegative = Double.doubleToRawLongBits(value) < 0;
        return isNegative && !digits.startsWith("-") ? "-" + digits : digits;
    }

    /// As `%v`: the fewest digits, with an exponent from seven digits before the point on.
    static String shortest(double value) {
        return Double.isFinite(value) ? shortest(value, -4, 6, true) : special(value);
    }

    /// As JSON: the fewest digits, with an exponent where JavaScript has one.
    static String json(double value) {
        return Double.isFinite(value)
                ? shortest(value, -6, 21, false)
                : "json: unsupported value: " + special(value);
    }

    private static String special(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        return value > 0 ? "+Inf" : "-Inf";
    }

    private static String shortest(
            double value, int exponentMin, int exponentMax, boolean isPadded) {
        boolean isNegative = Double.doubleToRawLongBits(value) < 0;
        String sign = isNegative ? "-" : "";
        if (value == 0) {
            return sign + "0";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= exponentMin && exponent < exponentMax) {
            return sign + decimal.toPlainString();
        }
        String digits = decimal.unscaledValue().toString();
        String rest = digits.length() > 1 ? "." + digits.substring(1) : "";
        int size = Math.abs(exponent);
        return sign
                + digits.charAt(0)
                + rest
                + (exponent < 0 ? "e-" : "e+")
                + (isPadded && size < 10 ? "0" : "")
                + size;
    }
}
