package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.ExporterContext;
import dev.colonnade.exporters.TlsClientConfig;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.tls.PrivateKeys;
import dev.colonnade.pipeline.tls.Tls;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// Makes TLS clients out of what users write.
final class TlsContexts {
    private static final List<String> VERSIONS = List.of("1.2", "1.3");

    private TlsContexts() {}

    /// A client's TLS.
    ///
    /// @param protocol the application protocol to negotiate; null to negotiate none
    /// @throws StartException when a file cannot be read or is not what it should be
    static Tls client(TlsClientConfig config, @Nullable String protocol, ExporterContext context)
            throws StartException {
        try {
            Tls tls =
                    new Tls(
                            () -> builder(config, protocol),
                            files(config),
                            config.tuning(),
                            "tls of an exporter",
                            context.logger());
            tls.watch(context.loops().loop(0), context.blocking());
            return tls;
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new StartException("TLS settings cannot be used: " + e.getMessage(), e);
        }
    }

    private static SslContextBuilder builder(TlsClientConfig config, @Nullable String protocol)
            throws IOException, GeneralSecurityException {
        SslContextBuilder builder =
                SslContextBuilder.forClient()
                        .sslProvider(SslProvider.JDK)
                        .protocols(protocols(config));
        trust(builder, config);
        identity(builder, config);
        if (protocol != null) {
            builder.applicationProtocolConfig(
                    new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            protocol));
        }
        return builder;
    }

    private static List<Path> files(TlsClientConfig config) {
        return Stream.of(config.caFile(), config.certFile(), config.keyFile())
                .filter(Objects::nonNull)
                .map(Path::of)
                .toList();
    }

    private static List<String> protocols(TlsClientConfig config) {
        @Nullable String newest = config.maxVersion();
        List<String> protocols = new ArrayList<>();
        for (String version : VERSIONS) {
            boolean isNewEnough = version.compareTo(config.minVersion()) >= 0;
            if (isNewEnough && (newest == null || version.compareTo(newest) <= 0)) {
                protocols.add("TLSv" + version);
            }
        }
        return protocols;
    }

    private static void trust(SslContextBuilder builder, TlsClientConfig config)
            throws IOException, GeneralSecurityException {
        if (config.insecureSkipVerify()) {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
            builder.endpointIdentificationAlgorithm(null);
            return;
        }
        byte @Nullable [] pem = read(config.caFile(), config.caPem());
        if (pem == null) {
            return;
        }
        List<X509Certificate> roots = new ArrayList<>();
        for (Certificate root :
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(pem))) {
            roots.add((X509Certificate) root);
        }
        if (roots.isEmpty()) {
            throw new IllegalArgumentException("no certificate in the written roots");
        }
        if (config.includeSystemCaCertsPool()) {
            roots.addAll(systemRoots());
        }
        builder.trustManager(roots);
    }

    private static List<X509Certificate> systemRoots() throws GeneralSecurityException {
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        @Nullable KeyStore platform = null;
        factory.init(platform);
        List<X509Certificate> roots = new ArrayList<>();
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager trust) {
                roots.addAll(List.of(trust.getAcceptedIssuers()));
            }
        }
        return roots;
    }

    private static void identity(SslContextBuilder builder, TlsClientConfig config)
            throws IOException {
        byte @Nullable [] chain = read(config.certFile(), config.certPem());
        byte @Nullable [] key = read(config.keyFile(), config.keyPem());
        if (chain != null && key != null) {
            builder.keyManager(
                    new ByteArrayInputStream(chain),
                    new ByteArrayInputStream(PrivateKeys.toPkcs8(key)));
        }
    }

    private static byte @Nullable [] read(@Nullable String file, @Nullable String pem)
            throws IOException {
        if (file != null) {
            return Files.readAllBytes(Path.of(file));
        }
        return pem == null ? null : pem.getBytes(StandardCharsets.UTF_8);
    }
}
