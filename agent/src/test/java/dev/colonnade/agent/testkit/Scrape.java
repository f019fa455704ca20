package dev.colonnade.agent.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A page of metrics in Prometheus' text format, read strictly.
public final class Scrape {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

    private final List<Sample> samples = new ArrayList<>();
    private final Map<String, String> types = new LinkedHashMap<>();

    private Scrape() {}

    /// One line.
    public record Sample(String name, Map<String, String> labels, double value) {
        /// A label's value; empty when it has none.
        public String label(String label) {
            return labels.getOrDefault(label, "");
        }

        boolean has(String... wanted) {
            for (int index = 0; index < wanted.length; index += 2) {
                if (!label(wanted[index]).equals(wanted[index + 1])) {
                    return false;
                }
            }
            return true;
        }
    }

    /// Reads a page.
    ///
    /// @throws IllegalArgumentException at a line that the format does not have, or one that stands
    ///   twice
    public static Scrape of(byte[] page) {
        Scrape scrape = new Scrape();
        for (String line : new String(page, StandardCharsets.UTF_8).split("\n", -1)) {
            if (line.startsWith("# TYPE ")) {
                String[] words = line.split(" ", -1);
                if (scrape.types.put(words[2], words[3]) != null) {
                    throw new IllegalArgumentException("type stands twice: " + line);
                }
            } else if (!line.isEmpty() && !line.startsWith("# HELP ")) {
                scrape.add(line);
            }
        }
        return scrape;
    }

    private void add(String line) {
        Matcher sample = SAMPLE.matcher(line);
        if (!sample.matches()) {
            throw new IllegalArgumentException("not a sample: " + line);
        }
        Map<String, String> labels = new LinkedHashMap<>();
        if (sample.group(2) != null) {
            Matcher label = LABEL.matcher(sample.group(2));
            int end = 0;
            while (label.find() && label.start() == end) {
                labels.put(label.group(1), label.group(2));
                end = label.end();
            }
            if (end != sample.group(2).length()) {
                throw new IllegalArgumentException("not labels: " + line);
            }
        }
        String value = sample.group(3).replace("+Inf", "Infinity").replace("-Inf", "-Infinity");
        Sample read = new Sample(sample.group(1), labels, Double.parseDouble(value));
        for (Sample other : samples) {
            if (other.name.equals(read.name) && other.labels.equals(read.labels)) {
                throw new IllegalArgumentException("sample stands twice: " + line);
            }
        }
        samples.add(read);
    }

    /// Every sample of a name whose labels have these values: name, value, name, value ...
    public List<Sample> all(String name, String... labels) {
        return samples.stream().filter(s -> s.name.equals(name) && s.has(labels)).toList();
    }

    /// The sum of [#all]; 0 when there is none.
    public double sum(String name, String... labels) {
        return all(name, labels).stream().mapToDouble(Sample::value).sum();
    }

    /// The one sample of [#all].
    public double value(String name, String... labels) {
        List<Sample> found = all(name, labels);
        if (found.size() != 1) {
            throw new IllegalArgumentException("not one sample: name=" + name + ", found=" + found);
        }
        return found.getFirst().value;
    }

    /// `counter`, `gauge` or `histogram` by name.
    public Map<String, String> types() {
        return types;
    }
}
