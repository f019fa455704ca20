package dev.colonnade.agent.config;

import java.util.Collection;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeSet;

/// How messages and pages call what a value may be.
final class Bounds {
    private Bounds() {}

    /// A whole number from `min` to `max`.
    static String of(long min, long max) {
        boolean hasMin = min > Integer.MIN_VALUE;
        if (isOpen(max)) {
            return hasMin ? "whole number, at least " + min : "whole number";
        }
        return "whole number, " + min + " to " + max;
    }

    /// What is said of a number that is not from `min` to `max`; the number follows.
    static String broken(long min, long max) {
        return isOpen(max)
                ? "must be at least " + min + " but is "
                : "must be from " + min + " to " + max + " but is ";
    }

    /// One of the names in `choices`, in their order where they have one.
    static String oneOf(Map<String, ?> choices) {
        Collection<String> names =
                choices instanceof SequencedMap
                        ? choices.keySet()
                        : new TreeSet<>(choices.keySet());
        return "one of " + String.join(", ", names);
    }

    private static boolean isOpen(long max) {
        return max == Long.MAX_VALUE || max == Integer.MAX_VALUE;
    }
}
