package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import dev.colonnade.agent.config.ConfigUri.Scheme;
import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads configuration files into an [AgentConfig], or tells everything that is wrong with them.
public final class ConfigLoader {
    private final Problems problems = new Problems();
    private final Set<ComponentId> used = new HashSet<>();
    private final List<ConfigUri> sources;
    private final Map<String, String> environment;
    private final @Nullable Declarations declarations;
    private final Expansion expansion;

    private ConfigLoader(
            List<ConfigUri> sources,
            Map<String, String> environment,
            @Nullable Declarations declarations) {
        this.sources = sources;
        this.environment = environment;
        this.declarations = declarations;
        expansion = new Expansion(environment, problems);
    }

    /// A loader of what `uris` name, in order, a later one changing the earlier: maps are merged,
    /// anything else is replaced.
    ///
    /// @param uris paths, or `file:PATH`, `env:NAME`, `yaml:TEXT`; at least one
    /// @param sets `a.b.c=value`, which go before all of them
    /// @param environment variables by name, as [System#getenv()] gives them
    public static ConfigLoader of(
            List<String> uris, List<String> sets, Map<String, String> environment) {
        List<ConfigUri> sources = new ArrayList<>();
        uris.forEach(uri -> sources.add(ConfigUri.parse(uri)));
        sets.forEach(set -> sources.add(ConfigUri.ofSet(set)));
        return new ConfigLoader(sources, environment, null);
    }

    /// Loads what `uris` name, see [#of].
    ///
    /// @throws ConfigException with every problem found
    public static AgentConfig loadFiles(List<String> uris, Map<String, String> environment)
            throws ConfigException {
        return of(uris, List.of(), environment).load();
    }

    /// Loads one configuration from its text, which messages call `file`.
    ///
    /// @throws ConfigException with every problem found
    public static AgentConfig loadText(String file, String text, Map<String, String> environment)
            throws ConfigException {
        return ofText(file, text, environment, null).load();
    }

    /// The keys that reading `text` declares.
    ///
    /// @throws ConfigException with every problem found
    static Declarations declarations(String file, String text) throws ConfigException {
        Declarations declarations = new Declarations();
        ofText(file, text, Map.of(), declarations).load();
        return declarations;
    }

    private static ConfigLoader ofText(
            String file,
            String text,
            Map<String, String> environment,
            @Nullable Declarations declarations) {
        ConfigUri source = new ConfigUri(Scheme.YAML, file, text);
        return new ConfigLoader(List.of(source), environment, declarations);
    }

    /// Reads and checks the configuration. To be called once.
    ///
    /// @throws ConfigException with every problem found
    public AgentConfig load() throws ConfigException {
        AgentConfig config = bind(read());
        refuseIfBroken();
        return config;
    }

    /// As [#load], and looks for what a start would need outside of the configuration: files,
    /// certificates, folders, addresses. Nothing is started and nothing is left behind.
    ///
    /// @throws ConfigException with every problem found
    public AgentConfig dryRun(InstantSource clock) throws ConfigException {
        Mapping root = read();
        AgentConfig config = bind(root);
        new DryRun(problems, clock).check(root, used);
        refuseIfBroken();
        return config;
    }

    /// The configuration as YAML, merged and expanded, once it is right.
    ///
    /// @param isRedacted whether secrets are left out
    /// @throws ConfigException with every problem found
    public String resolved(boolean isRedacted) throws ConfigException {
        Mapping root = read();
        bind(root);
        refuseIfBroken();
        return ResolvedYaml.of(root, problems, isRedacted);
    }

    /// What a user should know, in the order of the files: what was found so far.
    public List<Problem> warnings() {
        return problems.warnings();
    }

    private AgentConfig bind(Mapping root) {
        AgentConfig config = bind(new Section(root, problems, declarations));
        new Listeners(root, used, problems).checkTwice();
        return config;
    }

    private Mapping read() throws ConfigException {
        @Nullable Mapping whole = null;
        for (ConfigUri uri : sources) {
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
                String first = sources.getFirst().name();
                problems.error(new Position(first, 1, 1), "", "empty configuration file");
            }
            throw new ConfigException(problems.errors());
        }
        return ServiceKeys.moved(whole, problems);
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
        Map<ComponentId, Section> extensions =
                components.bind(Kind.EXTENSIONS, (_, section) -> section);
        AuthBinding auth = new AuthBinding(extensions, problems);
        Map<ComponentId, ReceiverConfig> receivers =
                components.bind(
                        Kind.RECEIVERS, (id, section) -> ReceiverBinding.bind(id, section, auth));
        Map<ComponentId, ExporterConfig> exporters =
                components.bind(Kind.EXPORTERS, new ExporterBinding(environment, auth)::bind);
        ProcessorBinding processorBinding = new ProcessorBinding();
        Map<ComponentId, ProcessorConfig> processors =
                components.bind(Kind.PROCESSORS, processorBinding::bind);
        Map<ComponentId, Position> connectors =
                components.bind(Kind.CONNECTORS, (_, section) -> section.at());
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
        @Nullable HealthConfig health = HealthBinding.bind(extensions, pipelines.extensions());
        storage.checkPipelines(bound);
        processorBinding.checkPipelines(processors, bound);
        for (PipelineConfig pipeline : bound) {
            used.addAll(pipeline.receivers());
            used.addAll(pipeline.processors());
            used.addAll(pipeline.exporters());
        }
        used.addAll(pipelines.extensions());
        new GraphCheck(bound, connectors, problems).run();
        auth.checkRunning(pipelines.extensions());
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
                health,
                problems.warnings());
    }
}
