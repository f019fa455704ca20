package dev.colonnade.pipeline;

import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.Extent;

/// Edits the requests of one pipeline on one event loop, as protobuf bytes, between the receiver
/// and the stores.
///
/// One instance belongs to one loop and keeps nothing between requests but reusable room. It
/// neither waits nor throws: what goes wrong is an [Outcome].
public interface Processor {
    /// What became of a request.
    enum Outcome {
        /// Nothing in it was for this processor: the request stays as it is, the target was not
        /// touched.
        UNCHANGED,

        /// The edited request is in the target, from its first byte to its length.
        CHANGED,

        /// Memory was refused: the sender is told to come back, as when there was no room for the
        /// request itself. The target may be open and holds nothing of use.
        REFUSED_MEMORY,

        /// Bytes that had to be looked at are not protobuf. The sender is told so (400,
        /// `INVALID_ARGUMENT`), as the OpenTelemetry Collector does; passing the request on could
        /// let through what the user wanted removed. The target may be open and holds nothing of
        /// use.
        MALFORMED
    }

    /// Edits one request.
    ///
    /// The request was skimmed: its messages nest properly down to the records. Deeper damage is
    /// found where this processor has to look, and only there.
    ///
    /// @param signal what the records are
    /// @param address of the first byte of the request, not compressed; its bytes are only read
    /// @param length of the request in bytes
    /// @param context what is known of the sender
    /// @param target takes the edited request; not open, or open and empty. The caller owns it
    ///   before and after
    /// @param grower opens and widens the target
    Outcome process(
            Signal signal,
            long address,
            int length,
            RequestContext context,
            Extent target,
            Grower grower);

    /// Makes room in a target.
    @FunctionalInterface
    interface Grower {
        /// Makes `target` hold at least `capacity` bytes and keeps what was written to it; opens it
        /// where it is not open. False, and nothing changed, when memory is full.
        boolean grow(Extent target, int capacity);
    }
}
