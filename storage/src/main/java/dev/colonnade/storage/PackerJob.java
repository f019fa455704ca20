package dev.colonnade.storage;

import dev.colonnade.storage.memory.BudgetShare;

/// Work for the packer: made on a loop, done on the packer's thread a piece at a time, and sent
/// back. The queue there and the task back publish.
sealed interface PackerJob permits PackJob, RepackJob {
    /// How much is read between two looks at the clock: well below a millisecond's work.
    int BYTES_PER_LOOK = 64 << 10;

    /// What an entry costs beside its bytes, in the same measure.
    int ENTRY_BYTES = 64;

    /// What is to be made.
    PackJob.Order order();

    /// Works for well below a millisecond; true when it is done.
    boolean work(BlockWriter writer, PackerScratch scratch, BudgetShare reserve);

    /// Gives it up; what was done so far is forgotten by the writer when it begins anew.
    void refuse();

    /// Gives it up for an error that nobody expected; what it is stays as it is for good.
    void fail();

    /// Notes what it took: time with the packer's rests, and processor time, in nanoseconds.
    void took(long elapsedNanos, long cpuNanos);

    /// Sends it back to its loop.
    void handBack();
}
