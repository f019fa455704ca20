package dev.colonnade.pipeline;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Where telemetry comes in.
///
/// Life: made with its routes, [#start], [#close]. Closing is idempotent and legal before start.
public interface Receiver {
    /// The component's id as in the configuration: `type` or `type/name`.
    String id();

    /// Opens the listeners; returns when they accept.
    ///
    /// @throws StartException when it cannot, with a message that says what and what to do
    void start() throws StartException;

    /// What keeps it from receiving though it was started and not closed, in words; null when
    /// nothing does. For any thread.
    default @Nullable String trouble() {
        return null;
    }

    /// Stops taking requests: listeners close, requests that are being read may end within
    /// `deadlineNanos` of the process's clock, then connections close. The stage completes when no
    /// request of this receiver will be offered to a route any more.
    CompletionStage<?> close(long deadlineNanos);
}
