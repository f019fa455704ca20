package dev.colonnade.exporters;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which connections go through an HTTP proxy: `proxy_url`, and what the environment says.
///
/// @param proxyUrl the written `proxy_url`, which holds for every host; null for none
/// @param httpProxy `HTTP_PROXY`: for plain connections
/// @param httpsProxy `HTTPS_PROXY`: for TLS and for gRPC
/// @param noProxy `NO_PROXY`: hosts, domains and addresses, separated by commas, that the two do
///   not hold for
public record ProxyConfig(
        @Nullable String proxyUrl,
        @Nullable String httpProxy,
        @Nullable String httpsProxy,
        String noProxy) {
    /// No proxy.
    public static final ProxyConfig NONE = new ProxyConfig(null, null, null, "");

    /// What the environment variables say, upper case before lower case.
    public static ProxyConfig ofEnvironment(Map<String, String> environment) {
        @Nullable String none = either(environment, "NO_PROXY");
        return new ProxyConfig(
                null,
                either(environment, "HTTP_PROXY"),
                either(environment, "HTTPS_PROXY"),
                none == null ? "" : none);
    }

    /// The same with a written `proxy_url`.
    public ProxyConfig withProxyUrl(String url) {
        return new ProxyConfig(url, httpProxy, httpsProxy, noProxy);
    }

    /// The proxy for a connection, as URL; null for none. As in the Collector, nothing on the
    /// loopback is reached through a proxy of the environment.
    ///
    /// @param likeTls TLS, or gRPC of either kind
    public @Nullable String proxyFor(String host, int port, boolean likeTls) {
        if (proxyUrl != null) {
            return proxyUrl;
        }
        @Nullable String proxy = likeTls ? httpsProxy : httpProxy;
        if (proxy == null || isLoopback(host) || isExcluded(host, port)) {
            return null;
        }
        return proxy.contains("://") ? proxy : "http://" + proxy;
    }

    private boolean isExcluded(String host, int port) {
        String name = host.toLowerCase(Locale.ROOT);
        for (String entry : noProxy.split(",", -1)) {
            if (excludes(entry.strip().toLowerCase(Locale.ROOT), name, port)) {
                return true;
            }
        }
        return false;
    }

    private static boolean excludes(String entry, String host, int port) {
        if (entry.isEmpty()) {
            return false;
        }
        if (entry.equals("*")) {
            return true;
        }
        String pattern = entry;
        int colon = entry.lastIndexOf(':');
        if (colon > 0 && colon == entry.indexOf(':')) {
            if (!entry.substring(colon + 1).equals(Integer.toString(port))) {
                return false;
            }
            pattern = entry.substring(0, colon);
        }
        if (pattern.startsWith("*.")) {
            pattern = pattern.substring(1);
        }
        if (pattern.indexOf('/') > 0) {
            return AddressRange.contains(pattern, host);
        }
        if (pattern.startsWith(".")) {
            return host.endsWith(pattern);
        }
        return host.equals(pattern) || host.endsWith("." + pattern);
    }

    private static boolean isLoopback(String host) {
        return host.equalsIgnoreCase("localhost")
                || host.equals("::1")
                || AddressRange.contains("127.0.0.0/8", host);
    }

    private static @Nullable String either(Map<String, String> environment, String name) {
        @Nullable String value = environment.get(name);
        if (value == null || value.isEmpty()) {
            value = environment.get(name.toLowerCase(Locale.ROOT));
        }
        return value == null || value.isEmpty() ? null : value;
    }
}
