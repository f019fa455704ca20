package dev.colonnade.agent.config;

import dev.colonnade.agent.config.ComponentTypes.Kind;
import dev.colonnade.agent.config.Node.Entry;
import dev.colonnade.agent.config.Node.Mapping;
import dev.colonnade.agent.config.Node.Scalar;
import dev.colonnade.agent.config.Node.Sequence;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The addresses that a configuration listens on: no two may be the same, and each must be free.
///
/// Taken from the text rather than from what was bound, so that every address has its place in it.
final class Listeners {
    private static final Map<String, String> ENDPOINTS_OF_EXTENSIONS =
            Map.of("health_check", "localhost:13133", "zpages", "localhost:55679");

    private static final String METRICS_HOST = "localhost";
    private static final int METRICS_PORT = 8888;

    private final Problems problems;
    private final List<Listener> listeners = new ArrayList<>();

    /// The listeners of `root`, as far as `used` components have them.
    ///
    /// @param used the ids that pipelines and `service::extensions` name
    Listeners(Mapping root, Set<ComponentId> used, Problems problems) {
        this.problems = problems;
        components(root, Kind.RECEIVERS, used);
        components(root, Kind.EXTENSIONS, used);
        metrics(root);
    }

    /// Notes addresses that stand twice.
    void checkTwice() {
        for (int index = 0; index < listeners.size(); index++) {
            Listener listener = listeners.get(index);
            for (Listener earlier : listeners.subList(0, index)) {
                if (listener.clashesWith(earlier)) {
                    problems.error(
                            listener.at,
                            listener.path,
                            "listens on "
                                    + listener.address()
                                    + " as "
                                    + earlier.path
                                    + " does, at "
                                    + earlier.at);
                    break;
                }
            }
        }
    }

    /// Notes addresses that cannot be listened on; that something listens there now is a warning,
    /// because it may be the agent that is to be replaced.
    void checkFree() {
        for (Listener listener : listeners) {
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                InetAddress address =
                        listener.host.isEmpty()
                                ? InetAddress.ofLiteral("::")
                                : InetAddress.getByName(listener.host);
                socket.bind(new InetSocketAddress(address, listener.port));
            } catch (UnknownHostException _) {
                problems.error(
                        listener.at, listener.path, "no such host: \"" + listener.host + "\"");
            } catch (BindException e) {
                String reason = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
                String message = "cannot listen on " + listener.address() + ": " + reason;
                if (reason.contains("in use")) {
                    problems.warn(listener.at, listener.path, message);
                } else {
                    problems.error(listener.at, listener.path, message);
                }
            } catch (IOException e) {
                problems.error(
                        listener.at,
                        listener.path,
                        "cannot listen on " + listener.address() + ": " + e.getMessage());
            }
        }
    }

    private void components(Mapping root, Kind kind, Set<ComponentId> used) {
        if (!(root.value(Components.sectionName(kind)) instanceof Mapping section)) {
            return;
        }
        for (Map.Entry<String, Entry> entry : section.entries().entrySet()) {
            @Nullable ComponentId id = ComponentId.parse(entry.getKey().strip());
            if (id == null || !used.contains(id)) {
                continue;
            }
            String path = Components.sectionName(kind) + "::" + entry.getKey();
            Node component = entry.getValue().value();
            if (id.type().equals("otlp") && component instanceof Mapping otlp) {
                protocol(otlp, path, "grpc", "localhost:4317");
                protocol(otlp, path, "http", "localhost:4318");
            }
            @Nullable String absent = ENDPOINTS_OF_EXTENSIONS.get(id.type());
            if (kind == Kind.EXTENSIONS && absent != null) {
                endpoint(entry.getValue(), path, absent);
            }
        }
    }

    private void protocol(Mapping otlp, String path, String name, String absent) {
        @Nullable Entry protocol = below(otlp, "protocols").entries().get(name);
        if (protocol != null) {
            endpoint(protocol, path + "::protocols::" + name, absent);
        }
    }

    /// The `endpoint` within a section, or `absent` at the section's key.
    private void endpoint(Entry section, String path, String absent) {
        String text = absent;
        Position at = section.at();
        if (section.value() instanceof Mapping map) {
            boolean isOff =
                    map.value("enabled") instanceof Scalar enabled
                            && Boolean.FALSE.equals(GoScalar.bool(enabled.text()));
            boolean isSocket =
                    map.value("transport") instanceof Scalar transport
                            && transport.text().startsWith("unix");
            if (isOff || isSocket) {
                return;
            }
            if (map.value("endpoint") instanceof Scalar written && !written.isNull()) {
                text = written.text();
                at = written.at();
            }
        }
        int colon = text.lastIndexOf(':');
        if (colon >= 0) {
            String host = text.substring(0, colon);
            boolean isBracketed = host.startsWith("[") && host.endsWith("]");
            add(
                    isBracketed ? host.substring(1, host.length() - 1) : host,
                    port(text.substring(colon + 1)),
                    at,
                    path + "::endpoint");
        }
    }

    private void metrics(Mapping root) {
        Mapping metrics = below(below(below(root, "service"), "telemetry"), "metrics");
        boolean isOff =
                metrics.value("level") instanceof Scalar level && level.text().equals("none");
        if (isOff) {
            return;
        }
        String path = "service::telemetry::metrics";
        if (!(metrics.value("readers") instanceof Sequence readers)) {
            add(METRICS_HOST, METRICS_PORT, metrics.at(), path);
            return;
        }
        for (int index = 0; index < readers.items().size(); index++) {
            if (readers.items().get(index) instanceof Mapping reader) {
                Mapping exporter = below(below(reader, "pull"), "exporter");
                prometheus(exporter.entries().get("prometheus"), path + "::readers::" + index);
            }
        }
    }

    private void prometheus(@Nullable Entry prometheus, String path) {
        if (prometheus == null) {
            return;
        }
        Mapping map =
                prometheus.value() instanceof Mapping written
                        ? written
                        : new Mapping(prometheus.at(), Map.of());
        String host = map.value("host") instanceof Scalar text ? text.text() : METRICS_HOST;
        int port = map.value("port") instanceof Scalar text ? port(text.text()) : METRICS_PORT;
        Node place = map.value("port") instanceof Scalar text ? text : map;
        add(host, port, place.at(), path);
    }

    private static Mapping below(Mapping map, String key) {
        return map.value(key) instanceof Mapping below ? below : new Mapping(map.at(), Map.of());
    }

    private static int port(String text) {
        return (int) GoScalar.integer(text).orElse(0);
    }

    /// Port 0 is any that is free, and what is no port was refused already.
    private void add(String host, int port, Position at, String path) {
        if (port > 0 && port <= 65_535) {
            listeners.add(new Listener(host, port, at, path));
        }
    }

    private record Listener(String host, int port, Position at, String path) {
        boolean clashesWith(Listener other) {
            boolean isSameHost = name().equals(other.name()) || isEvery() || other.isEvery();
            return port == other.port && isSameHost;
        }

        private boolean isEvery() {
            return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
        }

        private String name() {
            return host.equals("127.0.0.1") ? "localhost" : host;
        }

        String address() {
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }
}
