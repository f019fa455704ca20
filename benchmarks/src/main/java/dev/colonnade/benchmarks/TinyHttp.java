package dev.colonnade.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// One blocking HTTP exchange on a connection of its own, for reports and scrapes.
public final class TinyHttp {
    private static final int TIMEOUT_MS = 120_000;

    private TinyHttp() {}

    /// Fetches a page as text.
    ///
    /// @throws IOException when there is no answer, or another than 200
    public static String fetch(URI uri) throws IOException {
        return exchange("GET", uri, new byte[0]);
    }

    /// Posts a text and returns the answer's.
    ///
    /// @throws IOException when there is no answer, or another than 200
    public static String post(URI uri, String text) throws IOException {
        return exchange("POST", uri, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String exchange(String method, URI uri, byte[] body) throws IOException {
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.setSoTimeout(TIMEOUT_MS);
            String target =
                    uri.getRawQuery() == null
                            ? uri.getPath()
                            : uri.getPath() + "?" + uri.getRawQuery();
            String head =
                    method
                            + " "
                            + target
                            + " HTTP/1.1\r\nHost: "
                            + uri.getAuthority()
                            + "\r\nConnection: close\r\nContent-Length: "
                            + body.length
                            + "\r\n\r\n";
            OutputStream out = socket.getOutputStream();
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
            return answer(uri, socket.getInputStream());
        }
    }

    private static String answer(URI uri, InputStream in) throws IOException {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        int end = text.indexOf("\r\n\r\n");
        if (!text.startsWith("HTTP/1.1 200") || end < 0) {
            throw new IOException(
                    "unexpected answer: uri="
                            + uri
                            + ", answer="
                            + text.lines().findFirst().orElse(""));
        }
        return text.substring(end + 4);
    }
}
