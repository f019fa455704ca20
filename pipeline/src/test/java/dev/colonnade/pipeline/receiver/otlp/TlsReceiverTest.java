package dev.colonnade.pipeline.receiver.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.receiver.otlp.TlsServerConfig.Pem;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TlsReceiverTest {
    private static final byte[] LARGE = Payloads.logs(5000, 300, 1);
    private static final Endpoint ANYWHERE = new Endpoint("127.0.0.1", 0);

    @TempDir private static Path folder;
    private static Certificates server;
    private static Certificates client;

    @BeforeAll
    static void makesCertificates() throws Exception {
        server = Certificates.make(folder, "server");
        client = Certificates.make(folder, "client");
    }

    private static OtlpReceiverConfig config(TlsServerConfig tls) {
        OtlpGrpcConfig grpc = OtlpGrpcConfig.at(ANYWHERE);
        OtlpHttpConfig http = OtlpHttpConfig.at(ANYWHERE);
        return new OtlpReceiverConfig(
                new OtlpGrpcConfig(
                        ANYWHERE,
                        tls,
                        grpc.body(),
                        grpc.connectionsMax(),
                        grpc.streams(),
                        grpc.keepAlive(),
                        grpc.pace(),
                        grpc.access()),
                new OtlpHttpConfig(
                        ANYWHERE,
                        tls,
                        http.body(),
                        http.connectionsMax(),
                        http.paths(),
                        http.headerBytesMax(),
                        http.readHeaderTimeout(),
                        http.idleTimeout(),
                        http.pace(),
                        null,
                        http.access()));
    }

    private static TlsServerConfig tls(@Nullable Pem authority, String minVersion) {
        return new TlsServerConfig(
                new Pem.Text(server.certificate()),
                new Pem.Text(server.key()),
                authority,
                minVersion);
    }

    private static InputStream in(String pem) {
        return new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
    }

    private static SslContext trusting(boolean withKey, String... protocols) throws Exception {
        SslContextBuilder builder =
                SslContextBuilder.forClient()
                        .trustManager(in(server.certificate()))
                        .endpointIdentificationAlgorithm(null);
        if (withKey) {
            builder.keyManager(in(client.certificate()), in(client.key()));
        }
        if (protocols.length > 0) {
            builder.applicationProtocolConfig(
                    new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            protocols));
        }
        return builder.build();
    }

    private static RawHttp http(int port, boolean withKey, String version) throws Exception {
        SSLContext context = ((io.netty.handler.ssl.JdkSslContext) trusting(withKey)).context();
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
        socket.setEnabledProtocols(new String[] {version});
        return new RawHttp(socket);
    }

    @Test
    void servesBothProtocolsOverTls() throws Exception {
        try (Rig rig = Rig.with().config(config(tls(null, "1.2"))).start();
                RawHttp http = http(rig.httpPort(), false, "TLSv1.2");
                RawGrpc grpc =
                        new RawGrpc(
                                rig.grpcPort(),
                                trusting(false, ApplicationProtocolNames.HTTP_2),
                                null)) {
            assertThat(http.post("/v1/logs", LARGE).status()).isEqualTo(200);
            assertThat(http.post("/v1/logs", LARGE).status()).isEqualTo(200);
            assertThat(grpc.call(LARGE).status()).isZero();
            assertThat(rig.drain())
                    .hasSize(3)
                    .allSatisfy(one -> assertThat(one.bytes()).isEqualTo(LARGE));
            assertThat(rig.metric(ReceiverMetrics.BYTES_COPIED, "http"))
                    .isEqualTo(2L * LARGE.length);
        }
    }

    @Test
    void refusesClientsWithoutTheRightCertificate() throws Exception {
        Path authority = Files.writeString(folder.resolve("ca.pem"), client.certificate());
        TlsServerConfig mutual = tls(new Pem.File(authority), "1.3");
        try (Rig rig = Rig.with().config(config(mutual)).start();
                RawHttp known = http(rig.httpPort(), true, "TLSv1.3");
                RawHttp unknown = http(rig.httpPort(), false, "TLSv1.3");
                RawHttp old = http(rig.httpPort(), true, "TLSv1.2");
                RawHttp plain = new RawHttp(rig.httpPort())) {
            assertThat(known.post("/v1/logs", LARGE).status()).isEqualTo(200);
            assertThatThrownBy(() -> unknown.post("/v1/logs", LARGE))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> old.post("/v1/logs", LARGE)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> plain.post("/v1/logs", LARGE)).isInstanceOf(Exception.class);
            assertThat(rig.drain()).hasSize(1);
        }
    }

    @Test
    void namesCertificatesThatCannotBeUsed() {
        TlsServerConfig missing =
                new TlsServerConfig(
                        new Pem.File(folder.resolve("none.pem")),
                        new Pem.Text(server.key()),
                        null,
                        "1.2");
        assertThatThrownBy(() -> Rig.with().config(config(missing)).start())
                .isInstanceOf(StartException.class)
                .hasMessageContaining("receivers::otlp::protocols::grpc::tls")
                .hasMessageContaining("none.pem");
        TlsServerConfig garbage =
                new TlsServerConfig(
                        new Pem.Text("nonsense"), new Pem.Text(server.key()), null, "1.2");
        assertThatThrownBy(() -> Rig.with().config(config(garbage)).start())
                .isInstanceOf(StartException.class)
                .hasMessageContaining("cannot use the certificate");
        assertThat(new Pem.Text("secret").toString()).doesNotContain("secret");
        assertThatThrownBy(() -> tls(null, "1.0")).hasMessageContaining("min_version=1.0");
    }
}
