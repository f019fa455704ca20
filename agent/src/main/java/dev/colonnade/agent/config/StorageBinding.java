package dev.colonnade.agent.config;

import dev.colonnade.storage.OnFull;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads `storage`, at the top level and of a pipeline.
final class StorageBinding {
    /// Below this a pipeline could not hold one segment per loop.
    private static final long PIPELINE_BYTES_MIN = 1L << 20;

    private StorageBinding() {}

    /// The storage of the whole process.
    static StorageConfig bindTop(Section storage) {
        @Nullable String mode = storage.text("mode");
        if (mode != null && mode.equals("columnar")) {
            storage.error("mode", "columnar is not available in this version");
        } else if (mode != null && !mode.equals("hybrid") && !mode.equals("row")) {
            storage.error("mode", "expected one of hybrid, row, columnar, found \"" + mode + "\"");
        }
        storage.notYet("target_bytes_per_record", "streaming", "directory");
        return bind(storage, 1);
    }

    /// What one pipeline says.
    static StorageConfig bindPipeline(Section storage) {
        storage.notYet("mode", "target_bytes_per_record", "streaming", "directory");
        return bind(storage, PIPELINE_BYTES_MIN);
    }

    private static StorageConfig bind(Section storage, long memoryMin) {
        OptionalLong memory = storage.bytes("memory", memoryMin);
        @Nullable Boolean delivered = null;
        @Nullable String durability = storage.text("durability");
        if (durability != null) {
            switch (durability) {
                case "memory" -> delivered = false;
                case "delivered" -> delivered = true;
                case "durable" ->
                        storage.error("durability", "durable is not available in this version");
                default ->
                        storage.error(
                                "durability",
                                "expected one of memory, delivered, durable, found \""
                                        + durability
                                        + "\"");
            }
        }
        Map<ComponentId, OnFull> onFullOf = new HashMap<>();
        @Nullable Section exporters = storage.section("exporters");
        if (exporters != null) {
            for (String key : exporters.keys()) {
                bindExporter(exporters, key, onFullOf);
            }
        }
        return new StorageConfig(memory, delivered, onFull(storage), onFullOf);
    }

    private static void bindExporter(
            Section exporters, String key, Map<ComponentId, OnFull> onFullOf) {
        @Nullable ComponentId id = ComponentId.parse(key);
        @Nullable Section exporter = exporters.entry(key, "<exporter>");
        if (id == null) {
            exporters.error(key, "\"" + key + "\" is no component id");
        } else if (exporter != null) {
            @Nullable OnFull onFull = onFull(exporter);
            if (onFull != null) {
                onFullOf.put(id, onFull);
            }
        }
    }

    private static @Nullable OnFull onFull(Section section) {
        Map<String, OnFull> choices = new LinkedHashMap<>();
        choices.put("refuse", OnFull.REFUSE);
        choices.put("drop_oldest", OnFull.DROP_OLDEST);
        return section.choice("on_full", choices);
    }
}
