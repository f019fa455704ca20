package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.Telemetry;
import dev.colonnade.pipeline.auth.AuthConfig;
import dev.colonnade.pipeline.auth.Authenticators;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.tls.Tls;
import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.MemoryBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The `otlp` receiver: gRPC and HTTP listeners whose connections are spread over all loops; each
/// hands its requests to the routes' shards of its own loop.
///
/// A floor of memory is set aside at start, for each loop the window that bodies are inflated
/// through and what waiting streams may have sent.
public final class OtlpReceiver implements Receiver {
    private static final long SWEEP_NANOS_MIN = 10_000_000L;
    private static final long SWEEP_NANOS_MAX = 1_000_000_000L;

    /// How often a time limit is looked at within its length: it is overdrawn by an eighth.
    private static final int SWEEPS_PER_LIMIT = 8;

    private final String id;
    private final OtlpReceiverConfig config;
    private final Map<Signal, Route> routes;
    private final Loops loops;
    private final MemoryBudget memory;
    private final ConnectionRoom room;
    private final LongSupplier nanoClock;
    private final Executor blocking;
    private final System.Logger logger;
    private final RandomGenerator random;
    private final List<Meter> grpcMeters = new ArrayList<>();
    private final List<Meter> httpMeters = new ArrayList<>();
    private final List<Listener> listeners = new ArrayList<>();
    private final List<Tls> watched = new ArrayList<>();
    private final AtomicBoolean freed = new AtomicBoolean();
    private volatile List<ReceiverLoop> parts = List.of();
    private ReceiverLoop.@Nullable Floors floors;
    private @Nullable Listener grpc;
    private @Nullable Listener http;

