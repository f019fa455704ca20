package dev.colonnade.agent.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.StartException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Pages that are written piece by piece.
@Timeout(60)
final class PageServerTest {
    private static final byte[] LARGE = new byte[1 << 20];
    private static final String GET = "GET /all/one HTTP/1.1\r\nhost: here\r\n\r\n";

    private final Loops loops = new Loops(1, Thread::new);
    private final CompletableFuture<String> asked = new CompletableFuture<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private PageServer server = server(Duration.ofSeconds(30), _ -> {});

    @AfterEach
    void close() {
        server.close().toCompletableFuture().join();
        loops.close().syncUninterruptibly();
    }

    @Test
    void writesChunksAndClosesTheConnection() throws Exception {
        server =
                server(
                        Duration.ofSeconds(30),
                        stream -> {
                            stream.as("text/x");
                            write(stream, "some".getBytes(StandardCharsets.US_ASCII));
                            end(stream);
                        });
        try (Socket socket = connect("GET /all/one?x=y HTTP/1.1\r\nhost: here\r\n\r\n")) {
            String answer = read(socket);
            assertThat(answer)
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("content-type: text/x\r\n")
                    .contains("transfer-encoding: chunked\r\n")
                    .endsWith("\r\n\r\n4\r\nsome\r\n0\r\n\r\n");
        }
        assertThat(asked.join()).isEqualTo("one");
    }

    @Test
    void writesNoChunksToClientsThatKnowNone() throws Exception {
        server =
                server(
                        Duration.ofSeconds(30),
                        stream -> {
                            write(stream, "some".getBytes(StandardCharsets.US_ASCII));
                            end(stream);
                        });
        try (Socket socket = connect("GET /all/one HTTP/1.0\r\n\r\n")) {
            assertThat(read(socket)).doesNotContain("chunked").endsWith("\r\n\r\nsome");
        }
    }

    @Test
    void answersSomethingElseWhileNothingWasSent() throws Exception {
        server =
                server(
                        Duration.ofSeconds(30),
                        stream -> {
                            write(stream, new byte[1000]);
                            assertThat(stream.isUnsent()).isTrue();
                            stream.answer(Page.text(503, "no\n"));
                            stream.answer(Page.text(404, "not this\n"));
                        });
        try (Socket socket = connect(GET)) {
            assertThat(read(socket)).startsWith("HTTP/1.1 503 ").endsWith("\r\n\r\nno\n");
        }
    }

    /// Scenario: it fails in the middle. Guarantees: the client can tell that something is missing.
    @Test
    void leavesOutTheEndOfWhatFailed() throws Exception {
        server =
                server(
                        Duration.ofSeconds(30),
                        stream -> {
                            write(stream, LARGE);
                            assertThat(stream.isUnsent()).isFalse();
                            stream.answer(Page.text(503, "too late\n"));
                        });
        try (Socket socket = connect(GET)) {
            assertThat(read(socket)).startsWith("HTTP/1.1 200 OK\r\n").doesNotEndWith("0\r\n\r\n");
        }
    }

    /// Scenario: a client asks for more than sockets hold and reads nothing. Guarantees: whoever
    /// writes hears of it when the time is over, and not before.
    @Test
    void cutsOffWhoReadsTooSlowly() throws Exception {
        long limit = Duration.ofMillis(300).toNanos();
        long started = System.nanoTime();
        server = server(Duration.ofNanos(limit), PageServerTest::writeForEver);
        try (Socket _ = connect(GET)) {
            assertThat(ended.join()).contains("client does not read");
            assertThat(System.nanoTime() - started).isGreaterThanOrEqualTo(limit);
        }
    }

    @Test
    void tellsWhoeverWritesThatTheClientWentAway() throws Exception {
        server = server(Duration.ofSeconds(30), PageServerTest::writeForEver);
        try (Socket socket = connect(GET)) {
            assertThat(socket.getInputStream().read()).isEqualTo('H');
        }
        assertThat(ended.join()).contains("client does not read");
    }

    @Test
    void servesGetAloneAndOnePathPerConnection() throws Exception {
        server =
                server(
                        Duration.ofSeconds(30),
                        stream -> {
                            write(stream, new byte[10]);
                            end(stream);
                        });
        try (Socket socket = connect("POST /all/one HTTP/1.1\r\nconnection: close\r\n\r\n")) {
            assertThat(read(socket)).startsWith("HTTP/1.1 405 ");
        }
        assertThat(asked).isNotDone();
        try (Socket socket = connect(GET + GET)) {
            assertThat(read(socket).split("HTTP/1.1 ", -1)).hasSize(2);
        }
    }

    private static void writeForEver(PageStream stream) {
        while (true) {
            write(stream, LARGE);
        }
    }

    private static void write(PageStream stream, byte[] bytes) {
        try {
            stream.write(bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private static void end(PageStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private Socket connect(String request) throws IOException, StartException {
        int port = server.start().getPort();
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String read(Socket socket) throws IOException {
        try (InputStream in = socket.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private PageServer server(Duration limit, Consumer<PageStream> writer) {
        PageFolder folder =
                new PageFolder() {
                    @Override
                    public String path() {
                        return "/all/";
                    }

                    @Override
                    public Duration limit() {
                        return limit;
                    }

                    @Override
                    public void open(String name, PageStream stream) {
                        asked.complete(name);
                        Thread.ofVirtual()
                                .start(() -> {
                                    try {
                                        writer.accept(stream);
                                        ended.complete("");
                                    } catch (IllegalStateException | AssertionError e) {
                                        stream.abort();
                                        ended.complete(String.valueOf(e.getMessage()));
                                    }
                                });
                    }
                };
        return new PageServer(loops, "127.0.0.1", 0, Map.of(), "").with(folder);
    }
}
