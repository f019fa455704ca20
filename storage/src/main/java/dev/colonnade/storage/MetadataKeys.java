package dev.colonnade.storage;

import java.util.List;
import java.util.Locale;

/// Which request metadata a store keeps beside its records, because something that leaves with them
/// asks for it.
///
/// @param names gRPC metadata keys and HTTP headers, in lower case, each once
/// @param combinationsMax how many combinations of their values may be held at a time on one loop;
///   0 leaves that to the room there is ([MetadataTable#CHARS_MAX])
public record MetadataKeys(List<String> names, int combinationsMax) {
    /// Nothing is kept: requests are alike whatever they came with.
    public static final MetadataKeys NONE = new MetadataKeys(List.of(), 0);

    /// Brings the names to lower case, in order, each once.
    public MetadataKeys {
        if (combinationsMax < 0) {
            throw new IllegalArgumentException(
                    "limit must not be negative: combinations=" + combinationsMax);
        }
        names =
                names.stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .distinct()
                        .sorted()
                        .toList();
    }

    /// Whether nothing is kept.
    public boolean isEmpty() {
        return names.isEmpty();
    }
}
