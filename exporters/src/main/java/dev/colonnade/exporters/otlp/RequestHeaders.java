package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.delivery.Frame;
import dev.colonnade.pipeline.auth.ClientAuthenticator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The headers of an exporter that shows credentials or forwards what it received: made for each
/// request, where others are made once.
final class RequestHeaders {
    /// What says where a request ends and how it is to be read is not for others to write.
    private static final Set<String> FRAMING =
            Set.of(
                    "content-length",
                    "transfer-encoding",
                    "content-encoding",
                    "content-type",
                    "connection",
                    "te",
                    "upgrade",
                    "grpc-timeout",
                    "grpc-encoding");

    private final ClientAuthenticator authenticator;
    private final Map<String, String> written = new LinkedHashMap<>();

    /// @param own what is sent where nothing else is written, by names in lower case
    /// @param configured what is written, before the authenticator's turn
    RequestHeaders(
            ClientAuthenticator authenticator,
            Map<String, String> own,
            Map<String, String> configured) {
        this.authenticator = authenticator;
        written.putAll(own);
        configured.forEach((name, value) -> written.put(name.toLowerCase(Locale.ROOT), value));
    }

    /// The headers of one request, by names in lower case; without those that would break it.
    Map<String, String> of(Frame frame) {
        Map<String, String> headers = new LinkedHashMap<>(written);
        authenticator.apply(headers, frame::metadata);
        headers.entrySet()
                .removeIf(header ->
                        FRAMING.contains(header.getKey()) || !isPrintable(header.getValue()));
        return headers;
    }

    /// A value from somebody else must not end its line.
    private static boolean isPrintable(String value) {
        return value.chars().allMatch(c -> (c >= ' ' && c != 0x7f) || c == '\t');
    }
}
