package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.storage.Signal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads `service.pipelines` and `service.extensions` and checks what they refer to, in the
/// Collector's words.
final class PipelineBinding {
    private final Components components;
    private final StorageScope storage;
    private final Problems problems;
    private List<ComponentId> extensions = List.of();

    PipelineBinding(Components components, StorageScope storage, Problems problems) {
        this.components = components;
        this.storage = storage;
        this.problems = problems;
    }

    List<PipelineConfig> bind(Section service) {
        checkAmbiguity();
        extensions = references(service, "extensions", List.of(Kind.EXTENSIONS));
        List<PipelineConfig> bound = new ArrayList<>();
        Section pipelines = service.sectionOrEmpty("pipelines");
        for (String key : pipelines.keys()) {
            pipelines.has(key);
            @Nullable PipelineId id = pipelineId(pipelines, key);
            @Nullable Section section = id == null ? null : pipelines.entry(key, "<pipeline>");
            if (id != null && section != null) {
                bound.add(pipeline(id, pipelines.at(key), section));
            }
        }
        if (pipelines.keys().isEmpty()) {
            pipelines.error("service must have at least one pipeline");
        }
        return bound;
    }

    /// The extensions that are to run, after [#bind].
    List<ComponentId> extensions() {
        return extensions;
    }

    private @Nullable PipelineId pipelineId(Section pipelines, String key) {
        int slash = key.indexOf('/');
        String type = slash < 0 ? key : key.substring(0, slash);
        String name = slash < 0 ? "" : key.substring(slash + 1);
        if (slash >= 0 && !ComponentId.isName(name)) {
            problems.error(
                    pipelines.at(key), pipelines.path(), "\"" + key + "\" is no pipeline id");
            return null;
        }
        List<String> signals = new ArrayList<>();
        for (Signal signal : Signal.values()) {
            if (signal.label().equals(type)) {
                return new PipelineId(signal, name);
            }
            signals.add(signal.label());
        }
        String wrong =
                type.equals("profiles")
                        ? "pipelines of profiles exist in the OpenTelemetry Collector, Colonnade"
                                + " does not support them"
                        : "unknown signal \""
                                + type
                                + "\" (valid values: "
                                + signals
                                + ")"
                                + Suggestion.of(type, signals);
        problems.error(pipelines.at(key), pipelines.path() + "::" + key, wrong);
        return null;
    }

    private PipelineConfig pipeline(PipelineId id, Position at, Section section) {
        List<ComponentId> receivers =
                references(section, "receivers", List.of(Kind.RECEIVERS, Kind.CONNECTORS));
        List<ComponentId> processors = references(section, "processors", List.of(Kind.PROCESSORS));
        List<ComponentId> exporters =
                references(section, "exporters", List.of(Kind.EXPORTERS, Kind.CONNECTORS));
        if (section.texts("receivers").isEmpty()) {
            problems.error(at, section.path(), "must have at least one receiver");
        }
        if (section.texts("exporters").isEmpty()) {
            problems.error(at, section.path(), "must have at least one exporter");
        }
        return new PipelineConfig(
                id, at, receivers, processors, exporters, storage.of(section, id));
    }

    /// The ids in a list that are declared, each once.
    private List<ComponentId> references(Section section, String key, List<Kind> kinds) {
        List<ComponentId> found = new ArrayList<>();
        Set<ComponentId> seen = new HashSet<>();
        String singular = kinds.getFirst().singular();
        String path = section.path() + (kinds.contains(Kind.EXTENSIONS) ? "::" + key : "");
        for (Scalar reference : section.places(key)) {
            @Nullable ComponentId id = ComponentId.parse(reference.text().strip());
            if (id == null) {
                problems.error(
                        reference.at(), path, "\"" + reference.text() + "\" is no component id");
            } else if (!seen.add(id)) {
                problems.error(
                        reference.at(),
                        path,
                        String.format(
                                Locale.ROOT, "references %s \"%s\" multiple times", singular, id));
            } else if (isDeclared(id, kinds)) {
                found.add(id);
            } else {
                problems.error(
                        reference.at(),
                        path,
                        String.format(
                                Locale.ROOT,
                                "references %s \"%s\" which is not configured%s%s",
                                singular,
                                id,
                                suggestion(id, kinds),
                                reference.origin()));
            }
        }
        return found;
    }

    private boolean isDeclared(ComponentId id, List<Kind> kinds) {
        return kinds.stream().anyMatch(kind -> components.declared(kind).contains(id));
    }

    private String suggestion(ComponentId id, List<Kind> kinds) {
        List<String> known =
                kinds.stream()
                        .flatMap(kind -> components.declared(kind).stream())
                        .map(ComponentId::toString)
                        .toList();
        return Suggestion.of(id.toString(), known);
    }

    private void checkAmbiguity() {
        for (ComponentId id : components.declared(Kind.CONNECTORS)) {
            for (Kind kind : List.of(Kind.RECEIVERS, Kind.EXPORTERS)) {
                @Nullable Position at = components.place(Kind.CONNECTORS, id);
                if (at != null && components.declared(kind).contains(id)) {
                    problems.error(
                            at,
                            "connectors::" + id,
                            String.format(
                                    Locale.ROOT,
                                    ("ambiguous ID: Found both \"%s\" %s and \"%s\" connector."
                                         + " Change one of the components' IDs to eliminate"
                                         + " ambiguity (e.g. rename \"%s\" connector to \"%s\")"),
                                    id,
                                    kind.singular(),
                                    id,
                                    id,
                                    id + "/connector"));
                }
            }
        }
    }
}
