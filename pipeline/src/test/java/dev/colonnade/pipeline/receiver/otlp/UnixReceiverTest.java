package dev.colonnade.pipeline.receiver.otlp;

import static dev.colonnade.pipeline.receiver.otlp.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Listeners on unix sockets, and on IPv6.
final class UnixReceiverTest {
    private static final byte[] SMALL = Payloads.logs(3, 40, 1);
    private static final byte[] LARGE = Payloads.logs(4000, 300, 2);

    /// `::1`
    private static final byte[] LOOPBACK = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    @TempDir Path folder;

    @BeforeEach
    void needsEpoll() {
        assumeTrue(Epoll.isAvailable(), "epoll is absent");
    }

    @Test
    void takesRequestsAndRemovesItsFileAtTheEnd() throws Exception {
        Path file = folder.resolve("otlp.sock");
        try (Rig rig = start(file)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-rw----");
            assertThat(rig.httpPort()).isZero();
            try (SocketChannel client = connect(file)) {
                assertThat(post(client, SMALL)).startsWith("HTTP/1.1 200 OK\r\n");
                assertThat(post(client, LARGE)).startsWith("HTTP/1.1 200 OK\r\n");
            }
            assertThat(rig.drain()).extracting(Rig.Stored::records).containsExactly(3, 4000);
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void takesOverFromAProcessThatWasKilled() throws Exception {
        Path file = folder.resolve("otlp.sock");
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(file));
        }
        assertThat(file).as("what is left behind").exists();
        try (Rig rig = start(file);
                SocketChannel client = connect(file)) {
            assertThat(post(client, SMALL)).startsWith("HTTP/1.1 200 OK\r\n");
            assertThat(rig.drain()).hasSize(1);
        }
    }

    @Test
    void takesNothingFromAProcessThatListens() throws Exception {
        Path file = folder.resolve("otlp.sock");
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(file));
            assertThatThrownBy(() -> start(file))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("another process listens there")
                    .hasMessageContaining("receivers::otlp::protocols::http::endpoint");
            assertThat(file).exists();
        }
    }

    @Test
    void removesNoFileThatIsNoSocket() throws Exception {
        Path file = Files.writeString(folder.resolve("precious"), "data");
        assertThatThrownBy(() -> start(file))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("no socket");
        assertThat(file).hasContent("data");
    }

    @Test
    void saysWhereNoFileCanBeMade() {
        assertThatThrownBy(() -> start(folder.resolve("absent/otlp.sock")))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("cannot listen on unix:");
        assertThatThrownBy(() -> Endpoint.unix(Path.of("/" + "x".repeat(107))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytes=108");
    }

    @Test
    void grpcListensOnUnixSocketsToo() throws Exception {
        Path file = folder.resolve("grpc.sock");
        OtlpGrpcConfig grpc = OtlpGrpcConfig.at(Endpoint.unix(file));
        try (Rig rig = Rig.with().config(new OtlpReceiverConfig(grpc, null)).start();
                SocketChannel client = connect(file)) {
            assertThat(rig.grpcPort()).isZero();
            client.write(
                    ByteBuffer.wrap(
                            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
                                    .getBytes(StandardCharsets.ISO_8859_1)));
            ByteBuffer answer = ByteBuffer.allocate(9);
            while (answer.hasRemaining() && client.read(answer) >= 0) {
                assertThat(client.isOpen()).isTrue();
            }
            assertThat(answer.get(3))
                    .as("the type of its first frame: settings")
                    .isEqualTo((byte) 4);
        }
    }

    @Test
    void listensOnIpv6() throws Exception {
        assumeTrue(
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .anyMatch(
                                address -> address.getHostAddress().startsWith("0:0:0:0:0:0:0:1")),
                "IPv6 is absent");
        OtlpHttpConfig http = OtlpHttpConfig.at(new Endpoint("::1", 0));
        try (Rig rig = Rig.with().config(new OtlpReceiverConfig(null, http)).start();
                RawHttp raw =
                        new RawHttp(
                                new Socket(InetAddress.getByAddress(LOOPBACK), rig.httpPort()))) {
            assertThat(raw.post("/v1/logs", SMALL).status()).isEqualTo(200);
            assertThat(rig.drain()).hasSize(1);
        }
    }

    private static Rig start(Path file) throws StartException {
        OtlpHttpConfig http = OtlpHttpConfig.at(Endpoint.unix(file));
        return Rig.with().config(new OtlpReceiverConfig(null, http)).start();
    }

    private static SocketChannel connect(Path file) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(file));
    }

    private static String post(SocketChannel client, byte[] body) throws IOException {
        ByteBuffer request = ByteBuffer.wrap(request("/v1/logs", body));
        while (request.hasRemaining()) {
            client.write(request);
        }
        StringBuilder answer = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (answer.indexOf("\r\n\r\n") < 0 && client.read(one) >= 0) {
            answer.append((char) one.get(0));
            one.clear();
        }
        return answer.toString();
    }
}
