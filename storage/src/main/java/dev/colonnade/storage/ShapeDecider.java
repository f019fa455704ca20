package dev.colonnade.storage;

import org.jspecify.annotations.Nullable;

/// Says whether a run of segments is to change its shape now, and is told what became of it.
///
/// Asked on the store's loop: after a segment was sealed, after a change was made, and at each
/// [StoreShard#tick]; with the oldest run first, until it says yes to one. Nothing is asked while a
/// change that it said yes to goes on. A function that decides and learns nothing will do, too.
@FunctionalInterface
public interface ShapeDecider {
    /// What is to become of the candidate; null to leave it as it is, for now.
    @Nullable ShapeDecision decide(ShapeCandidate candidate);

    /// The most records that a run should have now; a single segment may have more.
    default int runRecordsMax() {
        return Segment.RECORDS_MAX;
    }

    /// The most bytes that the payloads of a run should have, as held; a single segment may have
    /// more.
    default long runBytesMax() {
        return Long.MAX_VALUE;
    }

    /// How many bytes of plain OTLP before each exporter stay as they are: runs begin behind them.
    default long headBytes() {
        return 0;
    }

    /// The part of one processor that the change may take, above 0 and at most 1, as of the last
    /// decision.
    default double packerShare() {
        return 1;
    }

    /// A run was changed, or the first part of it, which is what one block holds.
    ///
    /// @param records how many were changed
    /// @param bytes the capacity of what it became
    /// @param cpuNanos the processor's time that it took
    default void made(
            ShapeCandidate run, ShapeDecision decision, long records, long bytes, long cpuNanos) {}

    /// A run would not have become smaller than it is. It stays what it is, and is not offered
    /// again. Parameters as of [#made].
    default void savedNothing(
            ShapeCandidate run, ShapeDecision decision, long records, long bytes, long cpuNanos) {}

    /// There was no memory for the change.
    default void foundNoRoom() {}

    /// A cursor came to the run before it was done, or the work ended without a result.
    default void overtaken() {}

    /// Records of a shape were made rows again for a cursor.
    ///
    /// @param records how many, at least one
    /// @param nanos the time that it took the loop
    default void unmade(Shape shape, long records, long nanos) {}

    /// A consumer has asked for records in a shape.
    default void asked(Shape shape) {}
}
