package dev.colonnade.storage.columnar;

import org.jspecify.annotations.Nullable;

/// A place in a table's trie of shapes: which columns a row has had so far, in wire order.
final class Node {
    final @Nullable Node parent;

    /// The column that leads here; null at a root.
    final @Nullable Edge edge;

    /// 1 to 5: in how many bytes the row's length is written, 0 where it has none.
    final int lengthBytes;

    /// The next that has the same parent.
    final @Nullable Node sibling;

    /// The newest of those that come after.
    @Nullable Node children;

    /// Where the row went from here the last time.
    @Nullable Node last;

    /// The number that rows ending here have, in the block that `table.generation` means.
    int shape;

    int generation = -1;

    Node(@Nullable Node parent, @Nullable Edge edge, int lengthBytes, @Nullable Node sibling) {
        this.parent = parent;
        this.edge = edge;
        this.lengthBytes = lengthBytes;
        this.sibling = sibling;
    }
}
