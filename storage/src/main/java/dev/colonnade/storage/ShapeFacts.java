package dev.colonnade.storage;

/// What a policy has to know of one loop's part of a store and of the pipeline that it belongs to,
/// as of now; read on the loop.
public interface ShapeFacts {
    /// The capacity of all memory that the pipeline holds on all loops, in bytes.
    long heldBytes();

    /// The records that the pipeline holds on all loops.
    long heldRecords();

    /// How much memory the pipeline may have, in bytes.
    long budgetBytes();

    /// How much of the memory that the pipeline may have is in use, its own limit and the process's
    /// considered, the tighter one: 0 to 1, or above where a limit was lowered.
    double budgetUsed();

    /// The bytes of plain OTLP that ever left this part: settled by every exporter.
    long settledBytes();

    /// The bytes of plain OTLP that exporters have taken from this part and not settled; of the
    /// exporter that has most.
    long inFlightBytes();
}
