package dev.colonnade.agent.e2e;

import dev.colonnade.agent.testkit.Waiting;
import dev.colonnade.pipeline.testkit.OtlpOracle.Row;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// An OTLP server on the loopback that keeps what arrives, does with it what it is told, goes away
/// and comes back on the same port. Thread-safe.
abstract class Backend implements AutoCloseable {
    /// Which server speaks.
    enum Kind {
        /// The official stubs on grpc-java.
        GRPC_JAVA(true),
        /// HTTP/2 frames by hand, for what grpc-java would not do.
        GRPC_FRAMES(true),
        /// The JDK's HTTP server.
        HTTP_JDK(false),
        /// HTTP/1.1 on Netty.
        HTTP_NETTY(false);

        private final boolean isGrpc;

        Kind(boolean isGrpc) {
            this.isGrpc = isGrpc;
        }

        boolean isGrpc() {
            return isGrpc;
        }

        /// The type of the exporter that speaks with it.
        String exporter() {
            return isGrpc ? "otlp_grpc" : "otlp_http";
        }
    }

    private record Answered(Arrival arrival, Answer answer) {}

    private final Kind kind;
    private final List<Answered> requests = new ArrayList<>();
    private Function<Arrival, Answer> answers = _ -> Answer.OK;
    private int port;

    Backend(Kind kind) {
        this.kind = kind;
    }

    /// A backend that takes everything, listening on any port.
    static Backend start(Kind kind) {
        Backend backend = absent(kind);
        backend.appear();
        return backend;
    }

    /// A backend that has a port and does not listen yet.
    static Backend absent(Kind kind) {
        Backend backend =
                switch (kind) {
                    case GRPC_JAVA -> new GrpcJavaBackend();
                    case HTTP_JDK -> new JdkHttpBackend();
                    case GRPC_FRAMES, HTTP_NETTY -> new NettyBackend(kind);
                };
        backend.port = dev.colonnade.exporters.testkit.Backend.unusedPort();
        return backend;
    }

    /// Listens on a port.
    abstract void listen(int port) throws IOException;

    /// Ends every connection and listens no more; nothing when it does not listen.
    abstract void vanish();

    /// Listens, again on the same port.
    final void appear() {
        try {
            listen(port);
        } catch (IOException e) {
            throw new AssertionError("backend cannot listen: port=" + port, e);
        }
    }

    /// What `endpoint` of an exporter must say.
    final String endpoint() {
        return (kind.isGrpc() ? "" : "http://") + "127.0.0.1:" + port;
    }

    final Kind kind() {
        return kind;
    }

    final int port() {
        return port;
    }

    /// Does from now on what `behaviour` says.
    final synchronized void answer(Function<Arrival, Answer> behaviour) {
        answers = behaviour;
    }

    /// Does these in order and takes everything after.
    final void answerFirst(Answer... first) {
        answer(arrival -> arrival.number() < first.length ? first[arrival.number()] : Answer.OK);
    }

    /// Does the same with all requests from now on.
    final void answerAll(Answer always) {
        answer(_ -> always);
    }

    /// Every request so far, in order.
    final synchronized List<Arrival> arrivals() {
        return requests.stream().map(Answered::arrival).toList();
    }

    /// The requests that were taken, in order.
    final synchronized List<Arrival> taken() {
        return requests.stream()
                .filter(request -> request.answer() instanceof Answer.Taken)
                .map(Answered::arrival)
                .toList();
    }

    /// The records of the requests that were taken, in order.
    final List<Row> rows(Signal signal) {
        return taken().stream()
                .filter(arrival -> arrival.signal() == signal)
                .flatMap(arrival -> arrival.rows().stream())
                .toList();
    }

    /// Waits until so many requests have arrived, taken or not.
    final synchronized void awaitArrivals(int count) {
        long end = System.nanoTime() + Waiting.MAX.toNanos();
        while (requests.size() < count) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError(
                        "waited in vain for requests: wanted="
                                + count
                                + ", got="
                                + requests.size());
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /// Notes a request and says what to do with it.
    final synchronized Answer arrived(
            Signal signal, byte[] plain, String encoding, Map<String, String> headers) {
        Arrival arrival = new Arrival(requests.size(), signal, plain, encoding, headers);
        Answer answer = answers.apply(arrival);
        requests.add(new Answered(arrival, answer));
        notifyAll();
        return answer;
    }

    /// The signal that a path or a full gRPC method name is for; null for none.
    static @Nullable Signal signalOf(String path) {
        return Arrays.stream(Signal.values())
                .filter(signal ->
                        path.equals("/v1/" + signal.label()) || path.endsWith(method(signal)))
                .findFirst()
                .orElse(null);
    }

    /// The full name of the gRPC method of a signal.
    static String method(Signal signal) {
        return switch (signal) {
            case LOGS -> "opentelemetry.proto.collector.logs.v1.LogsService/Export";
            case TRACES -> "opentelemetry.proto.collector.trace.v1.TraceService/Export";
            case METRICS -> "opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
        };
    }

    @Override
    public final void close() {
        vanish();
    }
}
