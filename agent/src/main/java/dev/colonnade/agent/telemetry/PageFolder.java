package dev.colonnade.agent.telemetry;

import java.time.Duration;

/// Pages that are too many to be listed and too long to be had at once: a [PageServer] has each
/// written as a stream.
public interface PageFolder {
    /// What their paths begin with, with a slash at the end.
    String path();

    /// How long an answer may take in all; then the connection is closed.
    Duration limit();

    /// Has the page called `name`, the rest of its path as it was sent, written to `stream`: at
    /// once or on another thread, which may block. On the server's loop, which must not.
    void open(String name, PageStream stream);
}
