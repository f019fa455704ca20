package dev.colonnade.agent.config;

import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig.Endpoint;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the extension `zpages`: where the pages for who operates the agent are served.
final class AdminBinding {
    private static final ComponentId EXTENSION = new ComponentId("zpages", "");
    private static final Endpoint ENDPOINT = new Endpoint("localhost", 55679);

    private AdminBinding() {}

    /// Where to serve; null unless the extension is declared and among those that run.
    static @Nullable Endpoint bind(
            Map<ComponentId, Section> extensions, Collection<ComponentId> running) {
        @Nullable Endpoint served = null;
        for (Map.Entry<ComponentId, Section> extension : extensions.entrySet()) {
            ComponentId id = extension.getKey();
            if (!id.type().equals(EXTENSION.type())) {
                continue;
            }
            if (!id.equals(EXTENSION)) {
                extension.getValue().error("there is one, named " + EXTENSION);
                continue;
            }
            Endpoint endpoint = endpoint(extension.getValue());
            served = running.contains(id) ? endpoint : null;
        }
        return served;
    }

    private static Endpoint endpoint(Section zpages) {
        zpages.unsupported(
                "transport",
                "tls",
                "cors",
                "auth",
                "max_request_body_size",
                "include_metadata",
                "response_headers",
                "compression_algorithms",
                "read_timeout",
                "read_header_timeout",
                "write_timeout",
                "idle_timeout",
                "keep_alives_enabled",
                "middlewares",
                "expvar");
        String written = zpages.text("endpoint", ENDPOINT.toString());
        return OtlpReceiverBinding.hostAndPort(zpages, written, ENDPOINT);
    }
}
