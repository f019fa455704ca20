package dev.colonnade.agent.config;

import dev.colonnade.pipeline.receiver.jsonfile.OtlpJsonFileReceiverConfig;
import dev.colonnade.pipeline.receiver.otlp.OtlpReceiverConfig;

/// A receiver's id, and its settings by type.
public sealed interface ReceiverConfig {
    /// Its id.
    ComponentId id();

    /// `otlp`.
    record Otlp(ComponentId id, OtlpReceiverConfig settings) implements ReceiverConfig {}

    /// `otlp_json_file`, also written `otlpjsonfile`.
    record JsonFile(ComponentId id, OtlpJsonFileReceiverConfig settings)
            implements ReceiverConfig {}
}
