package dev.colonnade.storage;

/// A run of adjacent segments that could change their shape, as its store sees it.
///
/// @param shape in which shape they are
/// @param segments how many
/// @param entries how many entries
/// @param records how many records
/// @param wireBytes their size as plain OTLP
/// @param heldBytes their payloads' size as held, with their entry tables, in bytes
/// @param oldestNanos when the first was received, on the store's clock
/// @param wireBytesAhead how much, as plain OTLP, the exporter that is nearest has before it
/// @param isFull whether it fills a block, so that waiting would not make it any larger
public record ShapeCandidate(
        Shape shape,
        int segments,
        int entries,
        long records,
        long wireBytes,
        long heldBytes,
        long oldestNanos,
        long wireBytesAhead,
        boolean isFull) {}
