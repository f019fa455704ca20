package dev.colonnade.exporters;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Where a client connects to, out of what users write.
///
/// @param host a name or an address, without brackets
/// @param port 1 to 65535
/// @param tls whether the connection is encrypted
/// @param path what follows in a URL, with its query; empty or beginning with `/`
/// @param socket the path of a unix socket, which is connected to in place of host and port; null
///   for TCP
public record Endpoint(String host, int port, boolean tls, String path, @Nullable String socket) {
    private static final int PORT_MAX = 65_535;
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    /// What fits into `sockaddr_un` on Linux (unix(7)) with the zero at its end.
    private static final int SOCKET_BYTES_MAX = 107;

    /// A TCP endpoint.
    public Endpoint(String host, int port, boolean tls, String path) {
        this(host, port, tls, path, null);
    }

    /// A gRPC target: `host:port`, `dns:///host:port`, `http://host:port`, `https://host:port`,
    /// `unix:path` or `unix:///path`. On a unix socket the peer is called `localhost`.
    ///
    /// @param insecure what holds where no `http://` or `https://` says whether there is TLS
    /// @throws IllegalArgumentException when it is none of these; the message is for the user
    public static Endpoint ofGrpc(String written, boolean insecure) {
        String lower = written.toLowerCase(Locale.ROOT);
        if (lower.startsWith("http://") || lower.startsWith("https://")) {
            Endpoint url = ofUrl(written);
            return new Endpoint(url.host, url.port, url.tls, "");
        }
        if (lower.startsWith("unix:")) {
            return ofSocket(written, !insecure);
        }
        String target = written;
        int scheme = written.indexOf("://");
        if (scheme >= 0) {
            if (!lower.startsWith("dns://")) {
                throw new IllegalArgumentException(
                        "unsupported endpoint scheme: \"" + written.substring(0, scheme) + "\"");
            }
            int slash = written.indexOf('/', scheme + 3);
            target = slash < 0 ? "" : written.substring(slash + 1);
        } else if (lower.startsWith("dns:")) {
            target = written.substring("dns:".length());
        }
        return ofTarget(written, target, !insecure);
    }

    /// A URL, used as it is, or a unix socket as [#ofGrpc] takes it, spoken to without TLS.
    ///
    /// @param path where requests go on a unix socket
    /// @throws IllegalArgumentException when it is neither; the message is for the user
    public static Endpoint ofHttp(String written, String path) {
        if (!written.toLowerCase(Locale.ROOT).startsWith("unix:")) {
            return ofUrl(written);
        }
        Endpoint peer = ofSocket(written, false);
        return new Endpoint(peer.host, peer.port, false, path, peer.socket);
    }

    /// As gRPC's naming has it: `unix:` and a path, or `unix://` and an absolute one.
    private static Endpoint ofSocket(String written, boolean tls) {
        boolean isAbsolute = written.startsWith("//", "unix:".length());
        String path = written.substring("unix:".length() + (isAbsolute ? 2 : 0));
        int bytes = path.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > SOCKET_BYTES_MAX || (isAbsolute && !path.startsWith("/"))) {
            throw new IllegalArgumentException(
                    "endpoint must be unix:path or unix:///path of at most "
                            + SOCKET_BYTES_MAX
                            + " bytes: "
                            + written);
        }
        return new Endpoint("localhost", tls ? HTTPS_PORT : HTTP_PORT, tls, "", path);
    }

    /// An `http://` or `https://` URL.
    ///
    /// @throws IllegalArgumentException when it is neither; the message is for the user
    public static Endpoint ofUrl(String written) {
        URI uri;
        try {
            uri = new URI(written);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("endpoint must be a valid URL: " + written, e);
        }
        @Nullable String scheme = uri.getScheme();
        boolean tls = "https".equalsIgnoreCase(scheme);
        if (!tls && !"http".equalsIgnoreCase(scheme)) {
            throw new IllegalArgumentException(
                    "endpoint must begin with http:// or https://: " + written);
        }
        @Nullable String authority = uri.getRawAuthority();
        if (authority == null) {
            throw new IllegalArgumentException("endpoint has no host: " + written);
        }
        String hostAndPort = authority.substring(authority.lastIndexOf('@') + 1);
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        if (uri.getRawQuery() != null) {
            path += "?" + uri.getRawQuery();
        }
        Endpoint target = split(written, hostAndPort, tls, tls ? HTTPS_PORT : HTTP_PORT);
        return new Endpoint(target.host, target.port, tls, path);
    }

    /// The host as it stands in URLs and `:authority`: IPv6 addresses in brackets.
    public String bracketedHost() {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    /// `host:port`, or `host` alone where the port is the scheme's own.
    public String authority() {
        boolean isUsual = port == (tls ? HTTPS_PORT : HTTP_PORT);
        return isUsual ? bracketedHost() : hostAndPort();
    }

    /// `host:port`.
    public String hostAndPort() {
        return bracketedHost() + ":" + port;
    }

    private static Endpoint ofTarget(String written, String target, boolean tls) {
        return split(written, target, tls, HTTPS_PORT);
    }

    private static Endpoint split(String written, String target, boolean tls, int usualPort) {
        int bracket = target.lastIndexOf(']');
        int colon = target.lastIndexOf(':');
        String host = colon > bracket ? target.substring(0, colon) : target;
        int port = usualPort;
        if (colon > bracket) {
            port = port(target.substring(colon + 1));
        }
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException(
                    "endpoint has too many colons, write IPv6 addresses in brackets: " + written);
        }
        if (host.isEmpty() || host.indexOf('/') >= 0) {
            throw new IllegalArgumentException("endpoint has no host: " + written);
        }
        return new Endpoint(host, port, tls, "");
    }

    private static int port(String digits) {
        int port = 0;
        for (int i = 0; i < digits.length() && port <= PORT_MAX; i++) {
            int digit = digits.charAt(i) - '0';
            port = digit < 0 || digit > 9 ? PORT_MAX + 1 : port * 10 + digit;
        }
        if (port == 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("invalid port \"" + digits + "\"");
        }
        return port;
    }
}
