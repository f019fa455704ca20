package dev.colonnade.benchmarks;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Named figures in a fixed order, written as JSON for people and tools or as `name=value` lines
/// for scripts.
public final class Facts {
    private final Map<String, Object> values = new LinkedHashMap<>();

    /// Adds a whole number.
    public Facts put(String name, long value) {
        values.put(name, value);
        return this;
    }

    /// Adds a fraction, kept to three decimals.
    public Facts put(String name, double value) {
        values.put(name, value);
        return this;
    }

    /// Adds a text.
    public Facts put(String name, String value) {
        values.put(name, value);
        return this;
    }

    /// Adds all of another's figures, each name behind `prefix`.
    public Facts putAll(String prefix, Facts other) {
        other.values.forEach((name, value) -> values.put(prefix + name, value));
        return this;
    }

    /// The figure of that name as text; null when there is none.
    public @Nullable String text(String name) {
        Object value = values.get(name);
        return value == null ? null : format(value);
    }

    /// The figure of that name as a number; the default when there is none.
    public double number(String name, double otherwise) {
        String text = text(name);
        return text == null ? otherwise : Double.parseDouble(text);
    }

    /// One JSON object.
    public String toJson() {
        StringBuilder json = new StringBuilder("{");
        values.forEach((name, value) -> {
            json.append(json.length() == 1 ? "" : ", ").append('"').append(name).append("\": ");
            if (value instanceof String text) {
                quote(text, json);
            } else {
                json.append(format(value));
            }
        });
        return json.append('}').toString();
    }

    /// A line `name=value` for each figure.
    public String toLines() {
        StringBuilder lines = new StringBuilder();
        values.forEach(
                (name, value) -> lines.append(name).append('=').append(format(value)).append('\n'));
        return lines.toString();
    }

    /// Reads what [#toLines()] wrote; every value comes back as text, lines without `=` are
    /// skipped.
    public static Facts parseLines(String lines) {
        Facts facts = new Facts();
        lines.lines()
                .forEach(line -> {
                    int equals = line.indexOf('=');
                    if (equals > 0) {
                        facts.put(line.substring(0, equals), line.substring(equals + 1));
                    }
                });
        return facts;
    }

    private static String format(Object value) {
        return value instanceof Double fraction
                ? String.format(Locale.ROOT, "%.3f", fraction)
                : value.toString();
    }

    private static void quote(String text, StringBuilder json) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
