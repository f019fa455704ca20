package dev.colonnade.storage;

/// Reads the entries of a [StoredBlock] one after the other, as they were added, byte for byte.
///
/// Used by one thread, reused for ever. Its working memory comes from a floor and is bounded, so
/// that what a block holds can always be read.
public interface BlockReader extends AutoCloseable {
    /// What [#nextLength] answers behind the last entry.
    int END = -1;

    /// Goes to the first entry of a block, and lets go of the block read before. The block must
    /// live until the next call of this or of [#release].
    ///
    /// @return false when there is no working memory: nothing is open then. What is read later
    ///   needs no more
    boolean open(StoredBlock block);

    /// Goes to the first entry of a block as [#open] does, but only to be told of its entries,
    /// which then costs no unpacking: [#write] must not be called before the next [#open].
    default boolean describe(StoredBlock block) {
        return open(block);
    }

    /// The length of the entry that stands next, in bytes of plain OTLP; [#END] when all were read.
    int nextLength();

    /// When the entry that stands next was received.
    long receivedNanos();

    /// Which request metadata the entry that stands next came with.
    int metadataId();

    /// How many records the entry that stands next holds.
    int records();

    /// Writes the entry that stands next, [#nextLength] bytes, and goes on to the one after.
    void write(long address);

    /// Goes on to the entry after the one that stands next.
    void skip();

    /// Lets go of the block and of working memory; another block can be opened.
    void release();

    /// The same, for good. Idempotent.
    @Override
    void close();
}
