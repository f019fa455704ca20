package dev.colonnade.agent.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A backend for OTLP over HTTP that keeps the bodies it gets, by path, and says that all is well.
/// It takes bodies that are not compressed.
public final class HttpBackend implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;

    private final HttpServer server;
    private final ConcurrentHashMap<String, LinkedBlockingQueue<byte[]>> bodies =
            new ConcurrentHashMap<>();

    /// A backend on a free port of the loopback.
    public HttpBackend() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::take);
        server.start();
    }

    /// The configuration of an `otlp_http` exporter that sends here.
    ///
    /// @param path what is put before `/v1/...`; may be empty
    public String exporter(String path) {
        return "{endpoint: 'http://127.0.0.1:%d%s', compression: none}"
                .formatted(server.getAddress().getPort(), path);
    }

    /// What came to `path` so far, in order; each body is handed out once.
    public List<byte[]> received(String path) {
        List<byte[]> received = new ArrayList<>();
        queue(path).drainTo(received);
        return received;
    }

    /// The next body for `path`, waited for.
    public byte[] await(String path) throws InterruptedException {
        byte[] body = queue(path).poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (body == null) {
            throw new IllegalStateException("nothing came: path=" + path);
        }
        return body;
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange;
                InputStream body = exchange.getRequestBody()) {
            queue(exchange.getRequestURI().getPath()).add(body.readAllBytes());
            exchange.getResponseHeaders().add("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private LinkedBlockingQueue<byte[]> queue(String path) {
        return bodies.computeIfAbsent(path, _ -> new LinkedBlockingQueue<>());
    }
}
