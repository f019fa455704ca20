package dev.colonnade.storage;

/// A run of neighbouring sealed segments that is to change its shape, and why.
///
/// @param first the index of its first segment, in the view that it was decided from
/// @param segments how many there are, at least 1
/// @param from their present shape, one for all
/// @param to the shape to be
/// @param reason what the metric counts it under
/// @param records their records
/// @param bytes the capacity of their memory
/// @param predictedWaitNanos how long until the first cursor comes to it; `Long.MAX_VALUE` when
///   nothing drains
/// @param decidedNanos when it was decided, on the store's clock
/// @param share the part of one processor that the work may take, above 0, at most 1
/// @param mustSave whether a result that is not smaller than what it replaces is thrown away
record Reshape(
        int first,
        int segments,
        Shape from,
        Shape to,
        ShapeReason reason,
        long records,
        long bytes,
        long predictedWaitNanos,
        long decidedNanos,
        double share,
        boolean mustSave) {}
