package dev.colonnade.agent.config;

import java.util.Map;

/// A line of a configuration with a caret below one of its columns.
final class Excerpt {
    private static final String MARGIN = "    ";
    private static final String CUT = "...";

    /// How much of a long line is shown, in characters before and after the caret.
    private static final int REACH = 60;

    private Excerpt() {}

    /// The line at `at`, cut where it is long, and a caret; empty when there is no such line.
    ///
    /// @param hidden values that are shown as `***`, by where they begin
    static String of(String text, Position at, Map<Position, String> hidden) {
        int start = lineStart(text, at.line());
        int end = start < 0 ? -1 : lineEnd(text, start);
        if (start < 0 || text.substring(start, end).isBlank()) {
            return "";
        }
        String line = veiled(text.substring(start, end), at, hidden);
        int column = Math.min(at.column() - 1, line.length());
        int from = column > 2 * REACH ? column - REACH : 0;
        int to = Math.min(line.length(), column + 2 * REACH);
        String before = (from > 0 ? CUT : "") + line.substring(from, column);
        String after = line.substring(column, to) + (to < line.length() ? CUT : "");
        return MARGIN + before + after + "\n" + MARGIN + blank(before) + "^\n";
    }

    /// Secrets keep their length, so that the caret stays below its column.
    private static String veiled(String line, Position at, Map<Position, String> hidden) {
        StringBuilder veiled = new StringBuilder(line);
        hidden.forEach((place, secret) -> {
            int from = place.column() - 1;
            boolean isHere = place.file().equals(at.file()) && place.line() == at.line();
            if (isHere && !secret.isEmpty()) {
                // Quotes and escapes make what is written longer than what it means.
                boolean isQuoted = from < line.length() && "'\"".indexOf(line.charAt(from)) >= 0;
                int close = isQuoted ? line.indexOf(line.charAt(from), from + 1) : -1;
                int to = isQuoted ? close : from + secret.length();
                int last = to < 0 ? line.length() : Math.min(to, line.length());
                for (int index = from; index < last; index++) {
                    veiled.setCharAt(index, '*');
                }
            }
        });
        return veiled.toString();
    }

    private static String blank(String before) {
        StringBuilder blank = new StringBuilder(before.length());
        before.codePoints().forEach(c -> blank.append(c == '\t' ? '\t' : ' '));
        return blank.toString();
    }

    private static int lineStart(String text, int line) {
        int start = 0;
        for (int number = 1; number < line; number++) {
            start = text.indexOf('\n', start) + 1;
            if (start == 0) {
                return -1;
            }
        }
        return start;
    }

    private static int lineEnd(String text, int start) {
        int end = text.indexOf('\n', start);
        int last = end < 0 ? text.length() : end;
        return last > start && text.charAt(last - 1) == '\r' ? last - 1 : last;
    }
}
