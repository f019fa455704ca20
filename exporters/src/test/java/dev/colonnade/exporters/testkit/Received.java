package dev.colonnade.exporters.testkit;

import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/// A request as a backend got it.
///
/// @param number counts the requests of a backend, from 0
/// @param path of the request
/// @param headers names in lower case
/// @param body as it came, without gRPC's prefix
/// @param encoding how the body is compressed; empty for not at all
/// @param connection counts the backend's connections, from 0
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Received(
        int number,
        String path,
        Map<String, String> headers,
        byte[] body,
        String encoding,
        int connection) {
    /// The body inflated.
    public byte[] plain() {
        try (InputStream in = new ByteArrayInputStream(body);
                InputStream inflated =
                        switch (encoding) {
                            case "" -> in;
                            case "gzip" -> new GZIPInputStream(in);
                            case "deflate" -> new InflaterInputStream(in);
                            case "zstd" -> new ZstdInputStream(in);
                            default -> throw new IllegalStateException(encoding);
                        }) {
            return inflated.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
