package dev.colonnade.storage.columnar;

import org.jspecify.annotations.Nullable;

/// A column that has a value in every row of its table, as small numbers that other columns may
/// follow from.
///
/// @param edge whose
/// @param rows its index in each row, four bytes
/// @param kind what others follow from: [#VALUE] the index, [#DISTANCE] how long ago it was new,
///   [#MAPPED] what `map` says of it
/// @param map four bytes for each index
record Symbols(Edge edge, Vector rows, int kind, @Nullable Vector map) {
    static final int VALUE = 0;
    static final int DISTANCE = 1;
    static final int MAPPED = 2;

    /// Dictionaries up to this many entries are followed by index.
    static final int VALUES_MAX = 4096;

    /// Distances above are alike.
    static final int DISTANCE_MAX = 255;
}
