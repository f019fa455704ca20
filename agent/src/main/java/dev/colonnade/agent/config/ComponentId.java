package dev.colonnade.agent.config;

import org.jspecify.annotations.Nullable;

/// A component's id: `type` or `type/name`.
///
/// @param type letters, digits and underscores, beginning with a letter, at most 63
/// @param name empty when there is none; at most 1024 characters, none of them white or a symbol
public record ComponentId(String type, String name) {
    private static final int TYPE_LENGTH_MAX = 63;
    private static final int NAME_LENGTH_MAX = 1024;

    /// Reads an id; null when it is none.
    public static @Nullable ComponentId parse(String text) {
        int slash = text.indexOf('/');
        String type = slash < 0 ? text : text.substring(0, slash);
        String name = slash < 0 ? "" : text.substring(slash + 1);
        boolean nameFits = slash < 0 || isName(name);
        return isType(type) && nameFits ? new ComponentId(type, name) : null;
    }

    private static boolean isType(String type) {
        boolean letterFirst = !type.isEmpty() && isAsciiLetter(type.charAt(0));
        return letterFirst
                && type.length() <= TYPE_LENGTH_MAX
                && type.chars()
                        .allMatch(c -> isAsciiLetter(c) || (c >= '0' && c <= '9') || c == '_');
    }

    private static boolean isAsciiLetter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= NAME_LENGTH_MAX
                && name.codePoints().noneMatch(ComponentId::isSpaceControlOrSymbol);
    }

    private static boolean isSpaceControlOrSymbol(int c) {
        return switch (Character.getType(c)) {
            case Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.MATH_SYMBOL,
                    Character.CURRENCY_SYMBOL,
                    Character.MODIFIER_SYMBOL,
                    Character.OTHER_SYMBOL ->
                    true;
            default -> false;
        };
    }

    @Override
    public String toString() {
        return name.isEmpty() ? type : type + "/" + name;
    }
}
