package dev.colonnade.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Rows of text under a head, written as a Markdown table with aligned columns.
final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... head) {
        rows.add(List.of(head));
    }

    void row(String... cells) {
        if (cells.length != rows.getFirst().size()) {
            throw new IllegalArgumentException(
                    "row has another width than the head: cells="
                            + cells.length
                            + ", head="
                            + rows.getFirst().size());
        }
        rows.add(List.of(cells));
    }

    @Override
    public String toString() {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < rows.size(); r++) {
            text.append('|');
            for (int i = 0; i < columns; i++) {
                text.append(' ')
                        .append(rows.get(r).get(i))
                        .repeat(" ", widths[i] - rows.get(r).get(i).length())
                        .append(" |");
            }
            text.append('\n');
            if (r == 0) {
                text.append('|');
                for (int width : widths) {
                    text.repeat("-", width + 2).append('|');
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    /// A number for people: no decimals from 100 on, `-` where there is none.
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%,.0f" : "%.2f", value);
    }
}
