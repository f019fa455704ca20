package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.StartException;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import javax.net.ssl.SSLException;

/// Makes the TLS contexts of listeners.
final class TlsContexts {
    private static final ApplicationProtocolConfig H2 =
            new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2);

    private static final ApplicationProtocolConfig HTTP_1 =
            new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_1_1);

    private TlsContexts() {}

    /// For HTTP/2.
    static SslContext forGrpc(TlsServerConfig config, String key) throws StartException {
        return build(config, key, H2);
    }

    /// For HTTP/1.1.
    static SslContext forHttp(TlsServerConfig config, String key) throws StartException {
        return build(config, key, HTTP_1);
    }

    private static SslContext build(
            TlsServerConfig config, String key, ApplicationProtocolConfig protocols)
            throws StartException {
        try (InputStream certificate = open(config.certificate());
                InputStream privateKey = open(config.key())) {
            SslContextBuilder builder =
                    SslContextBuilder.forServer(certificate, privateKey)
                            .applicationProtocolConfig(protocols);
            if (config.minVersion().equals("1.3")) {
                builder.protocols("TLSv1.3");
            } else {
                builder.protocols("TLSv1.3", "TLSv1.2");
            }
            TlsServerConfig.Pem authority = config.clientAuthority();
            if (authority == null) {
                return builder.build();
            }
            try (InputStream trusted = open(authority)) {
                return builder.trustManager(trusted).clientAuth(ClientAuth.REQUIRE).build();
            }
        } catch (SSLException | IllegalArgumentException failure) {
            throw new StartException(
                    "cannot use the certificate or key of " + key + ": " + reason(failure),
                    failure);
        } catch (IOException failure) {
            throw new StartException(
                    "cannot read the certificate or key of " + key + ": " + failure, failure);
        }
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause == null ? String.valueOf(failure.getMessage()) : String.valueOf(cause);
    }

    private static InputStream open(TlsServerConfig.Pem pem) throws IOException {
        return switch (pem) {
            case TlsServerConfig.Pem.File file -> Files.newInputStream(file.path());
            case TlsServerConfig.Pem.Text text ->
                    new ByteArrayInputStream(text.text().getBytes(StandardCharsets.UTF_8));
        };
    }
}
