package dev.colonnade.agent;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.HealthConfig;
import dev.colonnade.agent.config.SelfExportConfig;
import dev.colonnade.agent.config.TelemetryConfig.MetricsEndpoint;
import dev.colonnade.agent.graph.Graph;
import dev.colonnade.agent.graph.GraphMetrics;
import dev.colonnade.agent.graph.ShapeMetrics;
import dev.colonnade.agent.graph.Shaping;
import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.agent.health.AgentHealth;
import dev.colonnade.agent.health.HealthPages;
import dev.colonnade.agent.telemetry.AotCache;
import dev.colonnade.agent.telemetry.JvmMetrics;
import dev.colonnade.agent.telemetry.MetricNames;
import dev.colonnade.agent.telemetry.Metrics;
import dev.colonnade.agent.telemetry.OtlpMetrics;
import dev.colonnade.agent.telemetry.Page;
import dev.colonnade.agent.telemetry.PageServer;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiver;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.storage.memory.ContainerProcessors;
import dev.colonnade.storage.memory.MemoryPlan;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A running agent: everything that a configuration asks for, in one object that can be embedded.
///
/// It starts whole or not at all: exporters, then pipelines, then receivers. It is stopped once, by
/// [#stop], which [#hasten] may cut short from another thread.
public final class ColonnadeAgent {
    private static final System.Logger LOG = System.getLogger(ColonnadeAgent.class.getName());

    private final AgentConfig config;
    private final Surroundings surroundings;
    private final MemoryPlan plan;
    private final Loops loops;
    private final Loops admin;
    private final TelemetryMemory memory;
    private final Metrics metrics;
    private final AgentHealth health;
    private final Graph graph;
    private final Shutdown shutdown;
    private @Nullable Housekeeping housekeeping;
    private @Nullable JvmMetrics jvmMetrics;
    private @Nullable SelfExport selfExport;
    private final List<PageServer> servers = new ArrayList<>();
    private @Nullable InetSocketAddress metricsAddress;
    private @Nullable InetSocketAddress healthAddress;
    private @Nullable DebugPages debugPages;
    private @Nullable InetSocketAddress debugAddress;

    private ColonnadeAgent(
            AgentConfig config,
            Surroundings surroundings,
            MemoryPlan plan,
            TelemetryMemory memory) {
        this.config = config;
        this.surroundings = surroundings;
        this.plan = plan;
        this.memory = memory;
        metrics = new Metrics(names(config.service().telemetry().metrics()));
        health =
                new AgentHealth(
                        memory,
                        memory.loops().size(),
                        () -> metrics.sum(ReceiverMetrics.REQUESTS_REFUSED, "reason", "memory"),
                        surroundings.nanoClock(),
                        InstantSource.system().instant());
        loops = new Loops(memory.loops().size(), threads("colonnade-loop"));
        admin = new Loops(1, threads("colonnade-admin"));
        graph =
                new Graph(
                        config,
                        loops,
                        memory,
                        surroundings
                                .components()
                                .make(
                                        loops,
                                        memory,
                                        metrics,
                                        surroundings.nanoClock(),
                                        surroundings.random()),
                        ContainerProcessors.ofProcess().count(surroundings.processors()),
                        surroundings.random().nextLong(),
                        surroundings.nanoClock());
        shutdown = new Shutdown(graph, loops, admin, memory, surroundings.nanoClock());
    }

    /// Starts an agent.
    ///
    /// @throws StartException when it cannot; nothing of it is left then
    public static ColonnadeAgent start(AgentConfig config) throws StartException {
        return start(config, Surroundings.ofProcess());
    }

