package dev.colonnade.pipeline.receiver.otlp;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What answers say to browsers about pages of other origins (Fetch, 3.3), as the Collector does:
/// credentials are allowed, and a preflight that is not granted is answered without a grant.
final class Cors {
    private static final List<String> HEADERS_ALWAYS =
            List.of("accept", "content-type", "origin", "x-requested-with");
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST");
    private static final String VARY = "vary: Origin\r\n";
    private static final String VARY_PREFLIGHT =
            "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n";
    private static final String CREDENTIALS = "access-control-allow-credentials: true\r\n";

    private final boolean isAnyOrigin;
    private final boolean isAnyHeader;
    private final List<Pattern> origins;
    private final Set<String> headers = new HashSet<>(HEADERS_ALWAYS);
    private final String exposed;
    private final String maxAge;

    private Cors(CorsConfig config) {
        isAnyOrigin = config.allowedOrigins().contains("*");
        isAnyHeader = config.allowedHeaders().contains("*");
        origins = config.allowedOrigins().stream().map(Pattern::of).toList();
        for (String name : config.allowedHeaders()) {
            headers.add(name.toLowerCase(Locale.ROOT));
        }
        exposed =
                config.exposedHeaders().isEmpty()
                        ? ""
                        : "access-control-expose-headers: "
                                + String.join(", ", config.exposedHeaders())
                                + "\r\n";
        int seconds = config.maxAgeSeconds();
        maxAge = seconds == 0 ? "" : "access-control-max-age: " + Math.max(0, seconds) + "\r\n";
    }

    /// The rules of `config`; null where it allows no origin.
    static @Nullable Cors of(@Nullable CorsConfig config) {
        return config == null || config.allowedOrigins().isEmpty() ? null : new Cors(config);
    }

    /// Whether a browser asks what it may send, and sends nothing yet.
    static boolean isPreflight(HttpRequest request) {
        return request.method().equals(HttpMethod.OPTIONS)
                && request.headers().contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
    }

    /// The header lines of the answer to a preflight.
    String preflight(HttpHeaders asked) {
        @Nullable String origin = granted(asked);
        @Nullable String method = asked.get(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
        @Nullable String names =
                names(asked.getAll(HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS));
        if (origin == null || method == null || !METHODS.contains(method) || names == null) {
            return VARY_PREFLIGHT;
        }
        StringBuilder lines = new StringBuilder(VARY_PREFLIGHT);
        lines.append("access-control-allow-origin: ").append(origin).append("\r\n");
        lines.append("access-control-allow-methods: ").append(method).append("\r\n");
        if (!names.isEmpty()) {
            lines.append("access-control-allow-headers: ").append(names).append("\r\n");
        }
        return lines.append(CREDENTIALS).append(maxAge).toString();
    }

    /// The header lines of the answer to any other request.
    String actual(HttpHeaders asked) {
        @Nullable String origin = granted(asked);
        return origin == null
                ? VARY
                : VARY + "access-control-allow-origin: " + origin + "\r\n" + exposed + CREDENTIALS;
    }

    /// What to answer as the allowed origin; null where the request has none, or none that is.
    private @Nullable String granted(HttpHeaders asked) {
        @Nullable String origin = asked.get(HttpHeaderNames.ORIGIN);
        if (origin == null || !isVisible(origin)) {
            return null;
        }
        if (isAnyOrigin) {
            return "*";
        }
        String lower = origin.toLowerCase(Locale.ROOT);
        return origins.stream().anyMatch(pattern -> pattern.matches(lower)) ? origin : null;
    }

    /// The wanted headers as one list, empty when there are none; null when one is not allowed.
    private @Nullable String names(List<String> lines) {
        List<String> names =
                lines.stream()
                        .flatMap(line -> Arrays.stream(line.split(",")))
                        .map(name -> name.strip().toLowerCase(Locale.ROOT))
                        .filter(name -> !name.isEmpty())
                        .toList();
        for (String name : names) {
            if (!CorsConfig.isToken(name) || (!isAnyHeader && !headers.contains(name))) {
                return null;
            }
        }
        return String.join(", ", names);
    }

    /// Whether it can stand in an answer: what a wildcard matches is the sender's own text.
    private static boolean isVisible(String origin) {
        return !origin.isEmpty() && origin.chars().allMatch(next -> next > ' ' && next < 0x7f);
    }

    /// An origin, or what surrounds the wildcard in one.
    private record Pattern(String prefix, @Nullable String suffix) {
        static Pattern of(String written) {
            String lower = written.toLowerCase(Locale.ROOT);
            int star = lower.indexOf('*');
            return star < 0
                    ? new Pattern(lower, null)
                    : new Pattern(lower.substring(0, star), lower.substring(star + 1));
        }

        boolean matches(String origin) {
            String end = suffix;
            return end == null
                    ? origin.equals(prefix)
                    : origin.length() >= prefix.length() + end.length()
                            && origin.startsWith(prefix)
                            && origin.endsWith(end);
        }
    }
}
