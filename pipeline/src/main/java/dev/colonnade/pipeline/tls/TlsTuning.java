package dev.colonnade.pipeline.tls;

import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;

/// What listeners and clients can say of TLS alike, beside certificates and versions.
///
/// @param cipherSuites `cipher_suites` of TLS 1.2; those of 1.3 are always there, as in Go. Empty
///   for the runtime's own choice
/// @param curves `curve_preferences`, in order; empty for the runtime's own choice
/// @param reloadInterval `reload_interval`: how often files are looked at; zero for never
public record TlsTuning(List<String> cipherSuites, List<String> curves, Duration reloadInterval) {
    /// The runtime's choice, and files read once.
    public static final TlsTuning DEFAULT = new TlsTuning(List.of(), List.of(), Duration.ZERO);

    private static final List<String> SUITES_1_3 =
            List.of(
                    "TLS_AES_128_GCM_SHA256",
                    "TLS_AES_256_GCM_SHA384",
                    "TLS_CHACHA20_POLY1305_SHA256");

    private static final Map<String, String> CURVES = curveNames();

    /// Go's older names of two suites.
    private static final String CHACHA_SHORT = "_CHACHA20_POLY1305";

    /// Copies the lists.
    public TlsTuning {
        cipherSuites = List.copyOf(cipherSuites);
        curves = List.copyOf(curves);
    }

    /// What is wrong with the suites; empty when nothing is.
    public List<String> suiteProblems() {
        if (cipherSuites.isEmpty()) {
            return List.of();
        }
        Set<String> known = enabledSuites();
        List<String> problems = new ArrayList<>();
        for (String suite : cipherSuites) {
            if (!known.contains(runtimeName(suite))) {
                problems.add("invalid TLS cipher suite: \"" + suite + "\"");
            }
        }
        return problems;
    }

    /// What is wrong with the curves; empty when nothing is.
    public List<String> curveProblems() {
        List<String> problems = new ArrayList<>();
        for (String curve : curves) {
            if (!CURVES.containsKey(curve)) {
                problems.add(
                        "invalid curve type: \"" + curve + "\"; supported: " + CURVES.keySet());
            }
        }
        return problems;
    }

    /// The suites by the runtime's names, those of TLS 1.3 included.
    List<String> suites() {
        List<String> suites = new ArrayList<>(SUITES_1_3);
        cipherSuites.stream().map(TlsTuning::runtimeName).forEach(suites::add);
        return suites;
    }

    /// The curves by the runtime's names.
    String[] groups() {
        return curves.stream()
                .map(curve -> Objects.requireNonNull(CURVES.get(curve), "was checked"))
                .toArray(String[]::new);
    }

    private static String runtimeName(String suite) {
        return suite.endsWith(CHACHA_SHORT) ? suite + "_SHA256" : suite;
    }

    /// What the runtime would use by itself: neither broken nor anonymous.
    private static Set<String> enabledSuites() {
        try {
            return new TreeSet<>(
                    List.of(SSLContext.getDefault().getDefaultSSLParameters().getCipherSuites()));
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every JDK has TLS", absent);
        }
    }

    private static Map<String, String> curveNames() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("P256", "secp256r1");
        names.put("P384", "secp384r1");
        names.put("P521", "secp521r1");
        names.put("X25519", "x25519");
        return names;
    }
}
