package dev.colonnade.pipeline;

import dev.colonnade.storage.HybridStore;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Where telemetry goes out.
///
/// Life: made, [#attach] for each pipeline that names it, [#start], [#close]. An absent or failing
/// destination is no reason to fail at start. Closing is idempotent and legal before start.
public interface Exporter {
    /// The component's id as in the configuration: `type` or `type/name`.
    String id();

    /// Gives it the cursor with index `cursor` of every shard of `store` to empty from now on;
    /// called before [#start].
    void attach(HybridStore store, int cursor);

    /// Begins to take and send.
    ///
    /// @throws StartException when its settings cannot work at all, such as an unreadable
    ///   certificate
    void start() throws StartException;

    /// What keeps it from delivering now, in words; null when nothing does. For any thread.
    default @Nullable String trouble() {
        return null;
    }

    /// Sends without waiting for batches to fill, from now on: the process is about to stop.
    void flush();

    /// Stops: nothing more is taken, requests without an answer are given up, their leases are
    /// given back to the cursors, connections close. The stage completes when none of its leases is
    /// out.
    CompletionStage<?> close();
}
