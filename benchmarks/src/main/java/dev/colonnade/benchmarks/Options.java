package dev.colonnade.benchmarks;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// A command line of `--name value` pairs and `--flag`s.
public final class Options {
    private final Map<String, String> values;

    private Options(Map<String, String> values) {
        this.values = values;
    }

    /// Reads a command line.
    ///
    /// @param args the arguments
    /// @param named names that take a value, without dashes
    /// @param flags names that take none
    /// @throws IllegalArgumentException when a name is unknown or its value is missing
    public static Options parse(String[] args, Set<String> named, Set<String> flags) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < args.length; i++) {
            String name = args[i].startsWith("--") ? args[i].substring(2) : "";
            if (flags.contains(name)) {
                values.put(name, "true");
            } else if (!named.contains(name)) {
                throw new IllegalArgumentException("unknown option: option=" + args[i]);
            } else if (++i == args.length) {
                throw new IllegalArgumentException("option has no value: option=--" + name);
            } else {
                values.put(name, args[i]);
            }
        }
        return new Options(values);
    }

    /// Whether the option was given.
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /// The option's text, or the default.
    public String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    /// The option's text.
    ///
    /// @throws IllegalArgumentException when it was not given
    public String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("option is missing: option=--" + name);
        }
        return value;
    }

    /// The option as a whole number of at least `min`, or the default.
    public long number(String name, long otherwise, long min) {
        String value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= min) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Falls through to the one message for both.
        }
        throw new IllegalArgumentException(
                "option is no number in range: option=--"
                        + name
                        + ", value="
                        + value
                        + ", min="
                        + min);
    }

    /// The option as an int of at least `min`, or the default.
    public int integer(String name, int otherwise, int min) {
        return Math.toIntExact(number(name, otherwise, min));
    }

    /// The option, given in seconds (fractions allowed), in nanoseconds.
    public long secondsAsNanos(String name, double otherwise) {
        String value = values.get(name);
        double seconds = otherwise;
        if (value != null) {
            try {
                seconds = Double.parseDouble(value);
            } catch (NumberFormatException _) {
                throw new IllegalArgumentException(
                        "option is no number of seconds: option=--" + name + ", value=" + value);
            }
        }
        return (long) (seconds * 1e9);
    }
}
