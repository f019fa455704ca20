package dev.colonnade.pipeline.receiver.otlp;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// `tls` of a listener: certificate and key, and the authority that clients must prove themselves
/// to, where there is one. Each is a file or its text, never both.
///
/// @param certificate the server's certificate chain
/// @param key its private key (PKCS#8)
/// @param clientAuthority `client_ca_file`: clients must show a certificate signed by it; null when
///   they need none
/// @param minVersion `min_version`: `1.2` or `1.3`
public record TlsServerConfig(
        Pem certificate, Pem key, @Nullable Pem clientAuthority, String minVersion) {
    /// What the Collector takes when nothing is written.
    public static final String MIN_VERSION_DEFAULT = "1.2";

    /// Checks the version.
    public TlsServerConfig {
        if (!minVersion.equals("1.2") && !minVersion.equals("1.3")) {
            throw new IllegalArgumentException(
                    "unsupported TLS version, supported: [1.2, 1.3]: min_version=" + minVersion);
        }
    }

    /// Something in PEM.
    public sealed interface Pem {
        /// In a file.
        record File(Path path) implements Pem {}

        /// As text.
        record Text(String text) implements Pem {
            @Override
            public String toString() {
                return "[REDACTED]";
            }
        }
    }
}
