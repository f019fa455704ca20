package dev.colonnade.pipeline.receiver.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.receiver.ReceiverMetrics;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import dev.colonnade.pipeline.receiver.otlp.TlsServerConfig.Pem;
import dev.colonnade.pipeline.tls.TlsTuning;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
        return new RawHttp(socket(port, trusting(withKey), version));
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
            rig.until(() -> rig.refused(Refusal.TLS) >= 3);
            assertThat(rig.drain()).hasSize(1);
        }
    }

    /// Scenario: the files are replaced while a connection is open, first by rubbish. Guarantees:
    /// rubbish changes nothing, new connections get the new certificate, the old one goes on.
    @Test
    void renewedCertificatesAreServedWithoutDroppingAnybody() throws Exception {
        Path certificate = folder.resolve("served.pem");
        Path key = folder.resolve("served.key");
        Files.writeString(certificate, client.certificate());
        Files.writeString(key, client.key());
        TlsServerConfig renewed =
                new TlsServerConfig(
                        new Pem.File(certificate),
                        new Pem.File(key),
                        null,
                        "1.3",
                        null,
                        new TlsTuning(List.of(), List.of("X25519"), Duration.ofMillis(5)));
        try (Rig rig = Rig.with().config(config(renewed)).start();
                RawHttp before = http(rig.httpPort(), client, "TLSv1.3")) {
            assertThat(before.post("/v1/logs", LARGE).status()).isEqualTo(200);
            Files.writeString(certificate, "rubbish");
            Files.writeString(key, server.key());
            assertThat(isServed(rig, client)).isTrue();
            Files.writeString(certificate, server.certificate());
            rig.until(() -> isServed(rig, server));
            assertThat(isServed(rig, client)).isFalse();
            assertThat(before.post("/v1/logs", LARGE).status()).isEqualTo(200);
            rig.drain();
        }
    }

    @Test
    void speaksWhatIsAllowedAndNothingElse() throws Exception {
        TlsServerConfig older =
                new TlsServerConfig(
                        new Pem.Text(server.certificate()),
                        new Pem.Text(server.key()),
                        null,
                        "1.2",
                        "1.2",
                        new TlsTuning(
                                List.of("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305"),
                                List.of("P384"),
                                Duration.ZERO));
        try (Rig rig = Rig.with().config(config(older)).start();
                RawHttp http = http(rig.httpPort(), false, "TLSv1.2");
                RawHttp newer = http(rig.httpPort(), false, "TLSv1.3")) {
            assertThat(http.post("/v1/logs", LARGE).status()).isEqualTo(200);
            assertThatThrownBy(() -> newer.post("/v1/logs", LARGE)).isInstanceOf(IOException.class);
            SSLSocket other = socket(rig.httpPort(), trusting(false), "TLSv1.2");
            other.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"});
            assertThatThrownBy(other::startHandshake).isInstanceOf(IOException.class);
            other.close();
        }
        assertThatThrownBy(() ->
                        new TlsServerConfig(
                                new Pem.Text("c"),
                                new Pem.Text("k"),
                                null,
                                "1.3",
                                "1.2",
                                TlsTuning.DEFAULT))
                .hasMessageContaining("max_version must not be less than min_version");
    }

    private static boolean isServed(Rig rig, Certificates trusted) {
        try (RawHttp http = http(rig.httpPort(), trusted, "TLSv1.3")) {
            return http.post("/v1/logs", LARGE).status() == 200;
        } catch (IOException _) {
            return false;
        } catch (Exception unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    private static RawHttp http(int port, Certificates trusted, String version) throws Exception {
        SslContext context =
                SslContextBuilder.forClient()
                        .trustManager(in(trusted.certificate()))
                        .endpointIdentificationAlgorithm(null)
                        .build();
        return new RawHttp(socket(port, context, version));
    }

    private static SSLSocket socket(int port, SslContext context, String version) throws Exception {
        SSLSocket socket =
                (SSLSocket)
                        ((JdkSslContext) context)
                                .context()
                                .getSocketFactory()
                                .createSocket("127.0.0.1", port);
        socket.setEnabledProtocols(new String[] {version});
        return socket;
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
