package dev.colonnade.pipeline.receiver.otlp;

import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.LOGS;
import static dev.colonnade.pipeline.receiver.otlp.RawGrpc.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Peers that break HTTP/2's rules, or flood; the receiver goes on serving others.
final class HostileTest {
    private static final byte[] SMALL = Payloads.logs(3, 40, 1);
    private static final OtlpReceiverConfig CONFIG =
            new OtlpReceiverConfig(
                    OtlpGrpcConfig.at(new Endpoint("127.0.0.1", 0)),
                    OtlpHttpConfig.at(new Endpoint("127.0.0.1", 0)));
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int CONTINUATION = 9;

    /// A socket that writes frames as they are given.
    private static final class Frames implements AutoCloseable {
        private final Socket socket;
        private final DataOutputStream out;
        private final DataInputStream in;

        Frames(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(20_000);
            out = new DataOutputStream(socket.getOutputStream());
            in = new DataInputStream(socket.getInputStream());
            out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            frame(SETTINGS, 0, 0);
            frame(SETTINGS, 1, 0);
        }

        void frame(int type, int flags, int stream, byte... payload) throws IOException {
            header(payload.length, type, flags, stream);
            out.write(payload);
        }

        void header(int length, int type, int flags, int stream) throws IOException {
            out.write(length >> 16);
            out.writeShort(length);
            out.write(type);
            out.write(flags);
            out.writeInt(stream);
        }

        /// The header block of an export of logs: indexed POST and http, the rest literal.
        void request(int stream) throws IOException {
            java.io.ByteArrayOutputStream block = new java.io.ByteArrayOutputStream();
            block.write(0x83);
            block.write(0x86);
            literal(block, ":path", LOGS);
            literal(block, "content-type", "application/grpc");
            literal(block, "te", "trailers");
            frame(HEADERS, 4, stream, block.toByteArray());
        }

        private static void literal(
                java.io.ByteArrayOutputStream block, String name, String value) {
            block.write(0);
            block.write(name.length());
            block.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
            block.write(value.length());
            block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
        }

