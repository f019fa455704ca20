package dev.colonnade.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.exporters.testkit.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `validate` finds outside of the file: certificates, folders, addresses.
final class DryRunTest {
    private static Certificates certificates;

    @TempDir static Path keys;
    @TempDir Path folder;

    /// An hour from now, when certificates that are made now are valid.
    private Instant now = Instant.now().plusSeconds(3600);

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificates = new Certificates(keys).make("server").make("other");
    }

    @Test
    void findsNothingWrongWithWhatIsRight() throws IOException {
        assertThat(
                        dryRun(
                                tls(certificates.certificate("server"), certificates.key("server")),
                                file(folder.resolve("new/deep/out.jsonl"))))
                .isEmpty();
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void findsFilesThatAreNotThere() {
        assertThat(dryRun(tls(Path.of("/none.crt"), Path.of("/none.key")), "nop:"))
                .containsExactly(
                        "error f:3:56: receivers::otlp::protocols::http::tls::cert_file: cannot be"
                                + " read: no such file: /none.crt",
                        "error f:3:79: receivers::otlp::protocols::http::tls::key_file: cannot be"
                                + " read: no such file: /none.key");
    }

    @Test
    void findsFilesThatAreNotWhatTheyShouldBe() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "hello\n");
        Path encrypted =
                Files.writeString(
                        folder.resolve("encrypted"),
                        """
                        -----BEGIN ENCRYPTED PRIVATE KEY-----
                        AA==
                        -----END ENCRYPTED PRIVATE KEY-----
                        """);
        assertThat(dryRun(tls(text, text), "nop:"))
                .satisfiesExactly(
                        told -> assertThat(told).contains("tls::cert_file: is no certificate: "),
                        told ->
                                assertThat(told)
                                        .endsWith("tls::key_file: has no private key: " + text));
        assertThat(dryRun(tls(certificates.certificate("server"), encrypted), "nop:"))
                .singleElement()
                .asString()
                .endsWith("tls::key_file: is encrypted, which is not supported: " + encrypted);
    }

    @Test
    void findsAKeyOfAnotherCertificate() {
        assertThat(
                        dryRun(
                                tls(certificates.certificate("server"), certificates.key("other")),
                                "nop:"))
                .singleElement()
                .asString()
                .endsWith(
                        "tls::key_file: is not the key of the certificate: "
                                + certificates.key("other"));
    }

    @Test
    void warnsOfCertificatesThatAreNotValidNow() {
        now = now.plusSeconds(20L * 365 * 86_400);
        assertThat(
                        dryRun(
                                tls(certificates.certificate("server"), certificates.key("server")),
                                "nop:"))
                .singleElement()
                .asString()
                .startsWith(
                        "warning f:3:56: receivers::otlp::protocols::http::tls::cert_file: has"
                                + " expired at ")
                .endsWith(": CN=server");
        now = now.minusSeconds(21L * 365 * 86_400);
        assertThat(
                        dryRun(
                                tls(certificates.certificate("server"), certificates.key("server")),
                                "nop:"))
                .singleElement()
                .asString()
                .contains(": is valid from ");
    }

    @Test
    void looksIntoWhatAnExporterTrusts() {
        String exporter = "otlp: {endpoint: 'https://a:1', tls: {ca_pem: nonsense}}";
        assertThat(dryRun("", exporter))
                .singleElement()
                .asString()
                .contains("error f:6:49: exporters::otlp::tls::ca_pem: is no certificate");
    }

    @Test
    void findsFoldersThatCannotBeWritten() throws IOException {
        Path plain = Files.writeString(folder.resolve("plain"), "");
        assertThat(dryRun("", file(plain.resolve("out"))))
                .containsExactly(
                        "error f:6:16: exporters::file::path: cannot be made, not a folder: "
                                + plain);
        assertThat(dryRun("", file(folder)))
                .containsExactly("error f:6:16: exporters::file::path: is a folder: " + folder);
        Path closed = Files.createDirectory(folder.resolve("closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
        if (!Files.isWritable(closed)) { // root may write everywhere
            assertThat(dryRun("", file(closed.resolve("out"))))
                    .containsExactly(
                            "error f:6:16: exporters::file::path: cannot be written, no"
                                    + " permission: "
                                    + closed);
        }
    }

    @Test
    void warnsOfAnAddressThatIsInUseAndLeavesOthersAlone() throws IOException {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            int port = busy.getLocalPort();
            assertThat(dryRun(", endpoint: '127.0.0.1:" + port + "'", "nop:"))
                    .singleElement()
                    .asString()
                    .startsWith(
                            "warning f:3:49: receivers::otlp::protocols::http::endpoint: cannot"
                                    + " listen on 127.0.0.1:"
                                    + port
                                    + ": address already in use");
        }
        assertThat(dryRun(", endpoint: '192.0.2.1:4318'", "nop:"))
                .filteredOn(problem -> problem.toString().startsWith("error"))
                .singleElement()
                .asString()
                .startsWith("error f:3:49: ")
                .contains("cannot listen on 192.0.2.1:4318: cannot assign requested address");
        assertThat(dryRun(", endpoint: 'none.invalid:4318'", "nop:"))
                .filteredOn(problem -> problem.toString().startsWith("error"))
                .singleElement()
                .asString()
                .endsWith("endpoint: no such host: \"none.invalid\"");
    }

    @Test
    void warnsOfComponentsThatNothingUses() {
        assertThat(dryRun("", "nop:\n  debug/unused:"))
                .containsExactly(
                        "warning f:7:3: exporters::debug/unused: no pipeline names it: it has no"
                                + " effect");
    }

    private static String tls(Path certificate, Path key) {
        return ", tls: {cert_file: '" + certificate + "', key_file: '" + key + "'}";
    }

    private static String file(Path path) {
        return "file: {path: '" + path + "'}";
    }

    private List<String> dryRun(String http, String exporter) {
        String id = exporter.substring(0, exporter.indexOf(':'));
        boolean hasEndpoint = http.contains("endpoint");
        String text =
                """
                receivers:
                  otlp:
                    protocols: {http: {enabled: true%s%s}}

                exporters:
                  %s
                service:
                  telemetry: {metrics: {level: none}}
                  pipelines: {logs: {receivers: [otlp], exporters: [%s]}}
                """
                        .formatted(
                                http, hasEndpoint ? "" : ", endpoint: 'localhost:0'", exporter, id);
        ConfigLoader loader = ConfigLoader.of(List.of("yaml:" + text), List.of(), Map.of());
        List<String> told = new ArrayList<>();
        try {
            loader.dryRun(InstantSource.fixed(now));
        } catch (ConfigException e) {
            e.problems().forEach(problem -> told.add("error " + problem));
        }
        loader.warnings().forEach(problem -> told.add("warning " + problem));
        return told.stream().map(line -> line.replace("yaml:receivers:", "f")).toList();
    }
}
