package dev.colonnade.agent.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// Finds what somebody meant who wrote something else.
final class Suggestion {
    private Suggestion() {}

    /// `, did you mean "x"?` with the nearest of `known`; empty when none is near.
    static String of(String written, Collection<String> known) {
        @Nullable String nearest = null;
        int least = Math.max(1, Math.min(3, written.length() / 2)) + 1;
        for (String candidate : known) {
            int distance = distance(written, candidate);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return nearest == null ? "" : ", did you mean \"" + nearest + "\"?";
    }

    /// How many letters must be inserted, deleted, replaced or swapped with their neighbour.
    static int distance(String from, String to) {
        int[] beforeLast = new int[to.length() + 1];
        int[] last = new int[to.length() + 1];
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = last[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(last[j], row[j - 1]) + 1);
                boolean swapped =
                        i > 1
                                && j > 1
                                && from.charAt(i - 1) == to.charAt(j - 2)
                                && from.charAt(i - 2) == to.charAt(j - 1);
                if (swapped) {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }
            int[] spare = beforeLast;
            beforeLast = last;
            last = row;
            row = spare;
        }
        return last[to.length()];
    }
}
