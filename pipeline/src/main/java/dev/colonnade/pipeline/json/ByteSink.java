package dev.colonnade.pipeline.json;

/// Where a writer's bytes go, chunk by chunk.
@FunctionalInterface
public interface ByteSink {
    /// Takes the first `length` bytes of `chunk`, which is the caller's again on return; false when
    /// it takes no more, which ends the writing.
    boolean accept(byte[] chunk, int length);
}
