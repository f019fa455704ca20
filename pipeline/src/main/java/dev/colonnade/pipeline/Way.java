package dev.colonnade.pipeline;

import dev.colonnade.storage.HybridStore;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// One way of a route: what edits the requests, in order, and the store that holds the result.
///
/// @param store where the way ends
/// @param processors each makes one processor per loop; empty where requests pass as they came
/// @param metadataRead request metadata that the processors ask for, in lower case
public record Way(
        HybridStore store, List<Supplier<Processor>> processors, Set<String> metadataRead) {
    /// Copies list and set.
    public Way {
        processors = List.copyOf(processors);
        metadataRead = Set.copyOf(metadataRead);
    }

    /// A way whose processors look at the records alone.
    public Way(HybridStore store, List<Supplier<Processor>> processors) {
        this(store, processors, Set.of());
    }

    /// A way on which requests pass as they came.
    public static Way into(HybridStore store) {
        return new Way(store, List.of());
    }
}