    static ColonnadeAgent start(AgentConfig config, Surroundings surroundings)
            throws StartException {
        int loops = loops(config, surroundings);
        MemoryPlan plan = plan(config, surroundings, loops);
        TelemetryMemory memory;
        try {
            memory = new TelemetryMemory(plan.budgetBytes(), loops);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
        ColonnadeAgent agent = new ColonnadeAgent(config, surroundings, plan, memory);
        try {
            agent.open();
        } catch (StartException e) {
            agent.stop(Duration.ZERO, Duration.ZERO);
            throw e;
        }
        return agent;
    }

    /// How memory would be divided.
    ///
    /// @throws StartException when it cannot be
    static MemoryPlan plan(AgentConfig config, Surroundings surroundings) throws StartException {
        return plan(config, surroundings, loops(config, surroundings));
    }

    private static MemoryPlan plan(AgentConfig config, Surroundings surroundings, int loops)
            throws StartException {
        try {
            MemoryPlan plan =
                    MemoryPlan.of(
                            surroundings.container(),
                            RuntimeReserve.bytes(surroundings.heapBytesMax(), loops),
                            config.storage().memory());
            return MemoryCap.applied(plan, config, surroundings.container());
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    private static int loops(AgentConfig config, Surroundings surroundings) {
        int configured = config.service().loops();
        return configured > 0
                ? configured
                : LoopCount.of(
                        surroundings.processors(),
                        loops -> budgetBytes(config, surroundings, loops));
    }

    /// The budget with so many loops; 0 when memory cannot be divided among them.
    private static long budgetBytes(AgentConfig config, Surroundings surroundings, int loops) {
        try {
            return plan(config, surroundings, loops).budgetBytes();
        } catch (StartException _) {
            return 0;
        }
    }

    private void open() throws StartException {
        jvmMetrics = JvmMetrics.register(metrics, Version.text());
        AotCache.ofProcess().register(metrics);
        graph.build();
        @Nullable Shaping shaping = graph.shaping();
        if (shaping != null) {
            shaping.start(threads("colonnade-packer"));
        }
        health.watch(graph, config.pipelines());
        serveHealth();
        for (Exporter exporter : graph.exporters()) {
            exporter.start();
        }
        housekeeping =
                Housekeeping.start(
                        graph, loops, admin, memory, surroundings.container(), plan, health);
        for (Receiver receiver : graph.receivers()) {
            receiver.start();
        }
        GraphMetrics.register(graph, memory, metrics, surroundings.nanoClock());
        ShapeMetrics.register(graph, metrics);
        health.register(metrics);
        serveMetrics();
        push();
        health.running();
    }

    private static MetricNames names(@Nullable MetricsEndpoint endpoint) {
        return endpoint == null
                ? MetricNames.WITH_SUFFIXES
                : new MetricNames(endpoint.withoutTypeSuffix(), endpoint.withoutUnits());
    }

    /// Before anything is started, so that a probe hears that it is starting.
    private void serveHealth() throws StartException {
        @Nullable HealthConfig written = config.health();
        if (written != null) {
            HealthPages pages = new HealthPages(health, written);
            PageServer server =
                    new PageServer(
                            admin,
                            written.host(),
                            written.port(),
                            Map.of(
                                    written.path(),
                                    pages::probe,
                                    HealthPages.STATUS_PATH,
                                    pages::status),
                            "set extensions::health_check::endpoint to another address");
            servers.add(server);
            healthAddress = server.start();
        }
    }

    private void push() throws StartException {
        @Nullable SelfExportConfig written = config.service().telemetry().push();
        if (written != null) {
            selfExport =
                    SelfExport.start(
                            written,
                            new OtlpMetrics(
                                    metrics,
                                    resource(config.service().telemetry().resource()),
                                    Version.text(),
                                    TimeUnit.MILLISECONDS.toNanos(InstantSource.system().millis())),
                            loops,
                            admin,
                            memory,
                            surroundings
                                    .components()
                                    .make(
                                            loops,
                                            memory,
                                            SelfExport.NOTHING,
                                            surroundings.nanoClock(),
                                            surroundings.random()),
                            InstantSource.system(),
                            surroundings.nanoClock());
        }
    }

    /// The agent as a resource; what is written comes first, and an empty value takes away.
    private static Map<String, String> resource(Map<String, String> written) {
        Map<String, String> resource = new HashMap<>();
        resource.put("service.name", "colonnade");
        resource.put("service.version", Version.text());
        resource.put("service.instance.id", UUID.randomUUID().toString());
        resource.putAll(written);
        resource.values().removeIf(String::isEmpty);
        return resource;
    }

    private void serveMetrics() throws StartException {
        @Nullable MetricsEndpoint endpoint = config.service().telemetry().metrics();
        if (endpoint != null) {
            PageServer server =
                    new PageServer(
                            admin,
                            endpoint.host(),
                            endpoint.port(),
                            Map.of(
                                    "/metrics",
                                    () -> new Page(200, Metrics.CONTENT_TYPE, metrics.scrape())),
                            "set service::telemetry::metrics::readers to another port, or level:"
                                    + " none");
            servers.add(server);
            metricsAddress = server.start();
        }
        Endpoint debug = config.admin();
        if (debug != null) {
            openDebugPages(debug);
        }
    }

    private void openDebugPages(Endpoint endpoint) throws StartException {
        DebugPages pages =
                new DebugPages(
                        endpoint,
                        graph,
                        loops,
                        memory,
                        surroundings.nanoClock(),
                        threads("colonnade-debug"));
        debugPages = pages;
        debugAddress = pages.start();
    }

    /// What it says of its health.
    AgentHealth health() {
        return health;
    }

    /// The receivers.
    List<Receiver> receivers() {
        return graph.receivers();
    }

    /// The port on which the `otlp` receiver with that id takes gRPC; 0 when it does not.
    public int grpcPort(String receiver) {
        return otlp(receiver).boundGrpcPort();
    }

    /// The port on which the `otlp` receiver with that id takes HTTP; 0 when it does not.
    public int httpPort(String receiver) {
        return otlp(receiver).boundHttpPort();
    }

    private OtlpReceiver otlp(String id) {
        for (Receiver receiver : graph.receivers()) {
            if (receiver.id().equals(id) && receiver instanceof OtlpReceiver otlp) {
                return otlp;
            }
        }
        throw new IllegalArgumentException("no such receiver: receiver=" + id);
    }

    /// Where metrics are served; null when they are not.
    public @Nullable InetSocketAddress metricsAddress() {
        return metricsAddress;
    }

    /// Where health is served; null when it is not.
    public @Nullable InetSocketAddress healthAddress() {
        return healthAddress;
    }

    /// Where `/debug` pages are served; null when they are not.
    public @Nullable InetSocketAddress debugAddress() {
        return debugAddress;
    }

    /// All metrics now, in Prometheus' text format.
    public byte[] scrape() {
        return metrics.scrape();
    }

    /// How memory was divided at the start.
    public MemoryPlan memoryPlan() {
        return plan;
    }

    /// How many event loops there are, and whether they use the native transport.
    public Loops loops() {
        return loops;
    }

    /// Receives for another `grace`, then drains, until everything is delivered or `deadline` has
    /// passed, counted from now, then closes everything and gives every byte back.
    ///
    /// @return the last account; the same one when called again
    public Summary stop(Duration grace, Duration deadline) {
        Housekeeping tasks = housekeeping;
        return shutdown.run(
                grace,
                health::stopping,
                deadline,
                tasks == null ? () -> {} : tasks::stop,
                this::closeTelling);
    }

    /// Ends what tells about the agent.
    private void closeTelling() {
        DebugPages pages = debugPages;
        if (pages != null) {
            pages.close();
        }
        servers.forEach(PageServer::close);
        SelfExport push = selfExport;
        if (push != null) {
            push.close();
        }
        JvmMetrics jvm = jvmMetrics;
        if (jvm != null) {
            jvm.close();
        }
    }

    /// Ends grace and drain of [#stop] now, be it running or yet to come.
    public void hasten() {
        shutdown.hasten();
    }

    /// Named platform threads of Netty's kind.
    private static ThreadFactory threads(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new FastThreadLocalThread(task, name + "-" + count.getAndIncrement());
            thread.setUncaughtExceptionHandler((failed, e) ->
                    LOG.log(
                            System.Logger.Level.ERROR,
                            "thread ended by an error: thread=" + failed.getName(),
                            e));
            return thread;
        };
    }
}
