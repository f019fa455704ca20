package dev.colonnade.exporters;

import dev.colonnade.pipeline.tls.TlsTuning;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `tls` of a client: whether a connection is encrypted, whom it trusts and who it is.
///
/// @param insecure no TLS, where the endpoint does not say `https://`
/// @param insecureSkipVerify the server's certificate is not checked at all
/// @param serverNameOverride the name to expect in the certificate; null for the endpoint's host
/// @param caFile PEM file of trusted roots; null for the platform's
/// @param caPem the same, written in place
/// @param certFile PEM file of the client's certificate chain
/// @param certPem the same, written in place
/// @param keyFile PEM file of the client's private key: PKCS #8, PKCS #1 or SEC 1
/// @param keyPem the same, written in place
/// @param includeSystemCaCertsPool the platform's roots are trusted beside the written ones
/// @param minVersion `1.2` or `1.3`
/// @param maxVersion the same; null for the newest
/// @param tuning what listeners can say of TLS as well
public record TlsClientConfig(
        boolean insecure,
        boolean insecureSkipVerify,
        @Nullable String serverNameOverride,
        @Nullable String caFile,
        @Nullable String caPem,
        @Nullable String certFile,
        @Nullable String certPem,
        @Nullable String keyFile,
        @Nullable String keyPem,
        boolean includeSystemCaCertsPool,
        String minVersion,
        @Nullable String maxVersion,
        TlsTuning tuning) {
    /// TLS with the platform's roots.
    public static final TlsClientConfig DEFAULT =
            new TlsClientConfig(
                    false,
                    false,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    false,
                    "1.2",
                    null,
                    TlsTuning.DEFAULT);

    /// No TLS unless the endpoint says `https://`.
    public static final TlsClientConfig INSECURE =
            new TlsClientConfig(
                    true,
                    false,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    false,
                    "1.2",
                    null,
                    TlsTuning.DEFAULT);

    private static final List<String> VERSIONS = List.of("1.2", "1.3");

    /// The same without looking at the server's certificate.
    public TlsClientConfig withoutVerification() {
        return new TlsClientConfig(
                insecure,
                true,
                serverNameOverride,
                caFile,
                caPem,
                certFile,
                certPem,
                keyFile,
                keyPem,
                includeSystemCaCertsPool,
                minVersion,
                maxVersion,
                tuning);
    }

    /// The same with roots from a PEM file.
    public TlsClientConfig withCaFile(String file) {
        return new TlsClientConfig(
                insecure,
                insecureSkipVerify,
                serverNameOverride,
                file,
                null,
                certFile,
                certPem,
                keyFile,
                keyPem,
                includeSystemCaCertsPool,
                minVersion,
                maxVersion,
                tuning);
    }

    /// The same with a client certificate from PEM files.
    public TlsClientConfig withClientCertificate(String chainFile, String privateKeyFile) {
        return new TlsClientConfig(
                insecure,
                insecureSkipVerify,
                serverNameOverride,
                caFile,
                caPem,
                chainFile,
                null,
                privateKeyFile,
                null,
                includeSystemCaCertsPool,
                minVersion,
                maxVersion,
                tuning);
    }

    /// The same, expecting another name in the server's certificate.
    public TlsClientConfig withServerNameOverride(String name) {
        return new TlsClientConfig(
                insecure,
                insecureSkipVerify,
                name,
                caFile,
                caPem,
                certFile,
                certPem,
                keyFile,
                keyPem,
                includeSystemCaCertsPool,
                minVersion,
                maxVersion,
                tuning);
    }

    /// What is wrong, paths relative to `tls`.
    public List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        if (caFile != null && caPem != null) {
            problems.add(
                    new ConfigProblem("ca_pem", "provide either a CA file or the PEM, not both"));
        }
        if (certFile != null && certPem != null) {
            problems.add(
                    new ConfigProblem(
                            "cert_pem", "provide either a certificate file or the PEM, not both"));
        }
        if (keyFile != null && keyPem != null) {
            problems.add(
                    new ConfigProblem("key_pem", "provide either a key file or the PEM, not both"));
        }
        boolean hasCertificate = certFile != null || certPem != null;
        boolean hasKey = keyFile != null || keyPem != null;
        if (hasCertificate && !hasKey) {
            problems.add(
                    new ConfigProblem("key_file", "certificate given without its private key"));
        }
        if (hasKey && !hasCertificate) {
            problems.add(
                    new ConfigProblem("cert_file", "private key given without its certificate"));
        }
        tuning.suiteProblems()
                .forEach(problem -> problems.add(new ConfigProblem("cipher_suites", problem)));
        tuning.curveProblems()
                .forEach(problem -> problems.add(new ConfigProblem("curve_preferences", problem)));
        if (!VERSIONS.contains(minVersion)) {
            problems.add(unsupported("min_version", minVersion));
        }
        if (maxVersion != null && !VERSIONS.contains(maxVersion)) {
            problems.add(unsupported("max_version", maxVersion));
        } else if (maxVersion != null && maxVersion.compareTo(minVersion) < 0) {
            problems.add(
                    new ConfigProblem(
                            "max_version", "must not be less than `min_version`: " + minVersion));
        }
        return problems;
    }

    private static ConfigProblem unsupported(String key, String version) {
        return new ConfigProblem(key, "unsupported TLS version: \"" + version + "\"");
    }
}
