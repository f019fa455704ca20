package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Entry;
import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.agent.config.Node.Sequence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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
/// Reading a key declares it: its name, its type and its default, which are noted in [Declarations]
/// where somebody wants to know them all. [#finish] reports those that nobody asked for, here and
/// in the sections below, each with the known key that it resembles. A value that is wrong is a
/// problem, and the default stands in for it, so that reading goes on to the next problem. A key
/// that is there with nothing behind it counts as absent for a value and as present for a section.
final class Section {
    private final Mapping map;
    private final String path;
    private final String shape;
    private final Problems problems;
    private final @Nullable Declarations declarations;
    private final Set<String> known = new LinkedHashSet<>();
    private final Set<String> unsupported = new HashSet<>();
    private final Map<String, String> retired = new HashMap<>();
    private final List<Section> below = new ArrayList<>();

    /// The whole configuration, whose keys are noted in `declarations` unless that is null.
    Section(Mapping map, Problems problems, @Nullable Declarations declarations) {
        this(map, "", "", problems, declarations);
    }

    private Section(
            Mapping map,
            String path,
            String shape,
            Problems problems,
            @Nullable Declarations declarations) {
        this.map = map;
        this.path = path;
        this.shape = shape;
        this.problems = problems;
        this.declarations = declarations;
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
        tell(value == null ? map : value, path(key), message);
    }

    private void tell(Node node, String at, String message) {
        String origin = node instanceof Scalar scalar ? scalar.origin() : "";
        problems.error(node.at(), at, message + origin);
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
        tell(nearest, below.isEmpty() ? path : path(below), message);
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
        declare(key, "any value", "");
        return map.value(key);
    }

    /// Names keys that the Collector has and Colonnade does not: they are refused as such.
    void unsupported(String... keys) {
        for (String key : keys) {
            unsupported.add(key);
            if (declarations != null) {
                declarations.unsupported(shape, key);
            }
        }
    }

    /// Names a key that older Collectors had: it is refused with what to write now.
    void retired(String key, String instead) {
        retired.put(key, instead);
        if (declarations != null) {
            declarations.retired(shape, key, instead);
        }
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
        declare(key, "text", "");
        return textOf(key);
    }

    /// A text, or `absent`.
    String text(String key, String absent) {
        declare(key, "text", absent.isEmpty() ? "\"\"" : absent);
        @Nullable String text = textOf(key);
        return text == null ? absent : text;
    }

    /// A text that nobody may see, such as a password; null when it is absent. No message and no
    /// printed configuration shows it.
    @Nullable String secret(String key) {
        declare(key, "secret text", "");
        @Nullable Node value = map.value(key);
        if (value != null) {
            problems.hide(value);
        }
        return textOf(key);
    }

    private @Nullable String textOf(String key) {
        @Nullable Scalar scalar = scalar(key, "text");
        return scalar == null ? null : scalar.text();
    }

    /// `true` or `false`, written so and without quotes.
    boolean bool(String key, boolean absent) {
        declare(key, "true or false", absent);
        @Nullable Scalar scalar = scalar(key, "true or false");
        if (scalar == null) {
            return absent;
        }
        @Nullable Boolean value = scalar.isTyped() ? GoScalar.bool(scalar.text()) : null;
        if (value == null) {
            error(key, "expected true or false, found " + scalar.typedKind());
            return absent;
        }
        return value;
    }

    /// A whole number from `min` to `max`; empty when it is absent or wrong.
    OptionalLong number(String key, long min, long max) {
        declareNumber(key, min, max, "");
        return numberOf(key, min, max);
    }

    /// A whole number from `min` to `max`, or `absent`.
    long number(String key, long min, long max, long absent) {
        declareNumber(key, min, max, absent);
        return numberOf(key, min, max).orElse(absent);
    }

    /// A whole number from `min` to `max`, or `absent`.
    int integer(String key, int min, int max, int absent) {
        return Math.toIntExact(number(key, min, max, absent));
    }

    private OptionalLong numberOf(String key, long min, long max) {
        @Nullable Scalar scalar = scalar(key, "a whole number");
        if (scalar == null) {
            return OptionalLong.empty();
        }
        OptionalLong value =
                scalar.isTyped() ? GoScalar.integer(scalar.text()) : OptionalLong.empty();
        if (value.isEmpty()) {
            error(key, "expected a whole number, found " + scalar.typedKind());
        } else if (value.getAsLong() < min || value.getAsLong() > max) {
            error(key, Bounds.broken(min, max) + value.getAsLong());
            return OptionalLong.empty();
        }
        return value;
    }

