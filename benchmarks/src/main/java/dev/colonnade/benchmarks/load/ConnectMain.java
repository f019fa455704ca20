package dev.colonnade.benchmarks.load;

import dev.colonnade.benchmarks.Console;
import dev.colonnade.benchmarks.Facts;
import dev.colonnade.benchmarks.Options;
import dev.colonnade.benchmarks.data.Body;
import dev.colonnade.benchmarks.data.DataSet;
import dev.colonnade.benchmarks.data.Descriptor;
import dev.colonnade.benchmarks.data.Identity;
import dev.colonnade.benchmarks.data.Ring;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// How long a new sender takes: from its first packet to the answer to its first request, over TCP,
/// TLS 1.3 without resumption, with a token, one record.
///
/// ```
/// --make DIR                    writes store.p12, server.crt and server.key for 127.0.0.1, and ends
/// --store FILE                  the store that --make wrote: what is trusted
/// --target HOST:PORT            an OTLP/HTTP listener with TLS
/// --token TOKEN                 shown as a bearer token
/// --count N --warmup N          connections, one after the other; default 500 and 200
/// ```
public final class ConnectMain {
    private static final char[] PASSWORD = "benchmark".toCharArray();
    private static final String ALIAS = "server";

    private ConnectMain() {}

    /// Measures and prints.
    public static void main(String[] args) {
        Options options =
                Options.parse(
                        args,
                        Set.of("make", "store", "target", "token", "count", "warmup"),
                        Set.of());
        try {
            if (options.has("make")) {
                make(Path.of(options.text("make")));
                return;
            }
            Console.OUT.print(measure(options).toLines());
        } catch (IOException | GeneralSecurityException | InterruptedException e) {
            Console.ERR.println("connections failed: " + e);
            System.exit(1);
        }
    }

    private static Facts measure(Options options) throws IOException, GeneralSecurityException {
        byte[] request = request(options.text("token"));
        KeyStore trusted = load(Path.of(options.text("store")));
        String target = options.text("target");
        int colon = target.lastIndexOf(':');
        InetSocketAddress address =
                new InetSocketAddress(
                        target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)));
        int warmup = options.integer("warmup", 200, 0);
        int count = options.integer("count", 500, 1);
        double[] millis = new double[count];
        for (int turn = -warmup; turn < count; turn++) {
            double took = connect(context(trusted), address, request);
            if (turn >= 0) {
                millis[turn] = took;
            }
        }
        Arrays.sort(millis);
        return new Facts()
                .put("connections", count)
                .put("connect_ms_p50", millis[count / 2])
                .put("connect_ms_p95", millis[(int) (count * 0.95)])
                .put("connect_ms_p99", millis[(int) (count * 0.99)])
                .put("connect_ms_max", millis[count - 1]);
    }

    /// One connection, in milliseconds.
    private static double connect(SSLContext context, InetSocketAddress address, byte[] request)
            throws IOException {
        long begin = System.nanoTime();
        try (Socket tcp = new Socket()) {
            tcp.setTcpNoDelay(true);
            tcp.connect(address);
            try (SSLSocket tls =
                    (SSLSocket)
                            context.getSocketFactory()
                                    .createSocket(
                                            tcp,
                                            address.getHostString(),
                                            address.getPort(),
                                            true)) {
                tls.setEnabledProtocols(new String[] {"TLSv1.3"});
                OutputStream out = tls.getOutputStream();
                out.write(request);
                out.flush();
                String status = line(new BufferedInputStream(tls.getInputStream()));
                if (!status.startsWith("HTTP/1.1 200")) {
                    throw new IOException("refused: status=" + status);
                }
                return (System.nanoTime() - begin) / 1e6;
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\r'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("closed after: " + line);
            }
            line.append((char) next);
        }
        return line.toString();
    }

    /// A context of its own for each connection, so that no session is resumed.
    private static SSLContext context(KeyStore trusted) throws GeneralSecurityException {
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private static byte[] request(String token) {
        Ring ring = new Ring(new Descriptor(1, 1, DataSet.ofTitle("trickle"), 1, 1, true));
        Body body = ring.body(0);
        byte[] bytes = new byte[body.length()];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        body.copyTo(segment);
        body.patch(segment, new Identity(1), 0, 1_790_000_000_000_000_000L, 0);
        byte[] head =
                ("POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n"
                                + "authorization: Bearer "
                                + token
                                + "\r\ncontent-length: "
                                + bytes.length
                                + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] request = Arrays.copyOf(head, head.length + bytes.length);
        System.arraycopy(bytes, 0, request, head.length, bytes.length);
        return request;
    }

    private static KeyStore load(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    private static void make(Path folder)
            throws IOException, GeneralSecurityException, InterruptedException {
        Path file = folder.resolve("store.p12");
        Process keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
                                "-genkeypair",
                                "-alias",
                                ALIAS,
                                "-keyalg",
                                "EC",
                                "-groupname",
                                "secp256r1",
                                "-dname",
                                "CN=localhost",
                                "-ext",
                                "SAN=IP:127.0.0.1",
                                "-storetype",
                                "PKCS12",
                                "-storepass",
                                new String(PASSWORD),
                                "-keystore",
                                file.toString())
                        .inheritIO()
                        .start();
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool failed: status=" + keytool.exitValue());
        }
        KeyStore store = load(file);
        byte[] certificate = store.getCertificate(ALIAS).getEncoded();
        byte[] key = store.getKey(ALIAS, PASSWORD).getEncoded();
        Files.writeString(folder.resolve("server.crt"), pem("CERTIFICATE", certificate));
        Files.writeString(folder.resolve("server.key"), pem("PRIVATE KEY", key));
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, PASSWORD);
        trusted.setCertificateEntry(ALIAS, store.getCertificate(ALIAS));
        try (OutputStream out = Files.newOutputStream(file)) {
            trusted.store(out, PASSWORD);
        }
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN "
                + kind
                + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END "
                + kind
                + "-----\n";
    }
}
