package dev.colonnade.build;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The run that the ahead-of-time cache is made from.
///
/// Three agents of the same distribution: the one that is trained; a feeder, which takes OTLP/JSON
/// from here and sends it on over gRPC and HTTP with each codec; and a backend, which comes late.
/// The trained one receives, holds while the backend is absent, delivers, is scraped, drains and
/// ends. What it has loaded and compiled by then is what the cache holds.
final class Training {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// Enough for the processor's profile of the way through, and for what an outage sets off.
    private static final int ROUNDS = 60;

    private static final int RECORDS = 100;

    private final Path dist;
    private final Path folder;
    private final HttpClient client = HttpClient.newHttpClient();
    private final int backendGrpc = freePort();
    private final int backendHttp = freePort();

    private Training(Path dist, Path folder) throws IOException {
        this.dist = dist;
        this.folder = folder;
    }

    /// Makes `lib/colonnade.aot`, and proves that the virtual machine takes it.
    static void run(Path dist) throws IOException, InterruptedException {
        Path cache = dist.resolve("lib/colonnade.aot");
        Files.deleteIfExists(cache);
        Path folder = Files.createTempDirectory("colonnade-training");
        try {
            new Training(dist, folder).train(cache);
        } finally {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
        Distribution.execute(
                Distribution.agentCommand(
                        dist,
                        List.of("-XX:AOTMode=on", "-XX:AOTCache=" + cache),
                        List.of("version")));
    }

    private void train(Path cache) throws IOException, InterruptedException {
        Agent trained =
                start(
                        "trained",
                        // Profiles for the compiler would be 3 MB of the process's own memory, and
                        // have it compile at the start what a few requests do not need compiled.
                        List.of("-XX:AOTCacheOutput=" + cache, "-XX:-AOTRecordTraining"),
                        // Ports are written, as users do: those of 0 are never compared.
                        receivers(freePort(), freePort())
                                + exporters("", backendGrpc, backendHttp));
        try (trained;
                Agent feeder =
                        start(
                                "feeder",
                                List.of(),
                                receivers(0, 0)
                                        + exporters(
                                                "gzip",
                                                trained.port("gRPC"),
                                                trained.port("HTTP")))) {
            feed(feeder, trained, ROUNDS);
            get(trained.metrics());
            get(trained.health());
            awaitBacklog(feeder, 0);
            try (Agent backend =
                    start(
                            "backend",
                            List.of(),
                            receivers(backendGrpc, backendHttp)
                                    + "exporters: {nop: , file: {format: arrow, path: '"
                                    + columns()
                                    + "'}}\n"
                                    + service("[nop, file]"))) {
                awaitBacklog(trained, 0);
                feed(feeder, trained, ROUNDS);
                awaitBacklog(feeder, 0);
                awaitBacklog(trained, 0);
                for (int i = 0; i < 5; i++) {
                    get(trained.metrics());
                }
                trained.end();
                backend.end();
                checkColumns();
            }
            feeder.end();
        }
        if (!Files.isRegularFile(cache)) {
            throw new IOException("no cache was made: printed=" + trained.printed());
        }
    }

    private Path columns() {
        return folder.resolve("columns.arrows");
    }

    /// Arrow works without what [AppJar] has left out of it: the backend has written an IPC stream.
    private void checkColumns() throws IOException {
        try (InputStream in = Files.newInputStream(columns())) {
            // https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
            if (!Arrays.equals(in.readNBytes(4), new byte[] {-1, -1, -1, -1})) {
                throw new IOException("no columns were written: file=" + columns());
            }
        }
    }

    /// Each signal as JSON: to the feeder, and a little to the trained one itself.
    private void feed(Agent feeder, Agent trained, int rounds)
            throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            Agent to = round % 10 == 9 ? trained : feeder;
            post(to, "/v1/logs", TrainingData.logs(round, RECORDS));
            post(to, "/v1/traces", TrainingData.spans(round, RECORDS));
            post(to, "/v1/metrics", TrainingData.points(round, RECORDS));
        }
    }

    private void post(Agent agent, String path, String json)
            throws IOException, InterruptedException {
        HttpResponse<String> answer =
                client.send(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + agent.port("HTTP") + path))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(json))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException("not accepted: answer=" + answer.body());
        }
    }

    private String get(String uri) throws IOException, InterruptedException {
        return client.send(
                        HttpRequest.newBuilder(URI.create(uri)).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private void awaitBacklog(Agent agent, long wanted) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        double backlog;
        do {
            if (System.nanoTime() > end) {
                throw new IOException("backlog stays: printed=" + agent.printed());
            }
            backlog =
                    get(agent.metrics())
                            .lines()
                            .filter(line -> line.startsWith("colonnade_exporter_backlog_records{"))
                            .mapToDouble(line ->
                                    Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                            .sum();
        } while (backlog > wanted);
    }

    private Agent start(String name, List<String> flags, String yaml) throws IOException {
        Path config = Files.writeString(folder.resolve(name + ".yaml"), yaml);
        List<String> arguments = List.of("run", "--config", config.toString());
        Path log = folder.resolve(name + ".log");
        Process process =
                new ProcessBuilder(Distribution.agentCommand(dist, flags, arguments))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        return new Agent(process, log, PATIENCE);
    }

    private static String receivers(int grpc, int http) {
        return """
        receivers:
          otlp:
            protocols:
              grpc: {endpoint: '127.0.0.1:%d'}
              http: {endpoint: '127.0.0.1:%d'}
        storage: {memory: 64MiB}
        """
                .formatted(grpc, http);
    }

    /// Exporters of both protocols; with `codec` empty each has its own default.
    private static String exporters(String codec, int grpc, int http) {
        String retry = "retry_on_failure: {initial_interval: 100ms, max_interval: 200ms}";
        String compression = codec.isEmpty() ? "" : "compression: " + codec;
        return """
        exporters:
          nop:
          debug: {verbosity: basic}
          otlp_grpc:
            endpoint: '127.0.0.1:%d'
            tls: {insecure: true}
            %s
            %s
          otlp_grpc/none:
            endpoint: '127.0.0.1:%d'
            tls: {insecure: true}
            compression: none
            %s
          otlp_http:
            endpoint: 'http://127.0.0.1:%d'
            compression: zstd
            %s
        """
                        .formatted(grpc, compression, retry, grpc, retry, http, retry)
                + service("[otlp_grpc, otlp_grpc/none, otlp_http, nop, debug]");
    }

    private static String service(String exporters) {
        return """
        extensions: {health_check: {endpoint: '127.0.0.1:0'}}
        service:
          extensions: [health_check]
          telemetry:
            metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}}]}
          pipelines:
            logs: {receivers: [otlp], exporters: %1$s}
            traces: {receivers: [otlp], exporters: %1$s}
            metrics: {receivers: [otlp], exporters: %1$s}
        """
                .formatted(exporters);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