    /// A receiver that feeds `routes`.
    ///
    /// @param id as in the configuration: `otlp` or `otlp/name`
    /// @param routes where each signal goes, at least one; other signals are not served
    /// @param memory the budget below which those of the routes lie: requests wait for what is
    ///   released in it, and the receiver's floors are taken from it
    /// @param room what connections may take of the heap, shared by all receivers
    /// @param nanoClock the clock that stamps batches and measures time limits
    /// @param blocking runs what takes long beside the loops: files, slow hashes
    /// @param random spreads retry delays; used by all loops, so it has to be thread-safe
    public OtlpReceiver(
            String id,
            OtlpReceiverConfig config,
            Map<Signal, Route> routes,
            Loops loops,
            MemoryBudget memory,
            ConnectionRoom room,
            Telemetry telemetry,
            LongSupplier nanoClock,
            Executor blocking,
            RandomGenerator random) {
        if (routes.isEmpty()) {
            throw new IllegalArgumentException("receiver feeds no pipeline: receiver=" + id);
        }
        this.id = id;
        this.config = config;
        this.routes = Map.copyOf(routes);
        this.loops = loops;
        this.memory = memory;
        this.room = room;
        this.nanoClock = nanoClock;
        this.blocking = blocking;
        logger = System.getLogger(id);
        this.random = random;
        for (int loop = 0; loop < loops.count(); loop++) {
            grpcMeters.add(new Meter(telemetry, id, "grpc"));
            httpMeters.add(new Meter(telemetry, id, "http"));
        }
        telemetry.gauge(ReceiverMetrics.WAITERS, this::waiters, id);
        memory.onRelease(this::wake);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void start() throws StartException {
        makeParts();
        try {
            OtlpGrpcConfig grpcConfig = config.grpc();
            if (grpcConfig != null) {
                grpc = listenGrpc(grpcConfig);
            }
            OtlpHttpConfig httpConfig = config.http();
            if (httpConfig != null) {
                http = listenHttp(httpConfig);
            }
        } catch (StartException failure) {
            closeWithin(0);
            throw failure;
        }
    }

    /// The port of the gRPC listener; 0 when there is none, or it is a unix socket.
    public int boundGrpcPort() {
        Listener present = grpc;
        return present == null ? 0 : present.port();
    }

    /// The port of the HTTP listener; 0 when there is none, or it is a unix socket.
    public int boundHttpPort() {
        Listener present = http;
        return present == null ? 0 : present.port();
    }

    @Override
    public @Nullable String trouble() {
        for (Listener listener : listeners) {
            if (!listener.isOpen()) {
                return "does not listen: endpoint=" + listener.endpoint();
            }
        }
        return null;
    }

    @Override
    public CompletionStage<?> close(long deadlineNanos) {
        return closeWithin(Math.max(0, deadlineNanos - nanoClock.getAsLong()));
    }

    private CompletionStage<?> closeWithin(long nanos) {
        List<CompletableFuture<?>> ends = new ArrayList<>();
        watched.forEach(Tls::close);
        for (Listener listener : listeners) {
            ends.add(listener.close());
        }
        List<ReceiverLoop> present = parts;
        for (int loop = 0; loop < present.size(); loop++) {
            ReceiverLoop part = present.get(loop);
            ends.add(part.closed());
            loops.loop(loop).execute(() -> part.close(nanos));
        }
        return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
                .thenRun(this::freeFloors);
    }

    private void freeFloors() {
        ReceiverLoop.Floors present = floors;
        if (present != null && freed.compareAndSet(false, true)) {
            present.waiting().close();
            present.scratch().close();
        }
    }

    private void makeParts() throws StartException {
        ReceiverLoop.Floors setAside = makeFloors();
        floors = setAside;
        long sweepNanos = sweepNanos();
        List<ReceiverLoop> made = new ArrayList<>();
        for (int loop = 0; loop < loops.count(); loop++) {
            made.add(
                    new ReceiverLoop(
                            loop,
                            loops.loop(loop),
                            routes,
                            config.waiting(),
                            sweepNanos,
                            setAside,
                            nanoClock,
                            random));
        }
        parts = List.copyOf(made);
    }

    private ReceiverLoop.Floors makeFloors() throws StartException {
        OtlpGrpcConfig grpcConfig = config.grpc();
        long waiting = grpcConfig == null ? 0 : grpcConfig.streams().waitingBytesMax();
        MemoryBudget first = floor("waiting", waiting * loops.count());
        try {
            return new ReceiverLoop.Floors(
                    first, floor("inflate", (long) Decompressor.WINDOW_BYTES * loops.count()));
        } catch (StartException failure) {
            first.close();
            throw failure;
        }
    }

    private MemoryBudget floor(String purpose, long bytes) throws StartException {
        try {
            return memory.floor(id + "/" + purpose, bytes);
        } catch (IllegalStateException failure) {
            throw new StartException(
                    "not enough memory for receiver "
                            + id
                            + ": "
                            + failure.getMessage()
                            + "; give the process more, or lower waiting_bytes",
                    failure);
        }
    }

    private Listener listenGrpc(OtlpGrpcConfig settings) throws StartException {
        String key = "receivers::" + id + "::protocols::grpc";
        TlsServerConfig tls = settings.tls();
        @Nullable Tls context =
                tls == null ? null : watched(TlsContexts.forGrpc(tls, key + "::tls", logger));
        @Nullable Gate gate = gate(settings.access(), key);
        Listener listener =
                listener(
                        key,
                        settings.endpoint(),
                        settings.connectionsMax(),
                        ConnectionRoom.GRPC_BYTES + (tls == null ? 0 : ConnectionRoom.TLS_BYTES));
        listeners.add(listener);
        listener.bind(loops, new GrpcSetup(settings, context, gate, parts, grpcMeters));
        return listener;
    }

    private Listener listenHttp(OtlpHttpConfig settings) throws StartException {
        String key = "receivers::" + id + "::protocols::http";
        TlsServerConfig tls = settings.tls();
        @Nullable Tls context =
                tls == null ? null : watched(TlsContexts.forHttp(tls, key + "::tls", logger));
        @Nullable Gate gate = gate(settings.access(), key);
        Listener listener =
                listener(
                        key,
                        settings.endpoint(),
                        settings.connectionsMax(),
                        ConnectionRoom.HTTP_BYTES + (tls == null ? 0 : ConnectionRoom.TLS_BYTES));
        listeners.add(listener);
        listener.bind(loops, new HttpSetup(settings, context, gate, parts, httpMeters));
        return listener;
    }

    private Listener listener(
            String key,
            OtlpReceiverConfig.Endpoint endpoint,
            int connectionsMax,
            int connectionBytes) {
        return new Listener(
                key + "::endpoint",
                endpoint,
                connectionsMax,
                room,
                connectionBytes,
                logger,
                new RefusalNotes(nanoClock));
    }

    private Tls watched(Tls tls) {
        watched.add(tls);
        tls.watch(loops.loop(0), blocking);
        return tls;
    }

    private @Nullable Gate gate(OtlpReceiverConfig.Access access, String key)
            throws StartException {
        AuthConfig.@Nullable Server auth = access.auth();
        return auth == null
                ? null
                : new Gate(
                        new Authenticators(blocking, nanoClock).server(auth),
                        key,
                        logger,
                        nanoClock);
    }

    /// An eighth of the shortest time limit there is.
    private long sweepNanos() {
        List<Duration> limits = new ArrayList<>();
        OtlpHttpConfig httpConfig = config.http();
        if (httpConfig != null) {
            limits.add(httpConfig.idleTimeout());
            limits.add(httpConfig.readHeaderTimeout());
            limits.add(httpConfig.pace().bodyTimeout());
            limits.add(httpConfig.pace().stallTimeout());
        }
        OtlpGrpcConfig grpcConfig = config.grpc();
        if (grpcConfig != null) {
            limits.add(grpcConfig.pace().bodyTimeout());
            limits.add(grpcConfig.pace().stallTimeout());
            limits.addAll(grpcConfig.keepAlive().limits());
        }
        long shortest =
                limits.stream()
                        .filter(Duration::isPositive)
                        .mapToLong(Duration::toNanos)
                        .min()
                        .orElse(Long.MAX_VALUE);
        return Math.clamp(shortest / SWEEPS_PER_LIMIT, SWEEP_NANOS_MIN, SWEEP_NANOS_MAX);
    }

    private double waiters() {
        long waiting = 0;
        for (ReceiverLoop part : parts) {
            waiting += part.admission().waiters();
        }
        return waiting;
    }

    private void wake() {
        List<ReceiverLoop> present = parts;
        for (int loop = 0; loop < present.size(); loop++) {
            present.get(loop).admission().wake();
        }
    }
}
