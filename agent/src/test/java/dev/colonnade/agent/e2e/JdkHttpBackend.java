package dev.colonnade.agent.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// OTLP/HTTP on the JDK's own server.
final class JdkHttpBackend extends Backend {
    private @Nullable HttpServer server;
    private @Nullable ExecutorService threads;

    JdkHttpBackend() {
        super(Kind.HTTP_JDK);
    }

    @Override
    synchronized void listen(int port) throws IOException {
        HttpServer made =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        ExecutorService own = Executors.newVirtualThreadPerTaskExecutor();
        made.setExecutor(own);
        made.createContext("/", this::handle);
        made.start();
        server = made;
        threads = own;
    }

    @Override
    void vanish() {
        HttpServer present;
        ExecutorService own;
        synchronized (this) {
            present = server;
            own = threads;
            server = null;
            threads = null;
        }
        if (present != null && own != null) {
            present.stop(0);
            own.shutdownNow();
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        Signal signal = signalOf(exchange.getRequestURI().getPath());
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (signal == null) {
            respond(exchange, 404, new byte[0]);
            return;
        }
        Map<String, String> headers = new HashMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) ->
                        headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
        String encoding = headers.getOrDefault("content-encoding", "identity");
        Answer answer = arrived(signal, GrpcCodecs.inflate(encoding, body), encoding, headers);
        switch (answer) {
            case Answer.Taken taken -> {
                exchange.getResponseHeaders().set("content-type", "application/x-protobuf");
                respond(exchange, 200, GrpcJavaBackend.success(signal, taken));
            }
            case Answer.Failed failed ->
                    respond(
                            exchange,
                            failed.httpStatus(),
                            failed.message().getBytes(StandardCharsets.UTF_8));
            case Answer.Throttle throttle -> {
                exchange.getResponseHeaders()
                        .set("retry-after", Long.toString(throttle.delay().toSeconds()));
                respond(exchange, 429, new byte[0]);
            }
            case Answer.ThrottleUntil until -> {
                exchange.getResponseHeaders()
                        .set(
                                "retry-after",
                                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                        until.time().atOffset(ZoneOffset.UTC)));
                respond(exchange, 503, new byte[0]);
            }
            case Answer.Hang _ -> {}
            case Answer.Close _ -> exchange.close();
            case Answer.Garbage _ ->
                    throw new IllegalStateException("the JDK's server does not do that");
        }
    }

    private static void respond(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }
}
