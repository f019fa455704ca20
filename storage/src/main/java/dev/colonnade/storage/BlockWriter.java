package dev.colonnade.storage;

import dev.colonnade.storage.memory.BudgetShare;
import org.jspecify.annotations.Nullable;

/// Makes entries of one signal into a [StoredBlock], one block after the other.
///
/// Used by one thread, reused for ever, closed at the end. Its working memory comes from what it
/// was made with, not from what the block is charged to, so that re-shaping needs no room but for
/// its result. Nothing it does loses or changes what it reads.
public interface BlockWriter extends AutoCloseable {
    /// What became of an entry that was offered.
    enum Added {
        /// It is in the block.
        ADDED,
        /// The block has as much as it may have; the entry is not in it. Not the answer for a
        /// block's first entry unless the entry fits no block at all.
        FULL,
        /// There is no working memory for it; the entry is not in the block.
        NO_MEMORY
    }

    /// Begins a block; whatever was added and not sealed is forgotten.
    void begin();

    /// Adds one entry after those added before.
    ///
    /// @param address where its plain OTLP message begins; not read any more after the call
    /// @param length its bytes
    /// @param receivedNanos when it was received, on the store's clock
    /// @param metadataId which request metadata it came with
    /// @param records how many records it holds, as its receiver counted
    Added add(long address, int length, long receivedNanos, int metadataId, int records);

    /// Makes what was added into a block, and forgets it; at least one entry must have been added.
    ///
    /// @param shape not [Shape#ROW]
    /// @param charge what the block's memory is charged to
    /// @return the caller's; null when there is no room for it
    @Nullable StoredBlock seal(Shape shape, BudgetShare charge);

    /// Lets go of the working memory that it keeps between blocks; it can be used on.
    void trimIdle();

    /// Frees its working memory. Idempotent.
    @Override
    void close();
}
