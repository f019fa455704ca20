package dev.colonnade.pipeline.receiver.otlp;

import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.LOGS;
import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.headers;
import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.message;
import static dev.colonnade.pipeline.receiver.otlp.RawHttp.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.otlp.OtlpGrpcConfig.KeepAlive;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Body;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Pace;
import dev.colonnade.storage.testkit.ManualClock;
import io.netty.handler.codec.http2.Http2Headers;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Connections that come, stay, crawl, break and go; every rig proves at its end that nothing
/// leaked.
final class LifecycleTest {
    private static final String PATH = "/v1/logs";
    private static final byte[] SMALL = Payloads.logs(3, 40, 1);
    private static final byte[] LARGE = Payloads.logs(1000, 300, 2);
    private static final Endpoint ANYWHERE = new Endpoint("127.0.0.1", 0);
    private static final Duration TICK = Duration.ofMillis(80);
    private static final KeepAlive LASTING =
            new KeepAlive(
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ZERO,
                    true);

    private static OtlpReceiverConfig config(Pace pace, KeepAlive keepAlive, int connectionsMax) {
        return new OtlpReceiverConfig(
                new OtlpGrpcConfig(
                        ANYWHERE,
                        null,
                        Body.DEFAULT,
                        connectionsMax,
                        OtlpGrpcConfig.Streams.DEFAULT,
                        keepAlive,
                        pace,
                        OtlpReceiverConfig.Access.DEFAULT),
                new OtlpHttpConfig(
                        ANYWHERE,
                        null,
                        Body.DEFAULT,
                        connectionsMax,
                        OtlpHttpConfig.Paths.DEFAULT,
                        OtlpHttpConfig.HEADER_BYTES_MAX_DEFAULT,
                        TICK,
                        TICK,
                        pace,
                        null,
                        OtlpReceiverConfig.Access.DEFAULT));
    }

    private static OtlpReceiverConfig defaults() {
        return new OtlpReceiverConfig(OtlpGrpcConfig.at(ANYWHERE), OtlpHttpConfig.at(ANYWHERE));
    }

    @Test
    void aPortInUseIsNamedWithWhatToDo() throws Exception {
        try (ServerSocket taken =
                new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            OtlpReceiverConfig config =
                    new OtlpReceiverConfig(
                            OtlpGrpcConfig.at(ANYWHERE),
                            OtlpHttpConfig.at(new Endpoint("127.0.0.1", taken.getLocalPort())));
            assertThatThrownBy(() -> Rig.with().config(config).start())
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("set receivers::otlp::protocols::http::endpoint");
        }
        assertThatThrownBy(() ->
                        Rig.with()
                                .config(
                                        new OtlpReceiverConfig(
                                                OtlpGrpcConfig.at(
                                                        new Endpoint("no.such.invalid", 1)),
                                                null))
                                .start())
                .hasMessageContaining("no such host");
    }

    @Test
    void closingIsLegalBeforeStartAndTwice() throws Exception {
        try (Rig rig = Rig.with().config(defaults()).unstarted()) {
            rig.closeReceiver(Duration.ZERO).get(10, TimeUnit.SECONDS);
        }
        try (Rig rig = Rig.with().config(defaults()).start()) {
            int port = rig.httpPort();
            rig.closeReceiver(Duration.ZERO).get(10, TimeUnit.SECONDS);
            rig.closeReceiver(Duration.ZERO).get(10, TimeUnit.SECONDS);
            rig.until(() -> isPortFree(port));
        }
    }

    /// The NIO transport gives a port back with its next turn only.
    private static boolean isPortFree(int port) {
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (java.io.IOException _) {
            return false;
        }
    }

