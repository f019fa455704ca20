package dev.colonnade.storage;

/// That a run of segments is to change its shape.
///
/// @param shape what it is to become
/// @param reason why
/// @param predictedWaitNanos how long until an exporter comes to it; `Long.MAX_VALUE` when nothing
///   drains
/// @param mustSave whether a result that is not smaller than what it replaces is thrown away
public record ShapeDecision(
        Shape shape, ShapeReason reason, long predictedWaitNanos, boolean mustSave) {
    /// A decision without a prediction, whose result is kept in any case.
    public ShapeDecision(Shape shape, ShapeReason reason) {
        this(shape, reason, Long.MAX_VALUE, false);
    }
}
