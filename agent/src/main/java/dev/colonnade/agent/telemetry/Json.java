package dev.colonnade.agent.telemetry;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Writes JSON (RFC 8259), member by member; commas and escapes are taken care of.
public final class Json {
    private static final HexFormat HEX = HexFormat.of();

    private final StringBuilder text = new StringBuilder(256);
    private boolean isFirst = true;

    /// Opens the outermost object.
    public Json() {
        text.append('{');
    }

    /// Opens an object that is a member of the present one.
    public Json open(String name) {
        name(name);
        text.append('{');
        isFirst = true;
        return this;
    }

    /// Closes the present object.
    public Json close() {
        text.append('}');
        isFirst = false;
        return this;
    }

    /// A text; nothing when it is null.
    public Json text(String name, @Nullable String value) {
        if (value != null) {
            name(name);
            quoted(value);
        }
        return this;
    }

    /// A whole number.
    public Json number(String name, long value) {
        name(name);
        text.append(value);
        return this;
    }

    /// True or false.
    public Json flag(String name, boolean value) {
        name(name);
        text.append(value);
        return this;
    }

    /// What was written so far.
    @Override
    public String toString() {
        return text.toString();
    }

    private void name(String name) {
        if (!isFirst) {
            text.append(',');
        }
        isFirst = false;
        quoted(name);
        text.append(':');
    }

    private void quoted(String value) {
        text.append('"');
        for (int index = 0; index < value.length(); index++) {
            char character = value.charAt(index);
            switch (character) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    boolean isLone = Character.isSurrogate(character) && !isPaired(value, index);
                    if (character < ' ' || isLone) {
                        text.append("\\u").append(HEX.toHexDigits(character));
                    } else {
                        text.append(character);
                    }
                }
            }
        }
        text.append('"');
    }

    private static boolean isPaired(String value, int index) {
        char character = value.charAt(index);
        return Character.isHighSurrogate(character)
                ? index + 1 < value.length() && Character.isLowSurrogate(value.charAt(index + 1))
                : index > 0 && Character.isHighSurrogate(value.charAt(index - 1));
    }
}