    @Test
    void requestsUnderWayMayEndWhenItCloses() throws Exception {
        try (Rig rig = Rig.with().loops(2).config(defaults()).start();
                RawHttp idle = new RawHttp(rig.httpPort());
                RawHttp busy = new RawHttp(rig.httpPort());
                RawGrpc quiet = new RawGrpc(rig.grpcPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(idle.post(PATH, SMALL).status()).isEqualTo(200);
            busy.send(RawHttp.request(PATH, LARGE), 0, 10_000);
            int stream = grpc.open(headers(LOGS), false);
            byte[] framed = message(LARGE, false);
            grpc.data(stream, Arrays.copyOf(framed, 10_000), false);
            rig.until(() -> received(rig) > 15_000);
            CompletableFuture<?> closed = rig.closeReceiver(Duration.ofSeconds(20));
            assertThat(idle.isClosedByPeer()).isTrue();
            quiet.awaitClosed();
            assertThat(grpc.goAway()).isZero();
            assertThat(closed).isNotDone();
            byte[] whole = RawHttp.request(PATH, LARGE);
            busy.send(whole, 10_000, whole.length - 10_000);
            RawHttp.Answer answer = busy.answer();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("connection")).isEqualTo("close");
            grpc.data(stream, Arrays.copyOfRange(framed, 10_000, framed.length), true);
            assertThat(grpc.answer(stream).status()).isZero();
            closed.get(10, TimeUnit.SECONDS);
            assertThat(rig.records()).isEqualTo(2003);
        }
    }

    @Test
    void whatIsStillUnderWayAtTheDeadlineIsCut() throws Exception {
        try (Rig rig = Rig.with().config(defaults()).start();
                RawHttp busy = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            busy.send(RawHttp.request(PATH, LARGE), 0, 10_000);
            int stream = grpc.open(headers(LOGS), false);
            grpc.data(stream, Arrays.copyOf(message(LARGE, false), 10_000), false);
            rig.until(() -> received(rig) > 15_000);
            rig.closeReceiver(Duration.ofMillis(20)).get(10, TimeUnit.SECONDS);
            assertThat(busy.isClosedByPeer()).isTrue();
            grpc.awaitClosed();
            assertThat(rig.refused(Refusal.CANCELLED)).isEqualTo(2);
        }
    }

    private static long received(Rig rig) {
        return rig.metric(ReceiverMetrics.BYTES_RECEIVED, "http")
                + rig.metric(ReceiverMetrics.BYTES_RECEIVED, "grpc");
    }

    @Test
    void bodiesThatBreakOffLeaveNothing() throws Exception {
        try (Rig rig = Rig.with().config(defaults()).start()) {
            for (int i = 0; i < 5; i++) {
                try (RawHttp http = new RawHttp(rig.httpPort());
                        RawHttp chunked = new RawHttp(rig.httpPort());
                        RawGrpc grpc = new RawGrpc(rig.grpcPort());
                        RawGrpc reset = new RawGrpc(rig.grpcPort())) {
                    long before = received(rig);
                    http.send(RawHttp.request(PATH, LARGE), 0, 50_000);
                    chunked.send(head(PATH, -1, "transfer-encoding: chunked"))
                            .send(RawHttp.chunk(Arrays.copyOf(LARGE, 50_000)));
                    byte[] part = Arrays.copyOf(message(LARGE, false), 50_000);
                    grpc.data(grpc.open(headers(LOGS), false), part, false);
                    int stream = reset.open(headers(LOGS), false);
                    reset.data(stream, part, false);
                    rig.until(() -> received(rig) > before + 190_000);
                    http.reset();
                    chunked.reset();
                    grpc.abort();
                    reset.resetStream(stream);
                    assertThat(reset.call(SMALL).status()).isZero();
                }
            }
            rig.until(() -> rig.refused(Refusal.CANCELLED) == 20);
            rig.until(() -> rig.metric(ReceiverMetrics.CONNECTIONS, "http") == 0);
            rig.until(() -> rig.metric(ReceiverMetrics.CONNECTIONS, "grpc") == 0);
        }
    }

    @Test
    void aThousandConnectionsAreServed() throws Exception {
        try (Rig rig = Rig.with().loops(2).config(defaults()).start()) {
            List<RawHttp> connections = new ArrayList<>();
            try {
                for (int i = 0; i < 1000; i++) {
                    connections.add(new RawHttp(rig.httpPort()));
                }
                byte[] request = RawHttp.request(PATH, SMALL);
                for (RawHttp http : connections) {
                    http.send(request, 0, request.length - 1);
                }
                for (RawHttp http : connections) {
                    http.send(request, request.length - 1, 1);
                }
                for (RawHttp http : connections) {
                    assertThat(http.answer().status()).isEqualTo(200);
                }
                assertThat(rig.metric(ReceiverMetrics.CONNECTIONS, "http")).isEqualTo(1000);
                assertThat(rig.records()).isEqualTo(3000);
            } finally {
                for (RawHttp http : connections) {
                    http.close();
                }
            }
        }
    }

