package dev.colonnade.pipeline.auth;

import java.util.concurrent.CompletionStage;

/// What an authenticator says to a request.
public sealed interface Verdict {
    /// The sender may send.
    Verdict GRANTED = new Granted();

    /// The sender may send.
    record Granted() implements Verdict {}

    /// The sender may not.
    ///
    /// @param message for the sender; nothing of what it wrote
    record Denied(String message) implements Verdict {}

    /// So many others are being checked that this one has to come again.
    record Busy() implements Verdict {}

    /// It takes a while to tell, on another thread.
    ///
    /// @param verdict completes there, with one of the others
    record Pending(CompletionStage<Verdict> verdict) implements Verdict {}
}
