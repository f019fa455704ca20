package dev.colonnade.storage.columnar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All messages at one place of the request, as rows: what columns there are, and which of them, in
/// which order, each row has.
///
/// A row's *shape* is a leaf of the trie of columns. Columns and trie are kept from block to block;
/// numbers of shapes are a block's own.
final class Table {
    private static final int LENGTH_BYTES_MAX = 5;
    private static final byte[] NO_KEY = {};

    /// Two lengths and the bytes of a message's length.
    private static final int SHAPE_BYTES = 8;

    /// The place of a column, of which there are less than 2^14.
    private static final int STEP_BYTES = 2;

    /// Code, modes, counts and the heads of a page of each of the streams of a text that is cut.
    private static final int COLUMN_BYTES = 160;

    final MessageType type;
    private final Columns columns;
    private final Node[] roots = new Node[LENGTH_BYTES_MAX + 1];
    private final List<Edge> edges = new ArrayList<>();
    private final Map<Integer, Edge> byCode = new HashMap<>();

    /// For each row the number of its shape.
    final Vector rows;

    /// The shapes of the block, by number.
    final List<Node> shapes = new ArrayList<>();

    int rowCount;

    /// How many rows there were when the entry began.
    int rowMark;

    private int generation;

    Table(MessageType type, Columns columns) {
        this.type = type;
        this.columns = columns;
        rows = new Vector(columns.scratch, 2);
        for (int lengthBytes = 0; lengthBytes < roots.length; lengthBytes++) {
            roots[lengthBytes] = new Node(null, null, lengthBytes, null);
        }
        columns.tables.add(this);
    }

    Node root(int lengthBytes) {
        return roots[lengthBytes];
    }

    List<Edge> edges() {
        return edges;
    }

    /// Ends a row at `node`.
    void addRow(Node node) {
        if (node.generation != generation) {
            node.generation = generation;
            node.shape = shapes.size();
            shapes.add(node);
            columns.tally.describedBytes += description(node);
        }
        rows.addInt(node.shape);
        rowCount++;
    }

    /// What a new shape takes in the description of the block, with the columns that it is the
    /// first to have: their keys stand there and in the reader's memory.
    private int description(Node shape) {
        int bytes = SHAPE_BYTES;
        for (Node at = shape; at.edge != null && at.parent != null; at = at.parent) {
            bytes += STEP_BYTES;
            if (at.edge.described != generation) {
                at.edge.described = generation;
                bytes += COLUMN_BYTES + 2 * at.edge.key.length;
            }
        }
        return bytes;
    }

    /// Takes back the rows that were added since `rowMark` was set.
    void rewind() {
        while (rowCount > rowMark) {
            Node node = shapes.get(rows.lastInt());
            rows.pop();
            rowCount--;
            popValues(node);
        }
    }

    /// Takes back the values of an unfinished row that has come to `node`.
    static void popValues(Node node) {
        Node at = node;
        while (at.parent != null) {
            if (at.edge != null) {
                at.edge.pop();
            }
            at = at.parent;
        }
    }

    /// The node after `node` by a column without key, which is made where there is none.
    Node advance(Node node, int code) {
        for (Node next = node.children; next != null; next = next.sibling) {
            if (next.edge != null && next.edge.code == code) {
                node.last = next;
                return next;
            }
        }
        @Nullable Edge edge = byCode.get(code);
        if (edge == null) {
            edge = columns.edge(this, code, NO_KEY);
            edges.add(edge);
            byCode.put(code, edge);
        }
        return addNode(node, edge);
    }

    /// The node after `node` by an attribute's column, which is made where there is none; null when
    /// there are too many columns.
    @Nullable Node advance(Node node, int code, long key, int keyLength) {
        for (Node next = node.children; next != null; next = next.sibling) {
            if (next.edge != null && next.edge.code == code && next.edge.hasKey(key, keyLength)) {
                node.last = next;
                return next;
            }
        }
        for (Edge edge : edges) {
            if (edge.code == code && edge.hasKey(key, keyLength)) {
                return addNode(node, edge);
            }
        }
        if (!columns.hasRoomForKey(keyLength)) {
            return null;
        }
        Edge edge = columns.edge(this, code, Columns.read(key, keyLength));
        edges.add(edge);
        return addNode(node, edge);
    }

    void clear() {
        generation++;
        shapes.clear();
        rows.clear();
        rowCount = 0;
        rowMark = 0;
        for (Edge edge : edges) {
            edge.clear();
        }
    }

    private Node addNode(Node node, Edge edge) {
        columns.countNode();
        Node next = new Node(node, edge, node.lengthBytes, node.children);
        node.children = next;
        node.last = next;
        return next;
    }
}
