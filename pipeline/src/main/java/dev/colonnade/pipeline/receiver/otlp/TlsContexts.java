package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.StartException;
import dev.colonnade.pipeline.tls.PrivateKeys;
import dev.colonnade.pipeline.tls.Tls;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the TLS of listeners.
final class TlsContexts {
    private TlsContexts() {}

    /// For HTTP/2.
    static Tls forGrpc(TlsServerConfig config, String key, System.Logger logger)
            throws StartException {
        return start(config, key, ApplicationProtocolNames.HTTP_2, logger);
    }

    /// For HTTP/1.1.
    static Tls forHttp(TlsServerConfig config, String key, System.Logger logger)
            throws StartException {
        return start(config, key, ApplicationProtocolNames.HTTP_1_1, logger);
    }

    private static Tls start(
            TlsServerConfig config, String key, String protocol, System.Logger logger)
            throws StartException {
        try {
            return new Tls(
                    () -> builder(config, protocol), files(config), config.tuning(), key, logger);
        } catch (IOException failure) {
            boolean isUnusable = failure instanceof javax.net.ssl.SSLException;
            throw isUnusable
                    ? unusable(key, failure)
                    : new StartException(
                            "cannot read the certificate or key of " + key + ": " + failure,
                            failure);
        } catch (GeneralSecurityException | IllegalArgumentException failure) {
            throw unusable(key, failure);
        }
    }

    private static SslContextBuilder builder(TlsServerConfig config, String protocol)
            throws IOException {
        byte[] privateKey = PrivateKeys.toPkcs8(read(config.key()));
        SslContextBuilder builder =
                SslContextBuilder.forServer(
                                new ByteArrayInputStream(read(config.certificate())),
                                new ByteArrayInputStream(privateKey))
                        .applicationProtocolConfig(
                                new ApplicationProtocolConfig(
                                        ApplicationProtocolConfig.Protocol.ALPN,
                                        ApplicationProtocolConfig.SelectorFailureBehavior
                                                .NO_ADVERTISE,
                                        ApplicationProtocolConfig.SelectedListenerFailureBehavior
                                                .ACCEPT,
                                        protocol))
                        .protocols(config.protocols());
        TlsServerConfig.Pem authority = config.clientAuthority();
        if (authority != null) {
            builder.trustManager(new ByteArrayInputStream(read(authority)))
                    .clientAuth(ClientAuth.REQUIRE);
        }
        return builder;
    }

    private static List<Path> files(TlsServerConfig config) {
        List<Path> files = new ArrayList<>();
        add(config.certificate(), files);
        add(config.key(), files);
        add(config.clientAuthority(), files);
        return files;
    }

    private static void add(TlsServerConfig.@Nullable Pem pem, List<Path> files) {
        if (pem instanceof TlsServerConfig.Pem.File file) {
            files.add(file.path());
        }
    }

    private static byte[] read(TlsServerConfig.Pem pem) throws IOException {
        return switch (pem) {
            case TlsServerConfig.Pem.File file -> Files.readAllBytes(file.path());
            case TlsServerConfig.Pem.Text text -> text.text().getBytes(StandardCharsets.UTF_8);
        };
    }

    private static StartException unusable(String key, Exception failure) {
        Throwable cause = failure.getCause();
        return new StartException(
                "cannot use the certificate or key of "
                        + key
                        + ": "
                        + (cause == null ? String.valueOf(failure.getMessage()) : cause),
                failure);
    }
}
