package dev.colonnade.agent.config;

import dev.colonnade.storage.Signal;

/// A pipeline's id: `logs`, `traces` or `metrics`, with a name where one signal has several.
///
/// @param name empty when there is none
public record PipelineId(Signal signal, String name) {
    @Override
    public String toString() {
        return name.isEmpty() ? signal.label() : signal.label() + "/" + name;
    }
}
