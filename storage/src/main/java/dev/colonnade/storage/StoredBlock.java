package dev.colonnade.storage;

import dev.colonnade.storage.memory.BudgetShare;

/// A run of entries at rest in another shape than rows: immutable, off heap, and complete in
/// itself.
///
/// Its memory is slabs taken straight from the pool, which is thread-safe, and charged to what it
/// was sealed with. It has one owner at a time; handing it to another thread needs a hand-over that
/// publishes.
public interface StoredBlock {
    /// In which shape it holds its entries; never [Shape#ROW].
    Shape shape();

    /// How many entries, at least one.
    int entries();

    /// How many records, in all entries.
    int records();

    /// The size of all entries as plain OTLP, in bytes: what reading them all gives.
    long wireBytes();

    /// The capacity of the memory it holds, in bytes.
    long capacityBytes();

    /// How many of its entries are kept as bytes, because they could not be made into columns
    /// exactly.
    int opaqueEntries();

    /// Distinct values in its dictionaries, where it has some.
    default int dictionaryEntries() {
        return 0;
    }

    /// Values that were in their dictionary already.
    default int dictionaryHits() {
        return 0;
    }

    /// Dictionaries that did not pay and were given up.
    default int dictionaryOverflows() {
        return 0;
    }

    /// Has its memory charged to `share` from now on, as far as that has room.
    ///
    /// @return whether all of it is
    boolean charge(BudgetShare share);

    /// Gives its memory back, once; from any thread.
    void release();
}
