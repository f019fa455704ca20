package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Encoding;
import dev.colonnade.exporters.Endpoint;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.storage.Codec;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The heads of requests to one URL: all but the length, made once for each encoding and codec.
final class HttpRequestHeads {
    private static final int CODECS = Codec.values().length;

    private final byte[][] heads = new byte[Encoding.values().length * CODECS][];

    /// @param proxy the proxy that is asked for the URL; null when the server is spoken to itself
    HttpRequestHeads(
            OtlpHttpExporterConfig config,
            Endpoint target,
            @Nullable HttpProxy proxy,
            String userAgent) {
        for (Encoding encoding : Encoding.values()) {
            for (Codec codec : Codec.values()) {
                heads[index(encoding, codec)] =
                        make(config, target, proxy, userAgent, encoding, codec)
                                .getBytes(StandardCharsets.ISO_8859_1);
            }
        }
    }

    /// The head for bodies written and compressed like this; it ends where the length's digits
    /// belong, which are followed by two line ends.
    byte[] of(Encoding encoding, Codec codec) {
        return heads[index(encoding, codec)];
    }

    private static int index(Encoding encoding, Codec codec) {
        return encoding.ordinal() * CODECS + codec.ordinal();
    }

    private static String make(
            OtlpHttpExporterConfig config,
            Endpoint target,
            @Nullable HttpProxy proxy,
            String userAgent,
            Encoding encoding,
            Codec codec) {
        StringBuilder head = new StringBuilder(256);
        head.append("POST ");
        if (proxy != null) {
            head.append("http://").append(target.authority());
        }
        String path = target.path();
        head.append(path.startsWith("/") ? path : "/" + path).append(" HTTP/1.1\r\n");
        if (!hasHeader(config, "host")) {
            add(head, "host", target.authority());
        }
        if (!hasHeader(config, "user-agent")) {
            add(head, "user-agent", userAgent);
        }
        if (proxy != null && proxy.authorization() != null) {
            add(head, "proxy-authorization", proxy.authorization());
        }
        if (config.client().disableKeepAlives()) {
            add(head, "connection", "close");
        }
        add(head, "content-type", encoding.mediaType());
        if (codec != Codec.IDENTITY) {
            add(head, "content-encoding", codec.label());
        }
        for (Map.Entry<String, String> header : config.headers().entrySet()) {
            if (!isFraming(header.getKey())) {
                add(head, header.getKey(), header.getValue());
            }
        }
        return head.append("content-length: ").toString();
    }

    private static boolean hasHeader(OtlpHttpExporterConfig config, String name) {
        return config.headers().keySet().stream().anyMatch(name::equalsIgnoreCase);
    }

    /// What says where a request ends and how it is to be read is not for users to write.
    private static boolean isFraming(String name) {
        return name.equalsIgnoreCase("content-length")
                || name.equalsIgnoreCase("transfer-encoding")
                || name.equalsIgnoreCase("content-encoding")
                || name.equalsIgnoreCase("content-type")
                || name.equalsIgnoreCase("connection");
    }

    private static void add(StringBuilder head, String name, String value) {
        head.append(name).append(": ").append(value).append("\r\n");
    }
}
