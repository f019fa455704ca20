package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Encoding;
import dev.colonnade.exporters.Endpoint;
import dev.colonnade.exporters.OtlpHttpExporterConfig;
import dev.colonnade.exporters.delivery.Frame;
import dev.colonnade.pipeline.auth.ClientAuthenticator;
import dev.colonnade.storage.Codec;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The heads of requests to one URL: all but the length, made once for each encoding and codec.
final class HttpRequestHeads {
    private static final int CODECS = Codec.values().length;

    private static final byte[] NOTHING = {};

    private final @Nullable RequestHeaders request;
    private final byte[][] heads = new byte[Encoding.values().length * CODECS][];

    /// @param proxy the proxy that is asked for the URL; null when the server is spoken to itself
    /// @param authenticator has its say in each request; null where all are alike
    HttpRequestHeads(
            OtlpHttpExporterConfig config,
            Endpoint target,
            @Nullable HttpProxy proxy,
            String userAgent,
            @Nullable ClientAuthenticator authenticator) {
        request =
                authenticator == null ? null : ofRequests(config, target, userAgent, authenticator);
        for (Encoding encoding : Encoding.values()) {
            for (Codec codec : Codec.values()) {
                heads[index(encoding, codec)] =
                        make(config, target, proxy, userAgent, encoding, codec, request == null)
                                .getBytes(StandardCharsets.ISO_8859_1);
            }
        }
    }

    /// The head for bodies written and compressed like this; it ends where the length's digits
    /// belong, which are followed by two line ends.
    byte[] of(Encoding encoding, Codec codec) {
        return heads[index(encoding, codec)];
    }

    /// The lines, each with its end, that follow the length; empty where all requests are alike.
    byte[] of(Frame frame) {
        RequestHeaders own = request;
        if (own == null) {
            return NOTHING;
        }
        StringBuilder lines = new StringBuilder();
        own.of(frame).forEach((name, value) -> add(lines, name, value));
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static RequestHeaders ofRequests(
            OtlpHttpExporterConfig config,
            Endpoint target,
            String userAgent,
            ClientAuthenticator authenticator) {
        Map<String, String> own = new LinkedHashMap<>();
        own.put("host", target.authority());
        own.put("user-agent", userAgent);
        return new RequestHeaders(authenticator, own, config.headers());
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
            Codec codec,
            boolean isWhole) {
        StringBuilder head = new StringBuilder(256);
        head.append("POST ");
        if (proxy != null) {
            head.append("http://").append(target.authority());
        }
        String path = target.path();
        head.append(path.startsWith("/") ? path : "/" + path).append(" HTTP/1.1\r\n");
        if (isWhole && !hasHeader(config, "host")) {
            add(head, "host", target.authority());
        }
        if (isWhole && !hasHeader(config, "user-agent")) {
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
            if (isWhole && !isFraming(header.getKey())) {
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
