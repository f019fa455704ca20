package dev.colonnade.agent.config;

import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.ShapeConfig;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// How records are held: `storage` at the top level, or what one pipeline says of it.
///
/// @param memory the telemetry's budget in bytes; for a pipeline, its part of it; empty where it is
///   not written
/// @param answersAfterDelivery whether `durability: delivered` is meant; null where it is not
///   written
/// @param onFull null where it is not written
/// @param onFullOf `on_full` of single exporters
/// @param shapes what is wanted of shapes, with what is not written here as it is above; null where
///   nothing of storage is written
public record StorageConfig(
        OptionalLong memory,
        @Nullable Boolean answersAfterDelivery,
        @Nullable OnFull onFull,
        Map<ComponentId, OnFull> onFullOf,
        @Nullable ShapeConfig shapes) {
    static final StorageConfig NONE =
            new StorageConfig(OptionalLong.empty(), null, null, Map.of(), null);

    /// Copies the map.
    public StorageConfig {
        onFullOf = Map.copyOf(onFullOf);
    }
}
