package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Entry;
import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.agent.config.Node.Sequence;
import java.util.Map;

/// Writes a configuration as it was understood: merged, expanded, and with what is secret left out.
final class ResolvedYaml {
    private static final String REDACTED = "\"[REDACTED]\"";
    private static final String INDENT = "  ";

    /// What a plain text may not begin with.
    private static final String INDICATORS = "-?:,[]{}#&*!|>'\"%@`";

    private final Problems problems;
    private final boolean isRedacted;
    private final StringBuilder yaml = new StringBuilder();

    private ResolvedYaml(Problems problems, boolean isRedacted) {
        this.problems = problems;
        this.isRedacted = isRedacted;
    }

    /// The YAML of `root`.
    ///
    /// @param problems knows which values are secret
    /// @param isRedacted whether those are left out
    static String of(Mapping root, Problems problems, boolean isRedacted) {
        ResolvedYaml resolved = new ResolvedYaml(problems, isRedacted);
        resolved.entries(root, "");
        return resolved.yaml.toString();
    }

    private void entries(Mapping map, String indent) {
        for (Map.Entry<String, Entry> entry : map.entries().entrySet()) {
            yaml.append(indent).append(key(entry.getKey())).append(':');
            value(entry.getValue().value(), indent + INDENT);
        }
    }

    /// What follows a key and its colon, with the line's end.
    private void value(Node value, String indent) {
        switch (value) {
            case Scalar scalar ->
                    yaml.append(scalar.isNull() ? "" : " " + scalar(scalar)).append('\n');
            case Mapping map -> {
                yaml.append(map.entries().isEmpty() ? " {}\n" : "\n");
                entries(map, indent);
            }
            case Sequence list -> {
                yaml.append(list.items().isEmpty() ? " []\n" : "\n");
                items(list, indent);
            }
        }
    }

    private void items(Sequence list, String indent) {
        for (Node item : list.items()) {
            switch (item) {
                case Scalar scalar ->
                        yaml.append(indent)
                                .append("- ")
                                .append(scalar.isNull() ? "null" : scalar(scalar))
                                .append('\n');
                case Mapping map when !map.entries().isEmpty() -> {
                    int start = yaml.length();
                    entries(map, indent + INDENT);
                    yaml.replace(start, start + indent.length() + INDENT.length(), indent + "- ");
                }
                case Mapping _, Sequence _ -> {
                    yaml.append(indent).append('-');
                    value(item, indent + INDENT);
                }
            }
        }
    }

    private String scalar(Scalar scalar) {
        if (isRedacted && problems.isHidden(scalar)) {
            return REDACTED;
        }
        return text(scalar.text(), scalar.isTyped());
    }

    /// `text` so that it is read as it was: a number stays one, and a text that looks like one a
    /// text.
    private static String text(String text, boolean isTyped) {
        String escaped = text.replace("$", "$$");
        return isPlain(text) && (isTyped || !looksTyped(text)) ? escaped : quoted(escaped);
    }

    /// Keys are never expanded.
    private static String key(String key) {
        return isPlain(key) && !looksTyped(key) ? key : quoted(key);
    }

    private static boolean looksTyped(String text) {
        return GoScalar.bool(text) != null
                || GoScalar.real(text).isPresent()
                || Scalar.isNullText(text);
    }

    private static boolean isPlain(String text) {
        boolean isPlain =
                !text.isEmpty()
                        && INDICATORS.indexOf(text.charAt(0)) < 0
                        && text.equals(text.strip())
                        && !text.endsWith(":")
                        && !text.contains(": ")
                        && !text.contains(" #");
        boolean isNegative = text.length() > 1 && text.charAt(0) == '-';
        return (isPlain || (isNegative && GoScalar.real(text).isPresent()))
                && text.chars().noneMatch(c -> c < ' ' || c == 0x7f || c == 0x85 || c == 0xfeff);
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int index = 0; index < text.length(); index++) {
            char c = text.charAt(index);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                case '\r' -> quoted.append("\\r");
                default -> {
                    if (c < ' ' || c == 0x7f || c == 0x85 || c == 0xfeff) {
                        String hexadecimal = Integer.toHexString(c);
                        quoted.append("\\u")
                                .repeat('0', 4 - hexadecimal.length())
                                .append(hexadecimal);
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