    /// A decimal number from `min` to `max`, or `absent`.
    double decimal(String key, double min, double max, double absent) {
        declare(key, "number", absent);
        @Nullable Scalar scalar = scalar(key, "a number");
        if (scalar == null) {
            return absent;
        }
        OptionalDouble value =
                scalar.isTyped() ? GoScalar.finite(scalar.text()) : OptionalDouble.empty();
        if (value.isEmpty()) {
            error(key, "expected a number, found " + scalar.typedKind());
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
        declare(key, "duration", "");
        return durationOf(key);
    }

    /// A duration, or `absent`.
    Duration duration(String key, Duration absent) {
        declare(key, "duration", absent);
        @Nullable Duration duration = durationOf(key);
        return duration == null ? absent : duration;
    }

    private @Nullable Duration durationOf(String key) {
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

    /// A size such as `64MiB`, at least `min`; empty when it is absent or wrong.
    OptionalLong bytes(String key, long min) {
        declare(key, "size", "");
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
        declareChoice(key, choices, null);
        return chosen(key, choices);
    }

    /// One of the names in `choices`, or `absent`, which is one of their values.
    <T> T choice(String key, Map<String, T> choices, T absent) {
        declareChoice(key, choices, absent);
        @Nullable T chosen = chosen(key, choices);
        return chosen == null ? absent : chosen;
    }

    private <T> @Nullable T chosen(String key, Map<String, T> choices) {
        String expected = Bounds.oneOf(choices);
        @Nullable Scalar scalar = scalar(key, expected);
        if (scalar == null) {
            return null;
        }
        @Nullable T chosen = choices.get(scalar.text());
        if (chosen == null) {
            error(
                    key,
                    "expected "
                            + expected
                            + ", found "
                            + scalar.kind()
                            + Suggestion.of(scalar.text(), choices.keySet()));
        }
        return chosen;
    }

    /// A list of texts, or one text with commas; empty when it is absent.
    List<String> texts(String key) {
        declare(key, "list of texts", "[]");
        return placesOf(key).stream().map(Scalar::text).toList();
    }

    /// As [#texts], with the place of each.
    List<Scalar> places(String key) {
        declare(key, "list of texts", "[]");
        return placesOf(key);
    }

    private List<Scalar> placesOf(String key) {
        @Nullable Node value = map.value(key);
        if (value == null || value.isNull()) {
            return List.of();
        }
        if (value instanceof Scalar scalar) {
            List<Scalar> parts = new ArrayList<>();
            for (String part : scalar.text().split(",", -1)) {
                parts.add(new Scalar(scalar.at(), part, scalar.style(), scalar.origin()));
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
            if (item instanceof Scalar scalar && !scalar.isNull() && scalar.text().indexOf(0) < 0) {
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
        declare(key, "map of texts", "{}");
        return textsByName(key, false);
    }

    /// As [#textMap], with values that nobody may see, see [#secret].
    Map<String, String> secretMap(String key) {
        declare(key, "map of secret texts", "{}");
        return textsByName(key, true);
    }

    private Map<String, String> textsByName(String key, boolean isSecret) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (map.value(key) instanceof Sequence) {
            for (Section pair : sectionsOf(key, null)) {
                @Nullable String name = pair.text("name");
                @Nullable String value = isSecret ? pair.secret("value") : pair.text("value");
                if (name == null) {
                    pair.error("name is missing");
                } else {
                    texts.put(name, value == null ? "" : value);
                }
            }
            return texts;
        }
        @Nullable Node value = map.value(key);
        @Nullable Section section = value == null ? null : sectionOf(value, path(key), "", null);
        if (section != null) {
            for (String name : section.keys()) {
                @Nullable String text = isSecret ? section.secret(name) : section.text(name);
                texts.put(name, text == null ? "" : text);
            }
        }
        return texts;
    }

    /// The section under `key`; null when the key is absent, empty when nothing stands behind it.
    @Nullable Section section(String key) {
        declare(key, "map", "");
        @Nullable Node value = map.value(key);
        return value == null
                ? null
                : sectionOf(placed(key, value), path(key), shape(key), declarations);
    }

    /// Nothing stands where its key does.
    private Node placed(String key, Node value) {
        return value.isNull() ? new Scalar(map.keyAt(key), "", false) : value;
    }

    /// A section that stands even when it was not written: everything in it is then absent.
    Section sectionOrEmpty(String key) {
        @Nullable Section section = section(key);
        return section == null
                ? new Section(empty(map.at()), path(key), shape(key), problems, declarations)
                : section;
    }

    /// As [#section] for a key that the user chose, such as a component's id; pages for users call
    /// it `kind`.
    @Nullable Section entry(String key, String kind) {
        known.add(key);
        if (declarations != null) {
            declarations.key(shape, kind, "map", "", at(key));
        }
        @Nullable Node value = map.value(key);
        return value == null
                ? null
                : sectionOf(placed(key, value), path(key), shape(kind), declarations);
    }

    /// The sections that a list under `key` holds; empty when it is absent.
    List<Section> sections(String key) {
        declare(key, "list of maps", "[]");
        return sectionsOf(key, declarations);
    }

    private List<Section> sectionsOf(String key, @Nullable Declarations noted) {
        @Nullable Node value = map.value(key);
        List<Section> sections = new ArrayList<>();
        if (value instanceof Sequence sequence) {
            for (int index = 0; index < sequence.items().size(); index++) {
                @Nullable Section section =
                        sectionOf(
                                sequence.items().get(index),
                                path(key) + "::" + index,
                                shape(key) + "[]",
                                noted);
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
            problems.error(entry.getValue().at(), path(key), unknown(key));
        }
        below.forEach(Section::finish);
    }

    private String unknown(String key) {
        @Nullable String instead = retired.get(key);
        if (instead != null) {
            return "no longer a setting: " + instead;
        }
        return unsupported.contains(key)
                ? "a setting of the OpenTelemetry Collector that Colonnade does not support"
                : "unknown key" + Suggestion.of(key, known);
    }

    /// Says what holds where `key` is not written, for pages about it, where the method that reads
    /// it is not told.
    void unwritten(String key, Object value) {
        if (declarations != null) {
            declarations.absent(shape, key, shown(value));
        }
    }

    private static String shown(Object value) {
        return value instanceof Duration d ? GoDuration.format(d) : value.toString();
    }

    private void declareNumber(String key, long min, long max, Object absent) {
        declare(key, declarations == null ? "" : Bounds.of(min, max), absent);
    }

    private <T> void declareChoice(String key, Map<String, T> choices, @Nullable T absent) {
        known.add(key);
        if (declarations != null) {
            String name = "";
            for (Map.Entry<String, T> choice : choices.entrySet()) {
                if (choice.getValue().equals(absent)) {
                    name = choice.getKey();
                    break;
                }
            }
            declare(key, Bounds.oneOf(choices), name);
        }
    }

    private void declare(String key, String type, Object absent) {
        known.add(key);
        if (declarations != null) {
            @Nullable Position at = map.entries().containsKey(key) ? map.keyAt(key) : null;
            declarations.key(shape, key, type, shown(absent), at);
        }
    }

    private @Nullable Section sectionOf(
            Node value, String at, String shaped, @Nullable Declarations noted) {
        Section section;
        if (value instanceof Mapping mapping) {
            section = new Section(mapping, at, shaped, problems, noted);
        } else if (value.isNull()) {
            section = new Section(empty(value.at()), at, shaped, problems, noted);
        } else {
            problems.error(value.at(), at, "expected a map, found " + value.kind());
            return null;
        }
        below.add(section);
        return section;
    }

    private @Nullable Scalar scalar(String key, String expected) {
        @Nullable Node value = map.value(key);
        if (value == null || value.isNull()) {
            return null;
        }
        if (value instanceof Scalar scalar) {
            boolean isText = scalar.text().indexOf(0) < 0;
            if (!isText) {
                error(key, "contains a character of value zero");
            }
            return isText ? scalar : null;
        }
        error(key, "expected " + expected + ", found " + value.kind());
        return null;
    }

    private static Mapping empty(Position at) {
        return new Mapping(at, Map.of());
    }

    private String shape(String key) {
        return shape.isEmpty() ? key : shape + "::" + key;
    }

    private String path(String key) {
        return path.isEmpty() ? key : path + "::" + key;
    }
}
