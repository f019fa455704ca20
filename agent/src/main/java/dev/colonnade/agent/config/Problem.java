package dev.colonnade.agent.config;

/// Something wrong in a configuration.
///
/// @param path the keys down to it, joined by `::`; empty for the file as a whole
/// @param message what is wrong
/// @param excerpt the line and a caret below the place, each line indented and ended; empty where
///   there is no line to show
public record Problem(Position at, String path, String message, String excerpt) {
    /// `file:line:column: path: what is wrong`, with the line and a caret below it.
    public String shown() {
        return this + (excerpt.isEmpty() ? "" : "\n" + excerpt.stripTrailing());
    }

    @Override
    public String toString() {
        return at + ": " + (path.isEmpty() ? "" : path + ": ") + message;
    }
}
