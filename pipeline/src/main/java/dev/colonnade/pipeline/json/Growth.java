package dev.colonnade.pipeline.json;

import dev.colonnade.storage.memory.Extent;

/// How an extent gets more room; `RouteShard::grow` is one.
@FunctionalInterface
public interface Growth {
    /// Makes `extent` hold `capacity` bytes, keeping its [Extent#length] first ones; false, and
    /// nothing changed, when there is no room.
    boolean grow(Extent extent, int capacity);
}
