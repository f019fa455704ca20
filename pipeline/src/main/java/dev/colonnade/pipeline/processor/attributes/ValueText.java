package dev.colonnade.pipeline.processor.attributes;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Values as text, as the Collector writes them (`pcommon.Value.AsString`): numbers as JSON does,
/// bytes as base64, lists and maps as JSON with sorted keys. Allocates.
final class ValueText {
    /// From this magnitude on, and below the other, JSON numbers have an exponent.
    private static final double EXPONENT_FROM = 1e21;

    private static final double EXPONENT_BELOW = 1e-6;
    private static final String HEX = "0123456789abcdef";

    private ValueText() {}

    /// The value as text; a list or map that holds a number JSON does not know is the empty text.
    static String of(AttributeValue value) {
        return switch (value) {
            case AttributeValue.Empty() -> "";
            case AttributeValue.Text(String text) -> text;
            case AttributeValue.Bool(boolean bool) -> Boolean.toString(bool);
            case AttributeValue.Int(long number) -> Long.toString(number);
            case AttributeValue.Real(double number) -> ofReal(number);
            case AttributeValue.Bytes(byte[] bytes) -> ofBytes(bytes);
            case AttributeValue.Items _, AttributeValue.Entries _ -> {
                StringBuilder json = new StringBuilder();
                yield appendJson(json, value) ? json.toString() : "";
            }
        };
    }

    static String ofBytes(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /// The shortest decimal that reads back as `number`.
    static String ofReal(double number) {
        if (Double.isNaN(number)) {
            return "json: unsupported value: NaN";
        }
        if (Double.isInfinite(number)) {
            return "json: unsupported value: " + (number > 0 ? "+Inf" : "-Inf");
        }
        return ofFinite(number);
    }

    /// The same without an exponent, as regular expressions see numbers.
    static String ofRealPlain(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "+Inf" : "-Inf";
        }
        return number == 0 ? zero(number) : shortest(number).toPlainString();
    }

    private static String ofFinite(double number) {
        double magnitude = Math.abs(number);
        if (number == 0) {
            return zero(number);
        }
        BigDecimal decimal = shortest(number);
        if (magnitude >= EXPONENT_BELOW && magnitude < EXPONENT_FROM) {
            return decimal.toPlainString();
        }
        String digits = decimal.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - decimal.scale();
        StringBuilder text = new StringBuilder(number < 0 ? "-" : "");
        text.append(digits.charAt(0));
        if (digits.length() > 1) {
            text.append('.').append(digits, 1, digits.length());
        }
        return text.append('e').append(exponent < 0 ? "" : "+").append(exponent).toString();
    }

    private static String zero(double number) {
        return 1 / number < 0 ? "-0" : "0";
    }

    private static BigDecimal shortest(double number) {
        BigDecimal decimal = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        if (decimal.precision() == 2) {
            // Java writes at least two digits and prefers the closer of those.
            BigDecimal shorter = decimal.round(new MathContext(1)).stripTrailingZeros();
            if (shorter.doubleValue() == number) {
                return shorter;
            }
        }
        return decimal.scale() < 0 ? decimal : decimal.stripTrailingZeros();
    }

    private static boolean appendJson(StringBuilder json, @Nullable AttributeValue value) {
        switch (value) {
            case null -> json.append("null");
            case AttributeValue.Empty() -> json.append("null");
            case AttributeValue.Text(String text) -> appendQuoted(json, text);
            case AttributeValue.Bool(boolean bool) -> json.append(bool);
            case AttributeValue.Int(long number) -> json.append(number);
            case AttributeValue.Real(double number) -> {
                if (!Double.isFinite(number)) {
                    return false;
                }
                json.append(ofFinite(number));
            }
            case AttributeValue.Bytes(byte[] bytes) ->
                    json.append('"').append(ofBytes(bytes)).append('"');
            case AttributeValue.Items(List<AttributeValue> values) -> {
                return appendItems(json, values);
            }
            case AttributeValue.Entries(Map<String, AttributeValue> values) -> {
                return appendEntries(json, values);
            }
        }
        return true;
    }

    private static boolean appendItems(StringBuilder json, List<AttributeValue> values) {
        json.append('[');
        String separator = "";
        for (AttributeValue value : values) {
            json.append(separator);
            separator = ",";
            if (!appendJson(json, value)) {
                return false;
            }
        }
        json.append(']');
        return true;
    }

    private static boolean appendEntries(StringBuilder json, Map<String, AttributeValue> values) {
        json.append('{');
        String separator = "";
        for (Map.Entry<String, AttributeValue> entry : new TreeMap<>(values).entrySet()) {
            json.append(separator);
            separator = ",";
            appendQuoted(json, entry.getKey());
            json.append(':');
            if (!appendJson(json, entry.getValue())) {
                return false;
            }
        }
        json.append('}');
        return true;
    }

    private static void appendQuoted(StringBuilder json, String text) {
        json.append('"');
        for (int index = 0; index < text.length(); index++) {
            char next = text.charAt(index);
            switch (next) {
                case '"', '\\' -> json.append('\\').append(next);
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    if (next < 0x20 || next == 0x2028 || next == 0x2029) {
                        json.append("\\u");
                        for (int shift = 12; shift >= 0; shift -= 4) {
                            json.append(HEX.charAt((next >>> shift) & 0xf));
                        }
                    } else {
                        json.append(next);
                    }
                }
            }
        }
        json.append('"');
    }
}
