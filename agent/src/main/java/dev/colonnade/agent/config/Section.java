package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Entry;
import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.agent.config.Node.Sequence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One map of a configuration, read key by key by whoever knows what it means.
///
/// Reading a key makes it known. [#finish] reports those that nobody asked for, here and in the
/// sections below, each with the known key that it resembles. A value that is wrong is a problem,
/// and the default stands in for it, so that reading goes on to the next problem. A key that is
/// there with nothing behind it counts as absent for a value and as present for a section.
final class Section {
    private final Mapping map;
    private final String path;
    private final Problems problems;
    private final Set<String> known = new LinkedHashSet<>();
    private final Set<String> unsupported = new LinkedHashSet<>();
    private final List<Section> below = new ArrayList<>();

    /// The section at `path` that `map` is.
    Section(Mapping map, String path, Problems problems) {
        this.map = map;
        this.path = path;
        this.problems = problems;
    }

    /// Where it begins.
    Position at() {
        return map.at();
    }

    /// The keys down to it, joined by `::`.
    String path() {
        return path;
    }

    /// The keys that are written here.
    Set<String> keys() {
        return map.entries().keySet();
    }

    /// Whether `key` stands here, even with nothing behind it.
    boolean has(String key) {
        known.add(key);
        return map.entries().containsKey(key);
    }

    /// Where `key` stands, or this section where it does not.
    Position at(String key) {
        return map.entries().containsKey(key) ? map.keyAt(key) : map.at();
    }

    /// Notes a problem of the section as a whole.
    void error(String message) {
        problems.error(map.at(), path, message);
    }

    /// Notes a problem of the value of `key`.
    void error(String key, String message) {
        @Nullable Node value = map.value(key);
        problems.error(value == null ? map.at() : value.at(), path(key), message);
    }

    /// Notes a problem of the value at `dotted`, keys joined by points, or of the nearest section
    /// on the way to it that is written; of this section when it is empty.
    void errorBelow(String dotted, String message) {
        errorBelow(List.of(dotted.split("\\.", -1)), message);
    }

    /// As [#errorBelow(String, String)], with the keys one by one; in a list they are indices.
    void errorBelow(List<String> keys, String message) {
        Node nearest = map;
        for (String key : keys) {
            @Nullable Node next = below(nearest, key);
            if (next == null) {
                break;
            }
            nearest = next;
        }
        String below = String.join("::", keys);
        problems.error(nearest.at(), below.isEmpty() ? path : path(below), message);
    }

    private static @Nullable Node below(Node node, String key) {
        return switch (node) {
            case Mapping mapping -> mapping.value(key);
            case Sequence sequence -> sequence.items().get(Integer.parseInt(key));
            case Scalar _ -> null;
        };
    }

    /// What stands under `key`, to be read by the caller; null when the key is absent.
    @Nullable Node value(String key) {
        known.add(key);
        return map.value(key);
    }

    /// Names keys that the Collector has and Colonnade does not: they are refused as such.
    void unsupported(String... keys) {
        unsupported.addAll(List.of(keys));
    }

    /// Names keys of this project that this version does not have yet.
    void notYet(String... keys) {
        for (String key : keys) {
            if (has(key)) {
                problems.error(map.keyAt(key), path(key), "not available in this version");
            }
        }
    }

    /// A text; null when it is absent.
    @Nullable String text(String key) {
        @Nullable Scalar scalar = scalar(key, "text");
        return scalar == null ? null : scalar.text();
    }

    /// A text, or `absent`.
    String text(String key, String absent) {
        @Nullable String text = text(key);
        return text == null ? absent : text;
    }

    /// `true` or `false`, written so and without quotes.
    boolean bool(String key, boolean absent) {
        @Nullable Scalar scalar = scalar(key, "true or false");
        if (scalar == null) {
            return absent;
        }
        boolean isTrue = scalar.text().equals("true");
        if (scalar.isQuoted() || (!isTrue && !scalar.text().equals("false"))) {
            error(key, "expected true or false, found " + scalar.kind());
            return absent;
        }
        return isTrue;
    }

