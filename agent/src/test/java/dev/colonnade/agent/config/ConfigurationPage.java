package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import dev.colonnade.agent.config.Declarations.Declared;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;

/// The tables of `docs/configuration.md`: keys, types and defaults from the code that reads them,
/// meanings from `configs/reference.yaml`.
@NullUnmarked // a key that is not there fails the test
final class ConfigurationPage {
    private final Declarations declarations;
    private final Explanations explanations;
    private final StringBuilder page = new StringBuilder();

    ConfigurationPage(Explanations explanations) {
        this.declarations = explanations.declarations();
        this.explanations = explanations;
    }

    String text() {
        for (Kind kind : Kind.values()) {
            String section = kind.name().toLowerCase(Locale.ROOT);
            if (declarations.keys().containsKey(section)) {
                heading("##", "`" + section + "`", section);
                for (Declared component : below(section)) {
                    component(kind, component);
                }
            }
        }
        for (String section : List.of("service", "storage")) {
            heading("##", "`" + section + "`", section);
            table(section);
        }
        return page.toString();
    }

    private void component(Kind kind, Declared component) {
        String type = last(component.shape());
        heading("###", kind.singular() + " `" + type + "`", component.shape());
        List<String> older = kind.olderNames(type);
        if (!older.isEmpty()) {
            page.append("Also written `").append(String.join("`, `", older)).append("`.\n\n");
        }
        table(component.shape());
    }

    private void heading(String level, String title, String shape) {
        Declared key = declarations.keys().get(shape);
        page.append(level).append(' ').append(title).append("\n\n");
        page.append(explanations.meaning(key)).append("\n\n");
    }

    private void table(String section) {
        List<Declared> keys = new ArrayList<>();
        collect(section, keys);
        if (!keys.isEmpty()) {
            page.append("| key | type | default | meaning | in the Collector |\n");
            page.append("|---|---|---|---|---|\n");
            for (Declared key : keys) {
                row(section, key);
            }
            page.append('\n');
        }
        refused(section);
    }

    private void row(String section, Declared key) {
        String same = explanations.sameAs(key.shape());
        page.append("| `")
                .append(dotted(key.shape().substring(section.length() + 2)))
                .append("` | ")
                .append(key.type())
                .append(" | ")
                .append(explanations.absent(key))
                .append(" | ")
                .append(
                        same.isEmpty()
                                ? explanations.meaning(key)
                                : "the keys of `" + dotted(same) + "`")
                .append(" | ")
                .append(explanations.collector(key))
                .append(" |\n");
    }

    private void refused(String section) {
        List<String> known = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        for (Map.Entry<String, Set<String>> below : declarations.unsupported().entrySet()) {
            if (isIn(below.getKey(), section)
                    && explanations.counterpart(below.getKey() + "::x").isEmpty()) {
                below.getValue().forEach(key -> known.add(relative(section, below.getKey(), key)));
            }
        }
        for (Map.Entry<String, Map<String, String>> below : declarations.retired().entrySet()) {
            if (isIn(below.getKey(), section)
                    && explanations.counterpart(below.getKey() + "::x").isEmpty()) {
                below.getValue()
                        .forEach((key, instead) ->
                                gone.add(relative(section, below.getKey(), key) + ": " + instead));
            }
        }
        if (!known.isEmpty()) {
            page.append("Keys of the Collector that are refused as not supported: ")
                    .append(String.join(", ", known.stream().sorted().toList()))
                    .append(".\n\n");
        }
        if (!gone.isEmpty()) {
            page.append("Keys of older Collectors, refused with what to write now:\n\n");
            gone.stream().sorted().forEach(key -> page.append("- ").append(key).append('\n'));
            page.append('\n');
        }
    }

    private static boolean isIn(String shape, String section) {
        return shape.equals(section) || shape.startsWith(section + "::");
    }

    private static String relative(String section, String shape, String key) {
        return "`" + dotted((shape + "::" + key).substring(section.length() + 2)) + "`";
    }

    private void collect(String section, List<Declared> keys) {
        for (Declared key : below(section)) {
            keys.add(key);
            if (explanations.sameAs(key.shape()).isEmpty()) {
                collect(key.shape(), keys);
                collect(key.shape() + "[]", keys);
            }
        }
    }

    /// The keys right below a section, as they stand in the file.
    private List<Declared> below(String section) {
        return declarations.keys().values().stream()
                .filter(key -> Explanations.parent(key.shape()).equals(section))
                .filter(key -> key.at() != null)
                .sorted(Comparator.comparing(Declared::at))
                .toList();
    }

    private static String last(String shape) {
        return shape.substring(shape.lastIndexOf(':') + 1);
    }

    private static String dotted(String shape) {
        return shape.replace("::", ".");
    }
}
