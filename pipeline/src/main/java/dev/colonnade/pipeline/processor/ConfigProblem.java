package dev.colonnade.pipeline.processor;

/// Something wrong in a component's configuration.
///
/// @param path of the value below the component, keys and indices joined by `::`; empty for the
///   component itself
/// @param message what is wrong, in the words of the OpenTelemetry Collector where it has some
public record ConfigProblem(String path, String message) {
    /// The same problem, seen from a component that holds the configuration under `key`.
    public ConfigProblem under(String key) {
        return new ConfigProblem(path.isEmpty() ? key : key + "::" + path, message);
    }

    @Override
    public String toString() {
        return path.isEmpty() ? message : path + ": " + message;
    }
}
