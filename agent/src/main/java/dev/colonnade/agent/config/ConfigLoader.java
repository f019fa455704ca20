package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import dev.colonnade.agent.config.ConfigUri.Scheme;
import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads configuration files into an [AgentConfig], or tells everything that is wrong with them.
public final class ConfigLoader {
    private final Problems problems = new Problems();
    private final Map<String, String> environment;
    private final @Nullable Declarations declarations;
    private final Expansion expansion;

    private ConfigLoader(Map<String, String> environment, @Nullable Declarations declarations) {
        this.environment = environment;
        this.declarations = declarations;
        expansion = new Expansion(environment, problems);
    }

    /// Loads what `uris` name in order, a later one changing the earlier: maps are merged, anything
    /// else is replaced.
    ///
    /// @param uris paths, or `file:PATH`, `env:NAME`, `yaml:TEXT`; at least one
    /// @param environment variables by name, as [System#getenv()] gives them
    /// @throws ConfigException with every problem found
    public static AgentConfig loadFiles(List<String> uris, Map<String, String> environment)
            throws ConfigException {
        return new ConfigLoader(environment, null).load(uris);
    }

    /// Loads one configuration from its text, which messages call `file`.
    ///
    /// @throws ConfigException with every problem found
    public static AgentConfig loadText(String file, String text, Map<String, String> environment)
            throws ConfigException {
        return new ConfigLoader(environment, null)
                .bind(List.of(new ConfigUri(Scheme.YAML, file, text)));
    }

    /// The keys that reading `text` declares.
    ///
    /// @throws ConfigException with every problem found
    static Declarations declarations(String file, String text) throws ConfigException {
        Declarations declarations = new Declarations();
        new ConfigLoader(Map.of(), declarations)
                .bind(List.of(new ConfigUri(Scheme.YAML, file, text)));
        return declarations;
    }

    private AgentConfig load(List<String> uris) throws ConfigException {
        return bind(uris.stream().map(ConfigUri::parse).toList());
    }

    private AgentConfig bind(List<ConfigUri> uris) throws ConfigException {
        Mapping whole = read(uris);
        AgentConfig config = bind(new Section(whole, problems, declarations));
        refuseIfBroken();
        return config;
    }

    private Mapping read(List<ConfigUri> uris) throws ConfigException {
        @Nullable Mapping whole = null;
        for (ConfigUri uri : uris) {
            @Nullable Node node = read(uri);
            if (node instanceof Mapping mapping) {
                Mapping nested = ConfigUri.unflattened(mapping);
                whole = whole == null ? nested : whole.overlaidBy(nested);
            } else if (node != null && !node.isNull()) {
                problems.error(node.at(), "", "expected a map, found " + node.kind());
            }
        }
        if (whole == null) {
            if (!problems.isBroken()) {
                String first = uris.getFirst().name();
                problems.error(new Position(first, 1, 1), "", "empty configuration file");
            }
            throw new ConfigException(problems.errors());
        }
        return whole;
    }

    private @Nullable Node read(ConfigUri uri) {
        String text;
        try {
            text = uri.text(environment);
        } catch (IOException e) {
            problems.error(new Position(uri.name(), 1, 1), "", "cannot be read: " + e.getMessage());
            return null;
        }
        problems.source(uri.name(), text, null);
        return YamlReader.read(uri.name(), text, expansion, problems);
    }

    private void refuseIfBroken() throws ConfigException {
        if (problems.isBroken()) {
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
        @Nullable Endpoint admin = AdminBinding.bind(extensions, pipelines.extensions());
        root.finish();
        return new AgentConfig(
                receivers,
                processors,
                exporters,
                connectors.keySet(),
                bound,
                storage.top(),
                serviceConfig,
                admin,
                problems.warnings());
    }
}
