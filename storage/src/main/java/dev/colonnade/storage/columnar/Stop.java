package dev.colonnade.storage.columnar;

/// Ends work that cannot go on, from any depth; it never leaves this package's public methods,
/// which answer instead. Made once, without a stack: it is control flow, not an error.
@SuppressWarnings("StaticAssignmentOfThrowable") // without a stack, so that one serves for all
final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// The budget has no room.
    static final Stop NO_MEMORY = new Stop("no memory");

    /// The bytes are not what the engine would write again.
    static final Stop INEXACT = new Stop("not exact");

    /// A bound of the block was reached.
    static final Stop FULL = new Stop("block is full");

    private Stop(String message) {
        super(message, null, false, false);
    }
}
