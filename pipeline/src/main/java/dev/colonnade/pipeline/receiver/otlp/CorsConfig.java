package dev.colonnade.pipeline.receiver.otlp;

import java.util.List;

/// `cors`: which pages in browsers may send, and what they may see of the answers.
///
/// @param allowedOrigins `allowed_origins`: origins such as `https://example.com`, each with at
///   most one `*` in place of any text; `*` alone is every origin; without any there is no CORS
/// @param allowedHeaders `allowed_headers`: headers that a page may send beside `Accept`,
///   `Content-Type`, `Origin` and `X-Requested-With`; `*` is all of them
/// @param exposedHeaders `exposed_headers`: headers of answers that a page may read
/// @param maxAgeSeconds `max_age`: how long a browser may remember what is allowed; zero leaves it
///   to the browser, less than zero forbids it
public record CorsConfig(
        List<String> allowedOrigins,
        List<String> allowedHeaders,
        List<String> exposedHeaders,
        int maxAgeSeconds) {
    /// Copies the lists; refuses an origin with two wildcards and exposed names that are none.
    public CorsConfig {
        allowedOrigins = List.copyOf(allowedOrigins);
        allowedHeaders = List.copyOf(allowedHeaders);
        exposedHeaders = List.copyOf(exposedHeaders);
        for (String origin : allowedOrigins) {
            if (origin.indexOf('*') != origin.lastIndexOf('*')) {
                throw new IllegalArgumentException(
                        "allowed_origins: more than one * in an origin: origin=" + origin);
            }
        }
        for (String name : exposedHeaders) {
            if (!name.equals("*") && !isToken(name)) {
                throw new IllegalArgumentException(
                        "exposed_headers: not the name of a header: name=" + name);
            }
        }
    }

    /// Whether `text` can be the name of a header (RFC 9110, 5.6.2).
    static boolean isToken(String text) {
        for (int index = 0; index < text.length(); index++) {
            char next = text.charAt(index);
            boolean isAlphanumeric =
                    (next >= 'a' && next <= 'z')
                            || (next >= 'A' && next <= 'Z')
                            || (next >= '0' && next <= '9');
            if (!isAlphanumeric && "!#$%&'*+-.^_`|~".indexOf(next) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }
}
