package dev.colonnade.agent.e2e;

import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// The JDK's HTTP client.
final class HttpSender extends Sender {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String root;

    HttpSender(int port) {
        root = "http://127.0.0.1:" + port;
    }

    @Override
    Told send(Signal signal, byte[] plain, Codec codec) {
        HttpRequest.Builder request =
                request("/v1/" + signal.label())
                        .POST(
                                HttpRequest.BodyPublishers.ofByteArray(
                                        GrpcCodecs.compress(codec, plain)));
        if (codec != Codec.IDENTITY) {
            request.header("content-encoding", codec.label());
        }
        HttpResponse<byte[]> response = send(request);
        return new Told(
                response.statusCode() == 200 && response.body().length == 0,
                response.statusCode(),
                response.headers()
                        .firstValue("retry-after")
                        .map(Long::parseLong)
                        .map(Duration::ofSeconds)
                        .orElse(null),
                new String(response.body(), StandardCharsets.ISO_8859_1));
    }

    /// A request for protobuf on a path.
    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(root + path))
                .header("content-type", "application/x-protobuf");
    }

    /// Sends anything.
    HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }
}
