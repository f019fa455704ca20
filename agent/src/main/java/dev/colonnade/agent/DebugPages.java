package dev.colonnade.agent;

import dev.colonnade.agent.graph.Graph;
import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.agent.telemetry.PageServer;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/// The pages below `/debug` for who operates the agent, on a loop of their own: what they wait for
/// delays neither telemetry nor metrics.
@SuppressWarnings("FutureReturnValueIgnored") // of a loop and a listener that end by themselves
final class DebugPages {
    private final Loops own;
    private final SegmentFolder segments;
    private final PageServer server;

    DebugPages(
            Endpoint endpoint,
            Graph graph,
            Loops loops,
            TelemetryMemory memory,
            LongSupplier nanoClock,
            ThreadFactory threads) {
        own = new Loops(1, threads);
        segments = new SegmentFolder(graph.stores(), loops, memory);
        StoragePage storage = new StoragePage(graph.stores(), loops, nanoClock);
        server =
                new PageServer(
                                own,
                                endpoint.host(),
                                endpoint.port(),
                                Map.of(StoragePage.PATH, storage::page),
                                "set extensions::zpages::endpoint to another port")
                        .with(segments);
    }

    /// Opens the listener.
    ///
    /// @return where it listens
    InetSocketAddress start() throws StartException {
        return server.start();
    }

    /// Closes listener and connections, and waits until what is being written has let go of the
    /// store; legal before [#start].
    void close() {
        server.close();
        segments.close();
        own.close();
    }
}