    /// A whole number from `min` to `max`; empty when it is absent or wrong.
    OptionalLong number(String key, long min, long max) {
        @Nullable Scalar scalar = scalar(key, "a whole number");
        if (scalar == null) {
            return OptionalLong.empty();
        }
        long value;
        try {
            value = Long.parseLong(scalar.text());
        } catch (NumberFormatException _) {
            error(key, "expected a whole number, found " + scalar.kind());
            return OptionalLong.empty();
        }
        if (value < min || value > max) {
            error(
                    key,
                    max == Long.MAX_VALUE || max == Integer.MAX_VALUE
                            ? "must be at least " + min + " but is " + value
                            : "must be from " + min + " to " + max + " but is " + value);
            return OptionalLong.empty();
        }
        return OptionalLong.of(value);
    }

    /// A whole number from `min` to `max`, or `absent`.
    int integer(String key, int min, int max, int absent) {
        return Math.toIntExact(number(key, min, max).orElse(absent));
    }

    /// A decimal number from `min` to `max`, or `absent`.
    double decimal(String key, double min, double max, double absent) {
        @Nullable Scalar scalar = scalar(key, "a number");
        if (scalar == null) {
            return absent;
        }
        OptionalDouble value = finite(scalar.text());
        if (value.isEmpty()) {
            error(key, "expected a number, found " + scalar.kind());
            return absent;
        }
        if (value.getAsDouble() < min || value.getAsDouble() > max) {
            error(key, "must be from " + min + " to " + max + " but is " + scalar.text());
            return absent;
        }
        return value.getAsDouble();
    }

    /// A duration such as `1m30s`, not negative; null when it is absent or wrong.
    @Nullable Duration duration(String key) {
        @Nullable Scalar scalar = scalar(key, "a duration such as 1m30s");
        if (scalar == null) {
            return null;
        }
        @Nullable Duration duration = GoDuration.parse(scalar.text());
        if (duration == null) {
            error(key, "expected a duration such as 200ms or 1m30s, found " + scalar.kind());
        } else if (duration.isNegative()) {
            error(key, "must not be negative but is " + scalar.text());
            return null;
        }
        return duration;
    }

    /// A duration, or `absent`.
    Duration duration(String key, Duration absent) {
        @Nullable Duration duration = duration(key);
        return duration == null ? absent : duration;
    }

    /// A size such as `64MiB`, at least `min`; empty when it is absent or wrong.
    OptionalLong bytes(String key, long min) {
        @Nullable Scalar scalar = scalar(key, "a size such as 64MiB");
        if (scalar == null) {
            return OptionalLong.empty();
        }
        OptionalLong bytes = ByteSize.parse(scalar.text());
        if (bytes.isEmpty()) {
            error(key, "expected a size such as 64MiB, found " + scalar.kind());
        } else if (bytes.getAsLong() < min) {
            error(key, "must be at least " + min + " bytes but is " + bytes.getAsLong());
            return OptionalLong.empty();
        }
        return bytes;
    }

    /// One of the names in `choices`; null when it is absent or none of them.
    <T> @Nullable T choice(String key, Map<String, T> choices) {
        @Nullable Scalar scalar = scalar(key, "one of " + String.join(", ", choices.keySet()));
        if (scalar == null) {
            return null;
        }
        @Nullable T chosen = choices.get(scalar.text());
        if (chosen == null) {
            error(
                    key,
                    "expected one of "
                            + String.join(", ", choices.keySet())
                            + ", found "
                            + scalar.kind()
                            + Suggestion.of(scalar.text(), choices.keySet()));
        }
        return chosen;
    }

    /// A list of texts, or one text with commas; empty when it is absent.
    List<String> texts(String key) {
        return places(key).stream().map(Scalar::text).toList();
    }

    /// As [#texts], with the place of each.
    List<Scalar> places(String key) {
        known.add(key);
        @Nullable Node value = map.value(key);
        if (value == null || value.isNull()) {
            return List.of();
        }
        if (value instanceof Scalar scalar) {
            List<Scalar> parts = new ArrayList<>();
            for (String part : scalar.text().split(",", -1)) {
                parts.add(new Scalar(scalar.at(), part, scalar.isQuoted()));
            }
            return parts;
        }
        if (!(value instanceof Sequence sequence)) {
            error(key, "expected a list, found " + value.kind());
            return List.of();
        }
        List<Scalar> texts = new ArrayList<>();
        for (int index = 0; index < sequence.items().size(); index++) {
            Node item = sequence.items().get(index);
            if (item instanceof Scalar scalar && !scalar.isNull()) {
                texts.add(scalar);
            } else {
                problems.error(
                        item.at(), path(key) + "::" + index, "expected text, found " + item.kind());
            }
        }
        return texts;
    }

