package dev.colonnade.storage;

/// That a run of segments is to change its shape.
///
/// @param shape what it is to become
/// @param reason why
public record ShapeDecision(Shape shape, ShapeReason reason) {}
