package dev.colonnade.benchmarks.sink;

import dev.colonnade.benchmarks.Console;
import dev.colonnade.benchmarks.Options;
import java.util.HashSet;
import java.util.Set;

/// The sink as a program; prints `ready port=... grpc=... http=... control=...` once it listens.
///
/// ```
/// --grpc-port N --http-port N --control-port N    where to listen on 127.0.0.1, 0 or absent = any
/// --max-frame-size N                              HTTP/2 MAX_FRAME_SIZE offered, default 16384 as in grpc-go
/// --check full|ids                                compare content, or sequence numbers only (default full)
/// --compare-every N                               one record in N is compared byte by byte (default 16)
/// --rate-limit N                                  take N records a second, answering late
/// --latency S                                     hold every answer back for S seconds
/// --refuse CODE [--retry-ms N]                    refuse with a gRPC status (HTTP: the matching one)
/// --hang | --close                                never answer | close the connection
/// --every N                                       misbehave on every Nth request only
/// ```
public final class SinkMain {
    private static final Set<String> NAMED =
            Set.of(
                    "grpc-port",
                    "http-port",
                    "control-port",
                    "max-frame-size",
                    "check",
                    "compare-every");

    private SinkMain() {}

    /// Runs until the process is ended.
    public static void main(String[] args) throws InterruptedException {
        SinkServer server;
        try {
            server = start(args);
        } catch (IllegalArgumentException e) {
            Console.ERR.println("sink cannot start: " + e.getMessage());
            System.exit(2);
            return;
        }
        Console.OUT.println(
                "ready port="
                        + server.controlPort()
                        + " grpc="
                        + server.grpcPort()
                        + " http="
                        + server.httpPort()
                        + " control="
                        + server.controlPort());
        server.awaitClose();
    }

    /// Starts a sink.
    ///
    /// @param args a command line
    /// @throws IllegalArgumentException when an option is wrong
    public static SinkServer start(String... args) {
        Set<String> named = new HashSet<>(NAMED);
        named.addAll(Behaviour.NAMED);
        Options options = Options.parse(args, named, Behaviour.FLAGS);
        Checker.Depth depth =
                switch (options.text("check", "full")) {
                    case "full" -> Checker.Depth.FULL;
                    case "ids" -> Checker.Depth.IDS;
                    default ->
                            throw new IllegalArgumentException(
                                    "unknown depth of checking: check=" + options.text("check"));
                };
        Checker checker = new Checker(depth, options.integer("compare-every", 16, 1));
        return new SinkServer(
                options.integer("grpc-port", 0, 0),
                options.integer("http-port", 0, 0),
                options.integer("control-port", 0, 0),
                options.integer("max-frame-size", 16_384, 16_384),
                new Intake(Behaviour.of(options), checker, System::nanoTime));
    }
}
