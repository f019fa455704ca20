package dev.colonnade.storage;

/// Inflates compressed originals, for the packer: codecs are known above the store.
@FunctionalInterface
public interface Inflation {
    /// Inflates `length` bytes at `address` into the `capacity` bytes at `target`. Called by one
    /// thread at a time.
    ///
    /// @return the inflated length; negative when the bytes are damaged or do not fit
    int inflate(Codec codec, long address, int length, long target, int capacity);
}
