package dev.colonnade.pipeline.text;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Attribute values and bodies as the Collector spells them.
final class AnyValues {
    /// Values within values that are spelt out; as deep as protobuf's readers go.
    private static final int DEPTH_MAX = 48;

    private AnyValues() {}

    /// With the type in front: `Str(text)`, `Int(5)`, `Empty()`.
    static String typed(MessageView value) {
        return type(value) + "(" + plain(value) + ")";
    }

    /// Without the type; lists and maps as JSON.
    static String plain(MessageView value) {
        return switch (type(value)) {
            case "Str" -> value.text("string_value");
            case "Bool" -> Boolean.toString(value.number("bool_value") != 0);
            case "Int" -> Long.toString(value.number("int_value"));
            case "Double" -> GoNumbers.json(value.decimal("double_value"));
            case "Bytes" -> Base64.getEncoder().encodeToString(value.bytes("bytes_value"));
            case "Map", "Slice" -> {
                StringBuilder json = new StringBuilder();
                appendJson(value, json, 0);
                yield json.toString();
            }
            default -> "";
        };
    }

    /// `key=value` of each attribute.
    static List<String> pairs(List<MessageView> attributes) {
        List<String> pairs = new ArrayList<>();
        for (MessageView attribute : attributes) {
            pairs.add(attribute.text("key") + "=" + plain(attribute.message("value")));
        }
        return pairs;
    }

    private static String type(MessageView value) {
        if (value.has("string_value")) {
            return "Str";
        }
        if (value.has("bool_value")) {
            return "Bool";
        }
        if (value.has("int_value")) {
            return "Int";
        }
        if (value.has("double_value")) {
            return "Double";
        }
        if (value.has("kvlist_value")) {
            return "Map";
        }
        if (value.has("array_value")) {
            return "Slice";
        }
        return value.has("bytes_value") ? "Bytes" : "Empty";
    }

    private static void appendJson(MessageView value, StringBuilder json, int depth) {
        String type = type(value);
        if (depth > DEPTH_MAX) {
            json.append("null");
            return;
        }
        switch (type) {
            case "Empty" -> json.append("null");
            case "Bool", "Int" -> json.append(plain(value));
            case "Double" -> {
                double number = value.decimal("double_value");
                json.append(Double.isFinite(number) ? GoNumbers.json(number) : "null");
            }
            case "Slice" -> {
                json.append('[');
                List<MessageView> values = value.message("array_value").messages("values");
                for (int index = 0; index < values.size(); index++) {
                    json.append(index > 0 ? "," : "");
                    appendJson(values.get(index), json, depth + 1);
                }
                json.append(']');
            }
            case "Map" -> appendMap(value, json, depth);
            default -> appendText(plain(value), json);
        }
    }

    /// A map has its keys in order, and of a key given twice the last value.
    private static void appendMap(MessageView value, StringBuilder json, int depth) {
        Map<String, MessageView> sorted = new TreeMap<>();
        for (MessageView pair : value.message("kvlist_value").messages("values")) {
            sorted.put(pair.text("key"), pair.message("value"));
        }
        json.append('{');
        boolean isFirst = true;
        for (Map.Entry<String, MessageView> entry : sorted.entrySet()) {
            json.append(isFirst ? "" : ",");
            isFirst = false;
            appendText(entry.getKey(), json);
            json.append(':');
            appendJson(entry.getValue(), json, depth + 1);
        }
        json.append('}');
    }

    private static void appendText(String text, StringBuilder json) {
        json.append('"');
        for (int index = 0; index < text.length(); index++) {
            char next = text.charAt(index);
            switch (next) {
                case '"', '\\' -> json.append('\\').append(next);
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    if (next < ' ') {
                        json.append("\\u00").append(Character.forDigit(next >> 4, 16));
                        json.append(Character.forDigit(next & 0xf, 16));
                    } else {
                        json.append(next);
                    }
                }
            }
        }
        json.append('"');
    }
}
