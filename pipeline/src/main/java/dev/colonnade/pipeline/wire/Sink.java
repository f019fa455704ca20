package dev.colonnade.pipeline.wire;

/// Takes inflated bytes as they come out of a window.
@FunctionalInterface
public interface Sink {
    /// Takes the next `length` bytes of a body. They are at `address` during the call only.
    ///
    /// @return false to end the work: nothing follows
    boolean accept(long address, int length);
}
