package dev.colonnade.agent.config;

/// Something wrong in a configuration.
///
/// @param path the keys down to it, joined by `::`; empty for the file as a whole
/// @param message what is wrong
public record Problem(Position at, String path, String message) {
    @Override
    public String toString() {
        return at + ": " + (path.isEmpty() ? "" : path + ": ") + message;
    }
}
