package dev.colonnade.exporters.otlp;

/// What peers say, made fit for a log.
final class Texts {
    private static final int LENGTH_MAX = 300;

    private Texts() {}

    /// At most 300 characters of `text`, each of them printable ASCII; others become `?`.
    static String printable(CharSequence text) {
        int length = Math.min(text.length(), LENGTH_MAX);
        StringBuilder clean = new StringBuilder(length + 3);
        for (int i = 0; i < length; i++) {
            char next = text.charAt(i);
            clean.append(next >= ' ' && next <= '~' ? next : '?');
        }
        if (length < text.length()) {
            clean.append("...");
        }
        return clean.toString();
    }
}
