package dev.colonnade.pipeline.receiver.otlp;

import dev.colonnade.pipeline.tls.TlsTuning;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `tls` of a listener: certificate and key, and the authority that clients must prove themselves
/// to, where there is one. Each is a file or its text, never both.
///
/// @param certificate the server's certificate chain
/// @param key its private key (PKCS #8, PKCS #1 or SEC 1)
/// @param clientAuthority `client_ca_file`: clients must show a certificate signed by it; null when
///   they need none
/// @param minVersion `min_version`: `1.2` or `1.3`
/// @param maxVersion `max_version`: the same; null for the newest
/// @param tuning what clients can say of TLS as well
public record TlsServerConfig(
        Pem certificate,
        Pem key,
        @Nullable Pem clientAuthority,
        String minVersion,
        @Nullable String maxVersion,
        TlsTuning tuning) {
    /// What the Collector takes when nothing is written.
    public static final String MIN_VERSION_DEFAULT = "1.2";

    private static final List<String> VERSIONS = List.of("1.2", "1.3");

    /// Checks the versions.
    public TlsServerConfig {
        check("min_version", minVersion);
        if (maxVersion != null) {
            check("max_version", maxVersion);
            if (maxVersion.compareTo(minVersion) < 0) {
                throw new IllegalArgumentException(
                        "max_version must not be less than min_version: min_version="
                                + minVersion
                                + ", max_version="
                                + maxVersion);
            }
        }
    }

    /// Up to the newest version, all else as the runtime has it.
    public TlsServerConfig(
            Pem certificate, Pem key, @Nullable Pem clientAuthority, String minVersion) {
        this(certificate, key, clientAuthority, minVersion, null, TlsTuning.DEFAULT);
    }

    /// The versions that are spoken, by the runtime's names.
    List<String> protocols() {
        return VERSIONS.stream()
                .filter(version -> version.compareTo(minVersion) >= 0)
                .filter(version -> maxVersion == null || version.compareTo(maxVersion) <= 0)
                .map(version -> "TLSv" + version)
                .toList();
    }

    private static void check(String key, String version) {
        if (!VERSIONS.contains(version)) {
            throw new IllegalArgumentException(
                    "unsupported TLS version, supported: [1.2, 1.3]: " + key + "=" + version);
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
