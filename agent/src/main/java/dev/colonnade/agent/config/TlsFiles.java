package dev.colonnade.agent.config;

import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Checks what a `tls` section names: that it can be read, is what it should be, belongs together
/// and is valid now.
final class TlsFiles {
    private static final List<String> AUTHORITIES = List.of("ca", "client_ca");
    private static final String KEY_START = "-----BEGIN PRIVATE KEY-----";
    private static final String KEY_END = "-----END PRIVATE KEY-----";
    private static final String ENCRYPTED = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

    private final Problems problems;
    private final InstantSource clock;

    TlsFiles(Problems problems, InstantSource clock) {
        this.problems = problems;
        this.clock = clock;
    }

    /// Notes what is wrong with the files and texts of `tls`.
    void check(Mapping tls, String path) {
        if (tls.value("enabled") instanceof Scalar enabled
                && Boolean.FALSE.equals(GoScalar.bool(enabled.text()))) {
            return;
        }
        for (String authority : AUTHORITIES) {
            certificate(tls, path, authority);
        }
        @Nullable Certificate certificate = certificate(tls, path, "cert");
        @Nullable PrivateKey key = key(tls, path);
        if (certificate != null && key != null && !belong(certificate.getPublicKey(), key)) {
            Found found = find(tls, path, "key");
            problems.error(
                    found.at, found.path, "is not the key of the certificate" + found.origin);
        }
    }

    /// The first certificate; null when there is none or it is no certificate.
    private @Nullable Certificate certificate(Mapping tls, String path, String what) {
        Found found = find(tls, path, what);
        if (found.text == null) {
            return null;
        }
        try {
            byte[] pem = found.text.getBytes(StandardCharsets.UTF_8);
            List<? extends Certificate> chain =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(pem))
                            .stream()
                            .toList();
            if (chain.isEmpty()) {
                problems.error(found.at, found.path, "has no certificate" + found.origin);
                return null;
            }
            chain.forEach(certificate -> validity(certificate, found));
            return chain.getFirst();
        } catch (CertificateException e) {
            problems.error(
                    found.at, found.path, "is no certificate: " + e.getMessage() + found.origin);
            return null;
        }
    }

    private void validity(Certificate certificate, Found found) {
        if (certificate instanceof X509Certificate x509) {
            Instant now = clock.instant();
            Instant from = x509.getNotBefore().toInstant();
            Instant until = x509.getNotAfter().toInstant();
            String subject = x509.getSubjectX500Principal().getName();
            if (now.isBefore(from)) {
                problems.warn(found.at, found.path, "is valid from " + from + " on: " + subject);
            } else if (now.isAfter(until)) {
                problems.warn(found.at, found.path, "has expired at " + until + ": " + subject);
            }
        }
    }

    /// The private key; null when there is none, it is wrong, or in a form that is not looked into.
    private @Nullable PrivateKey key(Mapping tls, String path) {
        Found found = find(tls, path, "key");
        if (found.text == null) {
            return null;
        }
        int start = found.text.indexOf(KEY_START);
        int end = found.text.indexOf(KEY_END);
        if (start < 0 || end < start) {
            if (found.text.contains(ENCRYPTED)) {
                problems.error(
                        found.at,
                        found.path,
                        "is encrypted, which is not supported" + found.origin);
            } else if (!found.text.contains("PRIVATE KEY-----")) {
                problems.error(found.at, found.path, "has no private key" + found.origin);
            }
            return null;
        }
        byte[] encoded;
        try {
            String base64 = found.text.substring(start + KEY_START.length(), end);
            encoded = Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException _) {
            problems.error(found.at, found.path, "is no private key" + found.origin);
            return null;
        }
        for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (GeneralSecurityException _) {
                // Of another kind.
            }
        }
        problems.error(found.at, found.path, "is no RSA, EC or Ed25519 key" + found.origin);
        return null;
    }

    /// What the key signs must be what the certificate confirms.
    private static boolean belong(PublicKey certified, PrivateKey key) {
        String algorithm =
                switch (key.getAlgorithm().toUpperCase(Locale.ROOT)) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update((byte) 1);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update((byte) 1);
            return signature.verify(signed);
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    private Found find(Mapping tls, String path, String what) {
        if (tls.value(what + "_file") instanceof Scalar file && !file.isNull()) {
            String at = path + "::" + what + "_file";
            String origin = ": " + file.text() + file.origin();
            try {
                return new Found(file.at(), at, ConfigUri.readFile(file.text()), origin);
            } catch (IOException e) {
                problems.error(file.at(), at, "cannot be read: " + e.getMessage() + file.origin());
                return new Found(file.at(), at, null, "");
            }
        }
        if (tls.value(what + "_pem") instanceof Scalar pem && !pem.isNull()) {
            return new Found(pem.at(), path + "::" + what + "_pem", pem.text(), pem.origin());
        }
        return new Found(tls.at(), path, null, "");
    }

    /// @param text the PEM; null when nothing is written or it cannot be read
    private record Found(Position at, String path, @Nullable String text, String origin) {}
}
