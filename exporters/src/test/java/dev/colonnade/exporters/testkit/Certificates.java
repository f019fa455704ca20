package dev.colonnade.exporters.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;

/// Self-signed certificates made by the JDK's own `keytool`, as PEM files.
public final class Certificates {
    private static final String PASSWORD = "changeit";

    private final Path folder;

    /// Makes them in a folder of the test's.
    public Certificates(Path folder) {
        this.folder = folder;
    }

    /// A certificate for a name and the loopback: `<name>.crt` and `<name>.key`.
    public Certificates make(String name) throws Exception {
        Path store = folder.resolve(name + ".p12");
        Process keytool =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                                .toString(),
                                        "-genkeypair",
                                        "-alias",
                                        name,
                                        "-keyalg",
                                        "EC",
                                        "-dname",
                                        "CN=" + name,
                                        "-ext",
                                        "san=dns:" + name + ",ip:127.0.0.1",
                                        "-validity",
                                        "3650",
                                        "-storetype",
                                        "PKCS12",
                                        "-keystore",
                                        store.toString(),
                                        "-storepass",
                                        PASSWORD))
                        .redirectErrorStream(true)
                        .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool failed: " + said);
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        Certificate certificate = keys.getCertificate(name);
        Key key = keys.getKey(name, PASSWORD.toCharArray());
        write(certificate(name), "CERTIFICATE", certificate.getEncoded());
        write(key(name), "PRIVATE KEY", key.getEncoded());
        return this;
    }

    public Path certificate(String name) {
        return folder.resolve(name + ".crt");
    }

    public Path key(String name) {
        return folder.resolve(name + ".key");
    }

    private static void write(Path file, String label, byte[] der) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(
                file, "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n");
    }
}
