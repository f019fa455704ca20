package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// The components that a configuration declares, section by section.
final class Components {
    private final Section root;
    private final Problems problems;
    private final Map<Kind, Map<ComponentId, Position>> declared = new EnumMap<>(Kind.class);

    Components(Section root, Problems problems) {
        this.root = root;
        this.problems = problems;
    }

    /// Reads every component of a kind with `reader`, which returns null for one that it refused.
    <T> Map<ComponentId, T> bind(Kind kind, BiFunction<ComponentId, Section, @Nullable T> reader) {
        Map<ComponentId, T> bound = new LinkedHashMap<>();
        String name = sectionName(kind);
        @Nullable Section section = root.section(name);
        if (section == null) {
            return bound;
        }
        for (String key : section.keys()) {
            @Nullable ComponentId id = ComponentId.parse(key.strip());
            if (id == null) {
                section.has(key);
                problems.error(section.at(key), name, "\"" + key + "\" is no component id");
                continue;
            }
            of(kind).put(id, section.at(key));
            if (!kind.isUsable(id.type())) {
                section.has(key);
                problems.error(section.at(key), name + "::" + key, kind.refusal(id));
                continue;
            }
            @Nullable Section component = section.entry(key, kind.canonical(id.type()));
            @Nullable T value = component == null ? null : reader.apply(id, component);
            if (value != null) {
                bound.put(id, value);
            }
        }
        return bound;
    }

    /// The ids of a kind, with those that were refused: naming them again is no second problem.
    Set<ComponentId> declared(Kind kind) {
        return of(kind).keySet();
    }

    /// Where a component is declared.
    @Nullable Position place(Kind kind, ComponentId id) {
        return of(kind).get(id);
    }

    static String sectionName(Kind kind) {
        return kind.singular() + "s";
    }

    private Map<ComponentId, Position> of(Kind kind) {
        return declared.computeIfAbsent(kind, _ -> new HashMap<>());
    }
}