    /// Texts by name: a map, or a list of `{name, value}`; empty when it is absent.
    Map<String, String> textMap(String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (map.value(key) instanceof Sequence) {
            for (Section pair : sections(key)) {
                @Nullable String name = pair.text("name");
                String value = pair.text("value", "");
                if (name == null) {
                    pair.error("name is missing");
                } else {
                    texts.put(name, value);
                }
            }
            return texts;
        }
        @Nullable Section section = section(key);
        if (section != null) {
            for (String name : section.keys()) {
                texts.put(name, section.text(name, ""));
            }
        }
        return texts;
    }

    /// The section under `key`; null when the key is absent, empty when nothing stands behind it.
    @Nullable Section section(String key) {
        known.add(key);
        @Nullable Node value = map.value(key);
        return value == null ? null : sectionOf(value, path(key));
    }

    /// A section that stands even when it was not written: everything in it is then absent.
    Section sectionOrEmpty(String key) {
        @Nullable Section section = section(key);
        return section == null ? new Section(empty(map.at()), path(key), problems) : section;
    }

    /// The sections that a list under `key` holds; empty when it is absent.
    List<Section> sections(String key) {
        known.add(key);
        @Nullable Node value = map.value(key);
        List<Section> sections = new ArrayList<>();
        if (value instanceof Sequence sequence) {
            for (int index = 0; index < sequence.items().size(); index++) {
                @Nullable Section section =
                        sectionOf(sequence.items().get(index), path(key) + "::" + index);
                if (section != null) {
                    sections.add(section);
                }
            }
        } else if (value != null && !value.isNull()) {
            error(key, "expected a list, found " + value.kind());
        }
        return sections;
    }

    /// Whether a section that can be switched says `enabled: false`.
    boolean isDisabled() {
        return !bool("enabled", true);
    }

    /// Reads a whole with `reader`, whose `IllegalArgumentException` is a problem of this section:
    /// the values are right one by one and do not go together. Null in that case.
    <T> @Nullable T whole(Function<Section, T> reader) {
        try {
            return reader.apply(this);
        } catch (IllegalArgumentException e) {
            error(String.valueOf(e.getMessage()));
            return null;
        }
    }

    /// Reports the keys that nobody asked for, here and below.
    void finish() {
        for (Map.Entry<String, Entry> entry : map.entries().entrySet()) {
            String key = entry.getKey();
            if (known.contains(key)) {
                continue;
            }
            problems.error(
                    entry.getValue().at(),
                    path(key),
                    unsupported.contains(key)
                            ? "a setting of the OpenTelemetry Collector that Colonnade does not"
                                    + " support"
                            : "unknown key" + Suggestion.of(key, known));
        }
        below.forEach(Section::finish);
    }

    private @Nullable Section sectionOf(Node value, String at) {
        Section section;
        if (value instanceof Mapping mapping) {
            section = new Section(mapping, at, problems);
        } else if (value.isNull()) {
            section = new Section(empty(value.at()), at, problems);
        } else {
            problems.error(value.at(), at, "expected a map, found " + value.kind());
            return null;
        }
        below.add(section);
        return section;
    }

    private @Nullable Scalar scalar(String key, String expected) {
        known.add(key);
        @Nullable Node value = map.value(key);
        if (value == null || value.isNull()) {
            return null;
        }
        if (value instanceof Scalar scalar) {
            return scalar;
        }
        error(key, "expected " + expected + ", found " + value.kind());
        return null;
    }

    private static OptionalDouble finite(String text) {
        boolean isDecimal = text.chars().allMatch(c -> "0123456789.+-eE".indexOf(c) >= 0);
        if (!isDecimal) {
            return OptionalDouble.empty();
        }
        try {
            double value = Double.parseDouble(text);
            return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
        } catch (NumberFormatException _) {
            return OptionalDouble.empty();
        }
    }

    private static Mapping empty(Position at) {
        return new Mapping(at, Map.of());
    }

    private String path(String key) {
        return path.isEmpty() ? key : path + "::" + key;
    }
}
