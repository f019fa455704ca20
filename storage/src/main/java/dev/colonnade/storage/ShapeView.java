package dev.colonnade.storage;

/// What one loop's part of a store tells its policy, on the loop.
///
/// Segments are those that are sealed and not settled, oldest first; an index holds until the store
/// changes. Every answer takes constant time.
interface ShapeView {
    /// How many sealed segments are held.
    int segments();

    /// The shape of a segment.
    Shape shape(int segment);

    /// Whether it may be changed: no cursor stands in it, no lease refers to it, it is not being
    /// changed, and no change of it was made that saved nothing.
    boolean isFree(int segment);

    /// Whether its rows were unpacked for a cursor that is about to take them.
    boolean isRebuilt(int segment);

    /// Its records that some cursor has not settled.
    long records(int segment);

    /// The capacity of the memory that it holds, in bytes.
    long bytes(int segment);

    /// When it was sealed, on the store's clock.
    long sealedNanos(int segment);

    /// How many exporters there are.
    int cursors();

    /// The bytes of plain OTLP that a cursor has still to take before it comes to the segment;
    /// negative where it has passed it.
    long bytesAhead(int segment, int cursor);

    /// The bytes of plain OTLP that a cursor ever settled.
    long settledBytes(int cursor);

    /// The bytes of plain OTLP that a cursor has taken and not settled.
    long inFlightBytes(int cursor);

    /// The capacity of all memory that the pipeline holds on all loops, in bytes.
    long heldBytes();

    /// The records that the pipeline holds on all loops.
    long heldRecords();

    /// The limit that [#budgetUsed] is a part of, in bytes.
    long budgetBytes();

    /// How much of the memory that the pipeline may have is in use, its own and the process's
    /// limits considered, the tighter one: 0 to 1, or above where a limit was lowered.
    double budgetUsed();
}
