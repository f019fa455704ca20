package dev.colonnade.agent.e2e;

import java.util.ArrayList;
import java.util.List;

/// A configuration for tests: an `otlp` receiver with both protocols on free ports, no port for
/// metrics, two loops unless told otherwise, and what is added.
final class Yaml {
    private static final String ADDRESS = "127.0.0.1:0";

    /// Waits that a test can afford, and no chance in them.
    static final String FAST_RETRY =
            "retry_on_failure: {initial_interval: 20ms, max_interval: 100ms,"
                    + " randomization_factor: 0}";

    private final List<String> receivers = new ArrayList<>();
    private final List<String> exporters = new ArrayList<>();
    private final List<String> pipelines = new ArrayList<>();
    private String processors = "";
    private String connectors = "";
    private String extensions = "";
    private String storage = "memory: 32MiB";
    private String metrics = "level: none";
    private String more = "";
    private int loops = 2;

    /// The receiver `otlp`.
    Yaml() {
        receiver("otlp", "");
    }

    /// Adds a receiver; `settings` belong to both of its protocols.
    Yaml receiver(String id, String settings) {
        return receiver(id, settings, settings);
    }

    /// Adds a receiver, or replaces the one of that name, with settings for each of its protocols.
    Yaml receiver(String id, String grpc, String http) {
        receivers.removeIf(text -> text.startsWith(id + ":"));
        receivers.add(
                "%s: {protocols: {grpc: {endpoint: \"%s\"%s}, http: {endpoint: \"%s\"%s}}}"
                        .formatted(id, ADDRESS, more(grpc), ADDRESS, more(http)));
        return this;
    }

    /// Adds a receiver of HTTP on a port that is known beforehand.
    Yaml receiverAt(String id, int port) {
        receivers.add("%s: {protocols: {http: {endpoint: \"127.0.0.1:%d\"}}}".formatted(id, port));
        return this;
    }

    /// Adds an exporter to `backend` that does not wait long, with further settings.
    Yaml exporter(String id, Backend backend, String... settings) {
        String tls = backend.kind().isGrpc() ? ", tls: {insecure: true}" : "";
        List<String> all = new ArrayList<>(List.of(settings));
        if (all.stream().noneMatch(setting -> setting.startsWith("retry_on_failure"))) {
            all.add(FAST_RETRY);
        }
        exporters.add(
                "%s: {endpoint: \"%s\"%s, %s}"
                        .formatted(id, backend.endpoint(), tls, String.join(", ", all)));
        return this;
    }

    /// Adds the exporter of the backend's kind, and all three signals into it.
    Yaml through(Backend backend, String... settings) {
        String id = backend.kind().exporter();
        exporter(id, backend, settings);
        return pipeline("logs", id).pipeline("traces", id).pipeline("metrics", id);
    }

    /// Adds an exporter as it is written.
    Yaml exporter(String text) {
        exporters.add(text);
        return this;
    }

    /// Adds a pipeline from the receiver `otlp`.
    Yaml pipeline(String id, String exporters) {
        return pipeline(id, "otlp", exporters, "");
    }

    /// Adds a pipeline.
    Yaml pipeline(String id, String receivers, String exporters, String settings) {
        pipelines.add(
                "%s: {receivers: [%s], exporters: [%s]%s}"
                        .formatted(id, receivers, exporters, more(settings)));
        return this;
    }

    /// Declares processors.
    Yaml processors(String text) {
        processors = "processors: {" + text + "}";
        return this;
    }

    /// Declares connectors.
    Yaml connectors(String text) {
        connectors = "connectors: {" + text + "}";
        return this;
    }

    /// Serves the pages below `/debug` on any port.
    Yaml servesDebugPages() {
        extensions = "extensions: {zpages: {endpoint: \"127.0.0.1:0\"}}";
        return service("extensions: [zpages]");
    }

    /// Replaces what is written under `storage`.
    Yaml storage(String settings) {
        storage = settings;
        return this;
    }

    /// Serves metrics on any port.
    Yaml servesMetrics() {
        metrics = "readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}}]";
        return this;
    }

    /// Replaces what is written under `service::telemetry::metrics`.
    Yaml metrics(String text) {
        metrics = text;
        return this;
    }

    /// Adds something below `service`.
    Yaml service(String text) {
        more = text;
        return this;
    }

    /// Has another number of loops than two.
    Yaml loops(int count) {
        loops = count;
        return this;
    }

    /// The file.
    String text() {
        return """
        receivers:
        %s
        exporters:
        %s
        %s
        %s
        %s
        storage: {%s}
        service:
          loops: %d
          telemetry: {metrics: {%s}}
          %s
          pipelines:
        %s
        """
                .formatted(
                        indented(receivers, 2),
                        indented(exporters, 2),
                        processors,
                        connectors,
                        extensions,
                        storage,
                        loops,
                        metrics,
                        more,
                        indented(pipelines, 4));
    }

    private static String more(String settings) {
        return settings.isEmpty() ? "" : ", " + settings;
    }

    private static String indented(List<String> lines, int spaces) {
        return String.join("\n", lines).indent(spaces).stripTrailing();
    }
}