        /// The error code of the GOAWAY that ends the connection, or -1 when there was none.
        long goAway() throws IOException {
            long code = -1;
            try {
                while (true) {
                    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                    int type = in.readUnsignedByte();
                    in.skipBytes(5);
                    byte[] payload = in.readNBytes(length);
                    if (type == GOAWAY) {
                        code = java.nio.ByteBuffer.wrap(payload).getInt(4);
                    }
                }
            } catch (EOFException | SocketException _) {
                return code;
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static void serves(Rig rig) throws Exception {
        try (RawGrpc grpc = new RawGrpc(rig.grpcPort());
                RawHttp http = new RawHttp(rig.httpPort())) {
            assertThat(grpc.call(SMALL).status()).isZero();
            assertThat(http.post("/v1/logs", SMALL).status()).isEqualTo(200);
        }
    }

    @Test
    void moreThanTheWindowIsAFlowControlError() throws Exception {
        try (Rig rig = Rig.with().config(CONFIG).start();
                Frames frames = new Frames(rig.grpcPort())) {
            frames.request(1);
            byte[] part = Arrays.copyOf(message(Payloads.logs(2000, 300, 1), false), 16_384);
            part[0] = 7;
            frames.frame(DATA, 0, 1, Arrays.copyOf(message(new byte[1 << 25], false), 5));
            for (int i = 0; i < 200; i++) {
                frames.frame(DATA, 0, 1, part);
            }
            frames.frame(PING, 0, 0, new byte[7]);
            assertThat(frames.goAway()).isEqualTo(6);
            serves(rig);
        }
    }

    @Test
    void dataBetweenHeadersAndTheirContinuationIsAProtocolError() throws Exception {
        try (Rig rig = Rig.with().config(CONFIG).start();
                Frames frames = new Frames(rig.grpcPort())) {
            frames.frame(HEADERS, 0, 1, (byte) 0x83);
            frames.frame(DATA, 1, 1, new byte[10]);
            assertThat(frames.goAway()).isEqualTo(1);
            serves(rig);
        }
    }

    @Test
    void framesThatAreTooLongAreRefusedBeforeTheyAreGathered() throws Exception {
        try (Rig rig = Rig.with().config(CONFIG).start();
                Frames frames = new Frames(rig.grpcPort());
                Frames padded = new Frames(rig.grpcPort());
                Frames data = new Frames(rig.grpcPort())) {
            frames.header(200_000, HEADERS, 4, 1);
            frames.out.write(new byte[100]);
            assertThat(frames.goAway()).isPositive();
            padded.request(1);
            padded.header(200_000, DATA, 8, 1);
            padded.out.write(new byte[100]);
            assertThat(padded.goAway()).isEqualTo(11);
            data.header(300_000, DATA, 0, 1);
            assertThat(data.goAway()).isEqualTo(6);
            serves(rig);
        }
    }

    @Test
    void floodsOfResetsEmptyFramesAndContinuationsEndTheConnection() throws Exception {
        try (Rig rig = Rig.with().config(CONFIG).start();
                Frames resets = new Frames(rig.grpcPort());
                Frames empty = new Frames(rig.grpcPort());
                Frames continuations = new Frames(rig.grpcPort());
                Frames errors = new Frames(rig.grpcPort())) {
            for (int stream = 1; stream < 1000; stream += 2) {
                resets.request(stream);
                resets.frame(RST_STREAM, 0, stream, new byte[4]);
            }
            assertThat(resets.goAway()).isEqualTo(11);
            empty.request(1);
            for (int i = 0; i < 10; i++) {
                empty.frame(DATA, 0, 1);
            }
            assertThat(empty.goAway()).isEqualTo(11);
            continuations.frame(HEADERS, 0, 1, (byte) 0x83);
            flood(continuations);
            assertThat(continuations.goAway()).isEqualTo(11);
            errors.request(1);
            errors.frame(DATA, 1, 1, message(SMALL, false));
            for (int i = 0; i < 400; i++) {
                errors.frame(DATA, 0, 1, new byte[1]);
            }
            assertThat(errors.goAway()).isEqualTo(11);
            serves(rig);
        }
    }

    private static void flood(Frames frames) {
        try {
            for (int i = 0; i < 1000; i++) {
                frames.frame(CONTINUATION, 0, 1, (byte) 0x86);
            }
        } catch (IOException _) {
            // Cut off before the end, as it should be.
        }
    }

    @Test
    void whatIsNotHttp2IsRefused() throws Exception {
        try (Rig rig = Rig.with().config(CONFIG).start();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), rig.grpcPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
            serves(rig);
        }
    }

    @Test
    void answersThatNobodyReadsHoldBackFurtherRequests() throws Exception {
        try (Rig rig = Rig.with().config(CONFIG).start();
                Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.setSendBufferSize(4096);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), rig.httpPort()));
            byte[] get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            byte[] many = new byte[get.length * 200_000];
            for (int at = 0; at < many.length; at += get.length) {
                System.arraycopy(get, 0, many, at, get.length);
            }
            Thread writer =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    socket.getOutputStream().write(many);
                                } catch (IOException _) {
                                    // The test has closed the socket.
                                }
                            });
            long[] before = {-1};
            rig.until(() -> {
                long now = rig.refused(Refusal.UNKNOWN);
                boolean isStill = now > 0 && now == before[0];
                before[0] = now;
                return isStill;
            });
            assertThat(rig.refused(Refusal.UNKNOWN)).isLessThan(200_000);
            serves(rig);
            socket.close();
            writer.join();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void garbageOnEitherPortHarmsNobody(long seed) throws Exception {
        Random random = new Random(seed);
        try (Rig rig = Rig.with().config(CONFIG).start()) {
            for (int i = 0; i < 40; i++) {
                byte[] bytes = new byte[1 + random.nextInt(5000)];
                random.nextBytes(bytes);
                try (RawHttp http = new RawHttp(rig.httpPort());
                        Frames frames = new Frames(rig.grpcPort())) {
                    byte[] request = RawHttp.request("/v1/logs", SMALL);
                    for (int change = 0; change < 3; change++) {
                        request[random.nextInt(request.length)] = bytes[0];
                    }
                    http.send(random.nextBoolean() ? bytes : request);
                    frames.request(1);
                    frames.frame(random.nextInt(12), random.nextInt(256), 1, bytes);
                } catch (SocketException _) {
                    // Cut off already.
                }
            }
            serves(rig);
        }
    }
}
