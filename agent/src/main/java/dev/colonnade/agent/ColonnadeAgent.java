package dev.colonnade.agent;

import dev.colonnade.agent.config.AgentConfig;
import dev.colonnade.agent.config.ServiceConfig.MetricsEndpoint;
import dev.colonnade.agent.graph.Graph;
import dev.colonnade.agent.graph.GraphMetrics;
import dev.colonnade.agent.graph.ShapeMetrics;
import dev.colonnade.agent.graph.Shaping;
import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.agent.telemetry.AotCache;
import dev.colonnade.agent.telemetry.JvmMetrics;
import dev.colonnade.agent.telemetry.Metrics;
import dev.colonnade.agent.telemetry.MetricsServer;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiver;
import dev.colonnade.storage.memory.ContainerProcessors;
import dev.colonnade.storage.memory.MemoryPlan;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
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
    private final Metrics metrics = new Metrics();
    private final Graph graph;
    private final Shutdown shutdown;
    private @Nullable Housekeeping housekeeping;
    private @Nullable JvmMetrics jvmMetrics;
    private @Nullable MetricsServer metricsServer;
    private @Nullable InetSocketAddress metricsAddress;

    private ColonnadeAgent(
            AgentConfig config,
            Surroundings surroundings,
            MemoryPlan plan,
            TelemetryMemory memory) {
        this.config = config;
        this.surroundings = surroundings;
        this.plan = plan;
        this.memory = memory;
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
        MemoryPlan plan = plan(config, surroundings);
        TelemetryMemory memory;
        try {
            memory = new TelemetryMemory(plan.budgetBytes(), loops(config, surroundings));
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
        try {
            MemoryPlan plan =
                    MemoryPlan.of(
                            surroundings.container(),
                            RuntimeReserve.bytes(
                                    surroundings.heapBytesMax(), loops(config, surroundings)),
                            config.storage().memory());
            return MemoryCap.applied(plan, config, surroundings.container());
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    private static int loops(AgentConfig config, Surroundings surroundings) {
        int configured = config.service().loops();
        return configured > 0 ? configured : surroundings.processors();
    }

    private void open() throws StartException {
        jvmMetrics = JvmMetrics.register(metrics, Version.text());
        AotCache.ofProcess().register(metrics);
        graph.build();
        @Nullable Shaping shaping = graph.shaping();
        if (shaping != null) {
            shaping.start(threads("colonnade-packer"));
        }
        for (Exporter exporter : graph.exporters()) {
            exporter.start();
        }
        housekeeping =
                Housekeeping.start(graph, loops, admin, memory, surroundings.container(), plan);
        for (Receiver receiver : graph.receivers()) {
            receiver.start();
        }
        GraphMetrics.register(graph, memory, metrics, surroundings.nanoClock());
        ShapeMetrics.register(graph, metrics);
        MetricsEndpoint endpoint = config.service().metrics();
        if (endpoint != null) {
            MetricsServer server =
                    new MetricsServer(admin, metrics, endpoint.host(), endpoint.port());
            metricsServer = server;
            metricsAddress = server.start();
        }
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
                grace, deadline, tasks == null ? () -> {} : tasks::stop, this::closeTelling);
    }

    /// Ends what tells about the agent.
    private void closeTelling() {
        MetricsServer server = metricsServer;
        if (server != null) {
            server.close();
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
