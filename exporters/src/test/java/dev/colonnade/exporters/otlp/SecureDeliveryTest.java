package dev.colonnade.exporters.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.colonnade.exporters.OtlpGrpcExporterConfig;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.ProxyConfig;
import dev.colonnade.exporters.TlsClientConfig;
import dev.colonnade.exporters.testkit.Backend;
import dev.colonnade.exporters.testkit.Certificates;
import dev.colonnade.exporters.testkit.ConnectProxy;
import dev.colonnade.exporters.testkit.Rig;
import dev.colonnade.exporters.testkit.Script;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.testkit.RandomOtlp;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Signal;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// TLS both ways, and proxies.
@Timeout(60)
final class SecureDeliveryTest {
    @TempDir static Path folder;
    private static Certificates certificates;

    private final byte[] request = new RandomOtlp(new Random(1)).request(Signal.LOGS, 50);

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificates = new Certificates(folder).make("backend.test").make("client.test");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void deliversToAServerThatItTrusts(Protocol protocol) throws Exception {
        Script script = Script.ok();
        try (Backend backend = backend(protocol, script, false);
                Rig rig = rig(protocol, backend.port(), trusting(), ProxyConfig.NONE)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            assertThat(script.received().getFirst().plain()).isEqualTo(request);
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void saysWhoItIsWhenAsked(Protocol protocol) throws Exception {
        Script script = Script.ok();
        TlsClientConfig named =
                trusting()
                        .withClientCertificate(
                                certificates.certificate("client.test").toString(),
                                certificates.key("client.test").toString());
        try (Backend backend = backend(protocol, script, true);
                Rig rig = rig(protocol, backend.port(), named, ProxyConfig.NONE)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void keepsEverythingFromAServerThatItDoesNotTrust(Protocol protocol) throws Exception {
        Script script = Script.ok();
        TlsClientConfig other =
                TlsClientConfig.DEFAULT.withCaFile(
                        certificates.certificate("client.test").toString());
        try (Backend backend = backend(protocol, script, false);
                Rig rig = rig(protocol, backend.port(), other, ProxyConfig.NONE)) {
            assertThat(rig.append(Signal.LOGS, request, 50)).isNotDone();
            Until.holds(() ->
                    rig.log().lines().stream()
                            .anyMatch(line -> line.contains("TLS handshake failed")));
            assertThat(script.received()).isEmpty();
            assertThat(rig.store(Signal.LOGS).backlogRecords(0)).isEqualTo(50);
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void checksTheNameUnlessToldNotTo(Protocol protocol) throws Exception {
        Script script = Script.ok();
        try (Backend backend = backend(protocol, script, false);
                Rig rig =
                        rig(
                                protocol,
                                backend.port(),
                                trusting().withServerNameOverride("other.test"),
                                ProxyConfig.NONE)) {
            assertThat(rig.append(Signal.LOGS, request, 50)).isNotDone();
            Until.holds(() -> !rig.log().lines().isEmpty());
            assertThat(script.received()).isEmpty();
        }
        try (Backend backend = backend(protocol, script, false);
                Rig rig =
                        rig(
                                protocol,
                                backend.port(),
                                TlsClientConfig.DEFAULT
                                        .withServerNameOverride("other.test")
                                        .withoutVerification(),
                                ProxyConfig.NONE)) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
        }
    }

    @Test
    void unreadableCertificatesFailTheStart() {
        TlsClientConfig missing = TlsClientConfig.DEFAULT.withCaFile("no/such/file.pem");
        assertThatThrownBy(() -> rigOf("https://backend.test:1", missing, ProxyConfig.NONE).close())
                .isInstanceOf(StartException.class)
                .hasMessageContaining("no/such/file.pem");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void goesThroughATunnelToNamesThatOnlyTheProxyKnows(Protocol protocol) throws Exception {
        Script script = Script.ok();
        try (Backend backend = backend(protocol, script, false);
                ConnectProxy proxy = new ConnectProxy(backend.port());
                Rig rig =
                        rigOf(
                                protocol,
                                "https://backend.test:4317",
                                trusting(),
                                ProxyConfig.ofEnvironment(
                                        Map.of(
                                                "HTTPS_PROXY",
                                                "http://me:secret@127.0.0.1:" + proxy.port())))) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            assertThat(script.received().getFirst().plain()).isEqualTo(request);
            String credentials =
                    Base64.getEncoder()
                            .encodeToString("me:secret".getBytes(StandardCharsets.US_ASCII));
            assertThat(proxy.heads().getFirst())
                    .startsWith("CONNECT backend.test:4317 HTTP/1.1\r\n")
                    .contains("Proxy-Authorization: Basic " + credentials);
        }
    }

    @Test
    void asksAProxyForPlainUrls() throws Exception {
        Script script = Script.ok();
        try (Backend proxy = Backend.http(script);
                Rig rig =
                        rigOf(
                                Protocol.HTTP,
                                "http://backend.test:4318",
                                TlsClientConfig.DEFAULT,
                                ProxyConfig.NONE.withProxyUrl(
                                        "http://127.0.0.1:" + proxy.port()))) {
            assertThat(Rig.await(rig.append(Signal.LOGS, request, 50))).isEmpty();
            assertThat(script.received().getFirst().path())
                    .isEqualTo("http://backend.test:4318/v1/logs");
            assertThat(script.received().getFirst().headers())
                    .containsEntry("host", "backend.test:4318");
        }
    }

    private static TlsClientConfig trusting() {
        return TlsClientConfig.DEFAULT.withCaFile(
                certificates.certificate("backend.test").toString());
    }

    private static Backend backend(Protocol protocol, Script script, boolean asksWho)
            throws Exception {
        SslContextBuilder builder =
                SslContextBuilder.forServer(
                        certificates.certificate("backend.test").toFile(),
                        certificates.key("backend.test").toFile());
        if (asksWho) {
            builder.clientAuth(ClientAuth.REQUIRE)
                    .trustManager(certificates.certificate("client.test").toFile());
        }
        if (protocol == Protocol.GRPC) {
            builder.applicationProtocolConfig(
                    new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            "h2"));
        }
        SslContext tls = builder.build();
        return switch (protocol) {
            case GRPC -> Backend.grpc(script, 0, tls, 1000);
            case HTTP -> Backend.http(script, 0, tls);
        };
    }

    private static Rig rig(Protocol protocol, int port, TlsClientConfig tls, ProxyConfig proxy)
            throws StartException {
        return rigOf(protocol, "https://127.0.0.1:" + port, tls, proxy);
    }

    private static Rig rigOf(String endpoint, TlsClientConfig tls, ProxyConfig proxy)
            throws StartException {
        return rigOf(Protocol.GRPC, endpoint, tls, proxy);
    }

    private static Rig rigOf(
            Protocol protocol, String endpoint, TlsClientConfig tls, ProxyConfig proxy)
            throws StartException {
        return switch (protocol) {
            case GRPC -> {
                OtlpGrpcExporterConfig config =
                        OtlpGrpcExporterConfig.of(endpoint)
                                .withTls(tls)
                                .withProxy(proxy)
                                .withCompression(Codec.ZSTD)
                                .withRetry(Protocol.QUICK);
                yield new Rig(context -> new OtlpGrpcExporter(Protocol.ID, config, context));
            }
            case HTTP -> {
                OtlpHttpExporterConfig config =
                        OtlpHttpExporterConfig.of(endpoint)
                                .withTls(tls)
                                .withProxy(proxy)
                                .withRetry(Protocol.QUICK);
                yield new Rig(context -> new OtlpHttpExporter(Protocol.ID, config, context));
            }
        };
    }
}
