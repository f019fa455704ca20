package dev.colonnade.storage;

import dev.colonnade.storage.memory.MemoryBudget;
import java.util.List;

/// What a pipeline's store is to be.
///
/// @param pipeline the pipeline's id, as in the configuration
/// @param signal what its records are
/// @param budget what its memory is charged to
/// @param durability when senders are answered
/// @param cursors its exporters, 1 to 127
/// @param metadata what of requests' metadata it keeps: entries that differ in it are not merged
public record StoreConfig(
        String pipeline,
        Signal signal,
        MemoryBudget budget,
        Durability durability,
        List<CursorConfig> cursors,
        MetadataKeys metadata) {
    private static final long SEGMENT_BYTES_MIN = 256 << 10;
    private static final long SEGMENT_BYTES_MAX = 8 << 20;

    /// Checks the number of exporters and copies their list.
    public StoreConfig {
        if (cursors.isEmpty() || cursors.size() > EntryDescriptor.CURSORS_MAX) {
            throw new IllegalArgumentException(
                    "store needs 1 to "
                            + EntryDescriptor.CURSORS_MAX
                            + " exporters: pipeline="
                            + pipeline
                            + ", exporters="
                            + cursors.size());
        }
        cursors = List.copyOf(cursors);
    }

    /// A store that keeps no metadata.
    public StoreConfig(
            String pipeline,
            Signal signal,
            MemoryBudget budget,
            Durability durability,
            List<CursorConfig> cursors) {
        this(pipeline, signal, budget, durability, cursors, MetadataKeys.NONE);
    }

    /// At how many bytes a segment is sealed: a sixteenth of the budget, 256 KiB to 8 MiB.
    long segmentBytesMax() {
        return Math.clamp(budget.limit() / 16, SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
    }
}
