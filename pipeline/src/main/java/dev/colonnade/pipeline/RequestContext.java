package dev.colonnade.pipeline;

import java.util.List;

/// What a receiver knows of the sender of one request; valid while the request is processed.
public interface RequestContext {
    /// A request without a known sender.
    RequestContext NONE =
            new RequestContext() {
                @Override
                public List<String> metadata(String key) {
                    return List.of();
                }

                @Override
                public String clientAddress() {
                    return "";
                }
            };

    /// The values of a gRPC metadata key or HTTP header, in order; empty where there is none, and
    /// where the receiver keeps none (`include_metadata: false`).
    ///
    /// @param key in any case: names are compared without regard to it
    List<String> metadata(String key);

    /// The peer's address without its port, as the OpenTelemetry Collector writes it; empty where
    /// there is none.
    String clientAddress();
}
