package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import dev.colonnade.agent.config.Node.Mapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads configuration files into an [AgentConfig], or tells everything that is wrong with them.
public final class ConfigLoader {
    /// Far larger than any configuration; a data file given by mistake is refused.
    private static final long FILE_BYTES_MAX = 3 << 20;

    private final Problems problems = new Problems();
    private final Map<String, String> environment;
    private final Expansion expansion;

    private ConfigLoader(Map<String, String> environment) {
        this.environment = environment;
        expansion = new Expansion(environment, problems);
    }

    /// Loads `files` in order, a later one overriding the earlier.
    ///
    /// @param files paths, with or without `file:` before them; at least one
    /// @param environment variables by name, as [System#getenv()] gives them
    /// @throws ConfigException with every problem found
    public static AgentConfig loadFiles(List<String> files, Map<String, String> environment)
            throws ConfigException {
        ConfigLoader loader = new ConfigLoader(environment);
        Map<String, String> texts = new LinkedHashMap<>();
        for (String file : files) {
            String name = file.startsWith("file:") ? file.substring("file:".length()) : file;
            @Nullable String text = loader.read(name);
            if (text != null) {
                texts.put(name, text);
            }
        }
        loader.refuseIfBroken();
        return loader.load(texts);
    }

    /// Loads one configuration from its text, which messages call `file`.
    ///
    /// @throws ConfigException with every problem found
    public static AgentConfig loadText(String file, String text, Map<String, String> environment)
            throws ConfigException {
        return new ConfigLoader(environment).load(Map.of(file, text));
    }

    private @Nullable String read(String file) {
        Position start = new Position(file, 1, 1);
        try {
            Path path = Path.of(file);
            if (Files.size(path) <= FILE_BYTES_MAX) {
                return Files.readString(path);
            }
            problems.error(start, "", "larger than " + FILE_BYTES_MAX + " bytes");
        } catch (IOException | IllegalArgumentException e) {
            problems.error(start, "", "cannot read the file: " + e);
        }
        return null;
    }

    private AgentConfig load(Map<String, String> texts) throws ConfigException {
        @Nullable Mapping whole = null;
        for (Map.Entry<String, String> text : texts.entrySet()) {
            @Nullable Node node =
                    YamlReader.read(text.getKey(), text.getValue(), expansion, problems);
            if (node instanceof Mapping mapping) {
                whole = whole == null ? mapping : whole.overlaidBy(mapping);
            } else if (node != null && !node.isNull()) {
                problems.error(node.at(), "", "expected a map, found " + node.kind());
            }
        }
        if (whole == null) {
            Position start = new Position(texts.keySet().iterator().next(), 1, 1);
            if (problems.errors().isEmpty()) {
                problems.error(start, "", "empty configuration file");
            }
            throw new ConfigException(problems.errors());
        }
        AgentConfig config = bind(new Section(whole, "", problems));
        refuseIfBroken();
        return config;
    }

    private void refuseIfBroken() throws ConfigException {
        if (!problems.errors().isEmpty()) {
            throw new ConfigException(problems.errors());
        }
    }

    private AgentConfig bind(Section root) {
        Components components = new Components(root, problems);
        Map<ComponentId, ReceiverConfig> receivers =
                components.bind(Kind.RECEIVERS, ReceiverBinding::bind);
        Map<ComponentId, ExporterConfig> exporters =
                components.bind(Kind.EXPORTERS, new ExporterBinding(environment)::bind);
        ProcessorBinding processorBinding = new ProcessorBinding();
        Map<ComponentId, ProcessorConfig> processors =
                components.bind(Kind.PROCESSORS, processorBinding::bind);
        Map<ComponentId, Position> connectors =
                components.bind(Kind.CONNECTORS, (_, section) -> section.at());
        Map<ComponentId, Section> extensions =
                components.bind(Kind.EXTENSIONS, (_, section) -> section);
        for (Kind kind : List.of(Kind.RECEIVERS, Kind.EXPORTERS)) {
            if (components.declared(kind).isEmpty()) {
                root.error(
                        String.format(
                                Locale.ROOT,
                                "no %s configuration specified in config",
                                kind.singular()));
            }
        }
        Section service = root.sectionOrEmpty("service");
        StorageScope storage = StorageScope.of(root, extensions);
        PipelineBinding pipelines = new PipelineBinding(components, storage, problems);
        List<PipelineConfig> bound = pipelines.bind(service);
        ServiceConfig serviceConfig = ServiceBinding.bind(service);
        storage.checkPipelines(bound);
        processorBinding.checkPipelines(processors, bound);
        new GraphCheck(bound, connectors, problems).run();
        root.finish();
        return new AgentConfig(
                receivers,
                processors,
                exporters,
                connectors.keySet(),
                bound,
                storage.top(),
                serviceConfig,
                problems.warnings());
    }
}
