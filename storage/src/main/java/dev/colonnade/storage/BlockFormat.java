package dev.colonnade.storage;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.SlabPool;

/// How entries are held in shapes other than rows: makes what writes and what reads them.
///
/// The store knows no more of it than this, so that columns can know the store's words.
public interface BlockFormat {
    /// A writer of blocks of one signal.
    ///
    /// @param floor what its working memory is charged to
    BlockWriter writer(Signal signal, SlabPool pool, BudgetShare floor);

    /// A reader of blocks of every signal.
    ///
    /// @param floor what its working memory is charged to
    BlockReader reader(SlabPool pool, BudgetShare floor);

    /// Whether it makes blocks of that shape; rows are none.
    default boolean makes(Shape shape) {
        return shape != Shape.ROW;
    }

    /// The most working memory that a reader needs for a block, in bytes.
    long readerBytesMax();

    /// The most working memory that a writer needs, in bytes.
    long writerBytesMax();

    /// The most of it that a writer needs while entries are added, and after it has sealed a block:
    /// what is left may serve other work of the same thread meanwhile.
    default long addingBytesMax() {
        return writerBytesMax();
    }

    /// The most bytes of plain OTLP that a block may hold, and so the longest entry.
    int blockWireBytesMax();

    /// The most bytes of plain OTLP in a run that a block is made of, unless one segment has more.
    /// More than a block holds where blocks are not much longer than segments: then blocks are
    /// filled, and what is left is the beginning of the next run.
    default int runWireBytesMax() {
        return blockWireBytesMax();
    }
}
