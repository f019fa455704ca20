package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Declarations.Declared;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;

/// What `configs/reference.yaml` says of each key, in the comment on its line.
@NullUnmarked // a key that is not there fails the test
final class Explanations {
    private static final String AS_IN = "As in ";

    private final Declarations declarations;
    private final List<String> lines;
    private final Map<String, String> comments = new TreeMap<>();

    Explanations(Declarations declarations, String text) {
        this.declarations = declarations;
        lines = text.lines().toList();
        for (Declared key : declarations.keys().values()) {
            if (key.at() != null) {
                comments.put(key.shape(), comment(key));
            }
        }
    }

    /// The whole comment; empty where there is none.
    String of(Declared key) {
        return comments.getOrDefault(key.shape(), "");
    }

    /// What the key means, without what holds where it is not written and without the Collector.
    String meaning(Declared key) {
        String comment = before(of(key), "Collector: ").replace("Example. ", "");
        if (!comment.startsWith("Unset: ")) {
            return comment;
        }
        int end = comment.indexOf(". ");
        return end < 0 ? "" : comment.substring(end + 2);
    }

    /// How the Collector differs; empty where it does not.
    String collector(Declared key) {
        String comment = of(key);
        int at = comment.indexOf("Collector: ");
        return at < 0 ? "" : comment.substring(at + "Collector: ".length());
    }

    /// What holds where the key is not written.
    String absent(Declared key) {
        String comment = of(key).replace("Example. ", "");
        if (comment.startsWith("Unset: ")) {
            String unset = comment.substring("Unset: ".length());
            return unset.contains(". ")
                    ? unset.substring(0, unset.indexOf(". "))
                    : unset.replaceAll("\\.$", "");
        }
        return key.absent().isEmpty() ? "" : "`" + key.absent() + "`";
    }

    /// Whether the value in the file is only an example.
    boolean isExample(Declared key) {
        return of(key).startsWith("Example. ") || of(key).startsWith("Unset: ");
    }

    /// The shape whose keys mean the same, for a key that says so; empty for others.
    String sameAs(String shape) {
        String comment = comments.getOrDefault(shape, "");
        return comment.startsWith(AS_IN) && comment.contains("::")
                ? comment.substring(AS_IN.length()).replaceAll("\\.$", "")
                : "";
    }

    /// The counterpart of a key below a section that says "As in": its shape, or empty.
    String counterpart(String shape) {
        for (String above = parent(shape); !above.isEmpty(); above = parent(above)) {
            for (String section : List.of(above, above.replaceAll("\\[\\]$", ""))) {
                if (!sameAs(section).isEmpty()) {
                    return sameAs(section) + shape.substring(section.length());
                }
            }
        }
        return "";
    }

    /// The value that stands in the file, quotes left out; empty where it is no scalar in a line.
    String written(Declared key) {
        String line = lines.get(key.at().line() - 1);
        String rest = line.substring(key.at().column() - 1);
        String value = rest.substring(rest.indexOf(':') + 1).replaceAll("\\s+#.*", "").strip();
        return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
                ? value.equals("\"\"") ? value : value.substring(1, value.length() - 1)
                : value;
    }

    /// Whether the key has its line for itself, as far as what stands behind it goes.
    boolean isAlone(Declared key) {
        return lines.get(key.at().line() - 1)
                .substring(0, key.at().column() - 1)
                .replace("- ", "")
                .isBlank();
    }

    private String comment(Declared key) {
        String line = lines.get(key.at().line() - 1);
        int mark = line.indexOf(" # ");
        return mark < 0 || !isAlone(key) ? "" : line.substring(mark + 3).strip();
    }

    static String parent(String shape) {
        int at = shape.lastIndexOf("::");
        return at < 0 ? "" : shape.substring(0, at);
    }

    private static String before(String text, String mark) {
        int at = text.indexOf(mark);
        return at < 0 ? text : text.substring(0, at).strip();
    }

    Declarations declarations() {
        return declarations;
    }
}
