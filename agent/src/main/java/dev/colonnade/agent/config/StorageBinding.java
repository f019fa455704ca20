package dev.colonnade.agent.config;

import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.ShapeConfig;
import dev.colonnade.storage.StorageMode;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads `storage`, at the top level and of a pipeline.
final class StorageBinding {
    /// Below this a pipeline could not hold one segment per loop.
    private static final long PIPELINE_BYTES_MIN = 1L << 20;

    private static final Map<String, StorageMode> MODES = modes();

    private StorageBinding() {}

    /// The storage of the whole process.
    static StorageConfig bindTop(Section storage) {
        return bind(storage, 1, ShapeConfig.DEFAULT);
    }

    /// What one pipeline says; what it does not say of shapes is as in `top`.
    static StorageConfig bindPipeline(Section storage, StorageConfig top) {
        @Nullable ShapeConfig shapes = top.shapes();
        return bind(storage, PIPELINE_BYTES_MIN, shapes == null ? ShapeConfig.DEFAULT : shapes);
    }

    private static StorageConfig bind(Section storage, long memoryMin, ShapeConfig absent) {
        storage.notYet("directory");
        ShapeConfig shapes = shapes(storage, absent);
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
        return new StorageConfig(memory, delivered, onFull(storage), onFullOf, shapes);
    }

    private static ShapeConfig shapes(Section storage, ShapeConfig absent) {
        StorageMode mode = storage.choice("mode", MODES, absent.mode());
        boolean streaming = storage.bool("streaming", absent.isStreaming());
        if (streaming && mode == StorageMode.COLUMNAR) {
            String at = storage.keys().contains("streaming") ? "streaming" : "mode";
            storage.error(at, "streaming keeps rows, mode columnar keeps none: write one of them");
            streaming = false;
        }
        return absent.with(
                        mode,
                        storage.integer(
                                "target_bytes_per_record",
                                1,
                                Integer.MAX_VALUE,
                                absent.targetBytesPerRecord()),
                        streaming)
                .withRuns(
                        storage.integer("record_count", 1, Integer.MAX_VALUE, absent.recordCount()),
                        storage.integer("batch_hint", 0, Integer.MAX_VALUE, absent.batchHint()),
                        storage.duration("dwell", Duration.ofNanos(absent.dwellNanos())).toNanos());
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

    private static Map<String, StorageMode> modes() {
        Map<String, StorageMode> modes = new LinkedHashMap<>();
        modes.put("hybrid", StorageMode.HYBRID);
        modes.put("row", StorageMode.ROW);
        modes.put("columnar", StorageMode.COLUMNAR);
        return modes;
    }
}
