package dev.colonnade.agent.e2e;

import dev.colonnade.exporters.testkit.Received;
import dev.colonnade.exporters.testkit.Reply;
import dev.colonnade.exporters.testkit.Script;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A server that is made of frames, for what real servers would not do: it closes in the middle and
/// answers garbage.
final class NettyBackend extends Backend {
    private static final byte[] GARBAGE =
            "\u0000\u0001\u0002 this is neither HTTP nor HTTP/2 \u00ff\r\n\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1);

    private dev.colonnade.exporters.testkit.@Nullable Backend server;

    NettyBackend(Kind kind) {
        super(kind);
    }

    @Override
    synchronized void listen(int port) {
        Script script = new Script(this::reply);
        server =
                kind().isGrpc()
                        ? dev.colonnade.exporters.testkit.Backend.grpc(script, port, null, 1000)
                        : dev.colonnade.exporters.testkit.Backend.http(script, port, null);
    }

    @Override
    void vanish() {
        dev.colonnade.exporters.testkit.Backend present;
        synchronized (this) {
            present = server;
            server = null;
        }
        if (present != null) {
            present.close();
        }
    }

    private Reply reply(Received received) {
        String encoding = received.encoding().isEmpty() ? "identity" : received.encoding();
        Answer answer =
                arrived(
                        Objects.requireNonNull(signalOf(received.path())),
                        received.plain(),
                        encoding,
                        received.headers());
        return switch (answer) {
            case Answer.Taken taken ->
                    new Reply.Body(
                            GrpcJavaBackend.success(
                                    Objects.requireNonNull(signalOf(received.path())), taken));
            case Answer.Failed failed ->
                    kind().isGrpc()
                            ? new Reply.Grpc(failed.grpcCode(), failed.message())
                            : new Reply.Http(failed.httpStatus());
            case Answer.Throttle throttle ->
                    kind().isGrpc()
                            ? new Reply.Grpc(
                                    14,
                                    "come back later",
                                    Base64.getEncoder()
                                            .withoutPadding()
                                            .encodeToString(
                                                    GrpcJavaBackend.busy(throttle.delay())
                                                            .toByteArray()))
                            : new Reply.Http(
                                    429,
                                    "retry-after",
                                    Long.toString(throttle.delay().toSeconds()));
            case Answer.ThrottleUntil _ -> throw new IllegalStateException("not here");
            case Answer.Hang _ -> Reply.HANG;
            case Answer.Close _ -> Reply.CLOSE;
            case Answer.Garbage _ -> new Reply.Raw(GARBAGE);
        };
    }
}
