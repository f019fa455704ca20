package dev.colonnade.agent.telemetry;

import java.nio.charset.StandardCharsets;

/// What a [PageServer] answers with.
///
/// @param status of HTTP
/// @param contentType of the body
/// @param body the caller's no more
@SuppressWarnings("ArrayRecordComponent") // written once, read once, never compared
public record Page(int status, String contentType, byte[] body) {
    /// Plain text.
    public static Page text(int status, String text) {
        return new Page(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /// JSON.
    public static Page json(int status, String text) {
        return new Page(status, "application/json", text.getBytes(StandardCharsets.UTF_8));
    }
}