    @Test
    void connectionsBeyondTheLimitAreClosed() throws Exception {
        try (Rig rig =
                        Rig.with()
                                .clock(new ManualClock())
                                .config(config(Pace.DEFAULT, LASTING, 2))
                                .start();
                RawHttp first = new RawHttp(rig.httpPort());
                RawHttp second = new RawHttp(rig.httpPort())) {
            assertThat(first.post(PATH, SMALL).status()).isEqualTo(200);
            assertThat(second.post(PATH, SMALL).status()).isEqualTo(200);
            try (RawHttp third = new RawHttp(rig.httpPort())) {
                assertThat(third.isClosedByPeer()).isTrue();
            }
            assertThat(rig.refused(Refusal.CONNECTIONS)).isEqualTo(1);
            first.close();
            rig.until(() -> rig.metric(ReceiverMetrics.CONNECTIONS, "http") == 1);
            try (RawHttp fourth = new RawHttp(rig.httpPort())) {
                assertThat(fourth.post(PATH, SMALL).status()).isEqualTo(200);
            }
        }
    }

    /// Scenario: more senders than the heap has room for, over both protocols. Guarantees: those
    /// that are one too many are closed on arrival, the others go on, and room that one leaves is
    /// the next one's.
    @Test
    void connectionsTakeNoMoreOfTheHeapThanTheirRoom() throws Exception {
        ConnectionRoom room =
                new ConnectionRoom(ConnectionRoom.GRPC_BYTES + ConnectionRoom.HTTP_BYTES);
        try (Rig rig = Rig.with().config(defaults()).room(room).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(grpc.call(SMALL).status()).isZero();
            try (RawHttp first = new RawHttp(rig.httpPort())) {
                assertThat(first.post(PATH, SMALL).status()).isEqualTo(200);
                try (RawHttp second = new RawHttp(rig.httpPort())) {
                    assertThat(second.isClosedByPeer()).isTrue();
                }
                assertThat(rig.refused(Refusal.CONNECTIONS)).isEqualTo(1);
                assertThat(grpc.call(SMALL).status()).isZero();
            }
            rig.until(() -> rig.metric(ReceiverMetrics.CONNECTIONS, "http") == 0);
            rig.until(() -> room.take(ConnectionRoom.HTTP_BYTES));
            room.give(ConnectionRoom.HTTP_BYTES);
            try (RawHttp third = new RawHttp(rig.httpPort())) {
                assertThat(third.post(PATH, SMALL).status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aLargerHeapHasRoomForMoreConnections() {
        ConnectionRoom packaged = ConnectionRoom.ofHeap(20 << 20);
        int connections = 0;
        while (packaged.take(ConnectionRoom.GRPC_BYTES)) {
            connections++;
        }
        assertThat(connections).isEqualTo(512);
        assertThat(ConnectionRoom.ofHeap(64 << 20).take(1000 * ConnectionRoom.GRPC_BYTES)).isTrue();
        assertThat(ConnectionRoom.ofHeap(2 << 20).take(ConnectionRoom.GRPC_BYTES)).isTrue();
    }

    @Test
    void idleConnectionsAndSlowHeadsAreCut() throws Exception {
        ManualClock clock = new ManualClock();
        try (Rig rig = Rig.with().clock(clock).config(config(Pace.DEFAULT, LASTING, 10)).start();
                RawHttp idle = new RawHttp(rig.httpPort());
                RawHttp head = new RawHttp(rig.httpPort())) {
            assertThat(idle.post(PATH, SMALL).status()).isEqualTo(200);
            head.send("POST /v1/l");
            rig.until(() -> rig.metric(ReceiverMetrics.CONNECTIONS, "http") == 2);
            rig.until(() -> {
                clock.advance(TICK);
                return rig.metric(ReceiverMetrics.CONNECTIONS, "http") == 0;
            });
            assertThat(idle.isClosedByPeer()).isTrue();
            assertThat(head.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void slowBodiesAreCutAndTheirRoomGivenBack() throws Exception {
        ManualClock clock = new ManualClock();
        Pace pace = new Pace(Duration.ZERO, TICK, 1000);
        try (Rig rig = Rig.with().clock(clock).config(config(pace, LASTING, 10)).start();
                RawHttp http = new RawHttp(rig.httpPort());
                RawGrpc grpc = new RawGrpc(rig.grpcPort());
                RawGrpc prefix = new RawGrpc(rig.grpcPort())) {
            http.send(RawHttp.request(PATH, LARGE), 0, 10_000);
            int stream = grpc.open(headers(LOGS), false);
            grpc.data(stream, Arrays.copyOf(message(LARGE, false), 10_000), false);
            int silent = prefix.open(headers(LOGS), false);
            prefix.awaitSeen();
            rig.until(() -> received(rig) > 15_000);
            long reserved = rig.storeBytesReserved();
            assertThat(reserved).isPositive();
            clock.advance(TICK);
            assertThat(prefix.answer(silent).status()).isEqualTo(4);
            rig.until(() -> rig.refused(Refusal.TIMEOUT) == 1);
            http.send(new byte[1]);
            clock.advance(TICK);
            assertThat(http.answer().status()).isEqualTo(408);
            assertThat(http.isClosedByPeer()).isTrue();
            assertThat(grpc.answer(stream).status()).isEqualTo(4);
            assertThat(grpc.reset(stream)).isZero();
            assertThat(rig.refused(Refusal.TIMEOUT)).isEqualTo(3);
            assertThat(rig.storeBytesReserved()).isLessThan(reserved);
            assertThat(grpc.call(SMALL).status()).isZero();
        }
    }

    @Test
    void bodiesHaveATimeOfTheirOwnWhereThatIsWritten() throws Exception {
        ManualClock clock = new ManualClock();
        Pace pace = new Pace(TICK, Duration.ZERO, 0);
        try (Rig rig = Rig.with().clock(clock).config(config(pace, LASTING, 10)).start();
                RawHttp http = new RawHttp(rig.httpPort())) {
            http.send(RawHttp.request(PATH, LARGE), 0, 10_000);
            rig.until(() -> received(rig) > 5_000);
            clock.advance(TICK);
            assertThat(http.answer().status()).isEqualTo(408);
        }
    }

    @Test
    void silentPeersArePingedAndIdleOrOldOnesRetired() throws Exception {
        ManualClock clock = new ManualClock();
        KeepAlive pinging =
                new KeepAlive(
                        Duration.ZERO,
                        TICK.multipliedBy(10),
                        Duration.ZERO,
                        TICK,
                        TICK,
                        Duration.ZERO,
                        true);
        try (Rig rig = Rig.with().clock(clock).config(config(Pace.DEFAULT, pinging, 10)).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(grpc.call(SMALL).status()).isZero();
            clock.advance(TICK);
            grpc.pinged();
            assertThat(grpc.call(SMALL).status()).isZero();
            clock.advance(TICK.multipliedBy(10));
            assertThat(grpc.goAway()).isZero();
            grpc.awaitClosed();
        }
        KeepAlive idle =
                new KeepAlive(
                        TICK,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        true);
        try (Rig rig = Rig.with().clock(clock).config(config(Pace.DEFAULT, idle, 10)).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            assertThat(grpc.call(SMALL).status()).isZero();
            clock.advance(TICK);
            assertThat(grpc.goAway()).isZero();
            grpc.awaitClosed();
        }
    }

    @Test
    void peersThatPingTooOftenAreToldToCalmDown() throws Exception {
        ManualClock clock = new ManualClock();
        KeepAlive strict =
                new KeepAlive(
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofSeconds(10),
                        true);
        try (Rig rig = Rig.with().clock(clock).config(config(Pace.DEFAULT, strict, 10)).start();
                RawGrpc polite = new RawGrpc(rig.grpcPort());
                RawGrpc eager = new RawGrpc(rig.grpcPort())) {
            for (int i = 0; i < 3; i++) {
                eager.ping();
            }
            assertThat(eager.call(SMALL).status()).isZero();
            for (int i = 0; i < 4; i++) {
                eager.ping();
            }
            assertThat(eager.goAway()).isEqualTo(11);
            eager.awaitClosed();
            for (int i = 0; i < 6; i++) {
                polite.ping();
                assertThat(polite.call(SMALL).status()).isZero();
            }
        }
    }

    @Test
    void headersThatFloodAreRefused() throws Exception {
        try (Rig rig = Rig.with().config(defaults()).start();
                RawGrpc grpc = new RawGrpc(rig.grpcPort())) {
            Http2Headers flood = headers(LOGS);
            for (int i = 0; i < 130; i++) {
                flood.add("x-" + i, "y".repeat(100));
            }
            assertThat(grpc.answer(grpc.open(flood, true)).header(":status")).isEqualTo("431");
            assertThat(grpc.call(SMALL).status()).isZero();
        }
    }
}
