package dev.colonnade.exporters.otlp;

import dev.colonnade.exporters.Endpoint;
import dev.colonnade.pipeline.StartException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// An HTTP proxy.
///
/// @param endpoint where it listens
/// @param authorization the value of `Proxy-Authorization`; null for none
record HttpProxy(Endpoint endpoint, @Nullable String authorization) {
    /// The proxy with that URL, which may hold a name and a password; null for null.
    ///
    /// @throws StartException when the URL cannot be used
    static @Nullable HttpProxy of(@Nullable String url) throws StartException {
        if (url == null) {
            return null;
        }
        Endpoint endpoint;
        try {
            endpoint = Endpoint.ofUrl(url);
        } catch (IllegalArgumentException e) {
            throw new StartException("proxy cannot be used: " + e.getMessage(), e);
        }
        if (endpoint.tls()) {
            throw new StartException(
                    "proxy cannot be used: only http:// proxies are supported: host="
                            + endpoint.host());
        }
        @Nullable String user = URI.create(url).getUserInfo();
        @Nullable String authorization =
                user == null
                        ? null
                        : "Basic "
                                + Base64.getEncoder()
                                        .encodeToString(user.getBytes(StandardCharsets.UTF_8));
        return new HttpProxy(endpoint, authorization);
    }
}
