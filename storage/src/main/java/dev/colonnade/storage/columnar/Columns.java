package dev.colonnade.storage.columnar;

import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.OffHeap;
import java.util.ArrayList;
import java.util.List;

/// All tables of a block that is being filled.
///
/// Bounded: [#EDGES_MAX] columns, after which attributes with new keys are kept as byte strings
/// together; [#NODES_MAX] places in the tries, after which the block is full. A block that begins
/// with more than half of either starts from nothing.
final class Columns {
    static final int EDGES_MAX = 2048;
    static final int NODES_MAX = 16_384;
    private static final int KEY_BYTES_MAX = 1024;

    /// What the row numbers of a table are rounded up by.
    private static final int TABLE_REST_BYTES = 8;

    final Scratch scratch;
    final HashKey hashKey;
    final IdPool ids8;
    final IdPool ids16;
    final Tally tally = new Tally();
    final List<Table> tables = new ArrayList<>();
    private final Signal signal;
    private Table root;
    private int edgeCount;
    private int nodeCount;

    Columns(Signal signal, Scratch scratch, HashKey hashKey) {
        this.signal = signal;
        this.scratch = scratch;
        this.hashKey = hashKey;
        ids8 = new IdPool(scratch, false);
        ids16 = new IdPool(scratch, true);
        root = new Table(MessageType.of(signal), this);
    }

    /// The export requests.
    Table root() {
        return root;
    }

    /// Forgets all values, and all columns where there are many.
    void clear() {
        tally.clear();
        ids8.clear();
        ids16.clear();
        root.clear();
        if (edgeCount > EDGES_MAX / 2 || nodeCount > NODES_MAX / 2) {
            tables.clear();
            edgeCount = 0;
            nodeCount = 0;
            root = new Table(MessageType.of(signal), this);
        }
    }

    /// Remembers where each table stands.
    void mark() {
        for (int index = 0; index < tables.size(); index++) {
            Table table = tables.get(index);
            table.rowMark = table.rowCount;
        }
    }

    /// Takes back all finished rows since [#mark].
    void rewind() {
        for (Table table : tables) {
            table.rewind();
        }
    }

    /// What reading all values needs, packed; see [Edge#readBytes].
    long readBytes() {
        long bytes = 8L * ids8.count() + 16L * ids16.count() + tally.describedBytes;
        for (Table table : tables) {
            if (table.rowCount > 0) {
                bytes += (long) table.rowCount * Integer.BYTES + TABLE_REST_BYTES;
                for (Edge edge : table.edges()) {
                    bytes += edge.readBytes();
                }
            }
        }
        return bytes;
    }

    boolean hasRoomForKey(int keyLength) {
        return edgeCount < EDGES_MAX && keyLength <= KEY_BYTES_MAX;
    }

    /// @throws Stop when there are too many nodes
    void countNode() {
        if (nodeCount == NODES_MAX) {
            throw Stop.FULL;
        }
        nodeCount++;
    }

    /// A new column of `table`.
    ///
    /// @throws Stop when there are far too many
    Edge edge(Table table, int code, byte[] key) {
        if (edgeCount >= 2 * EDGES_MAX) {
            throw Stop.FULL;
        }
        edgeCount++;
        int kind = code >>> 28;
        return switch (kind) {
            case MessageType.FIXED64, MessageType.VARINT -> numbers(code, key, 3);
            case MessageType.FIXED32 -> numbers(code, key, 2);
            case MessageType.ID16 -> ids(code, ids16);
            case MessageType.ID8 -> ids(code, ids8);
            case MessageType.MESSAGES, MessageType.MESSAGE -> messages(table, code);
            case MessageType.PACKED64, MessageType.PACKED_VARINT -> lists(code);
            case MessageType.ATTRIBUTE, MessageType.VALUE ->
                    switch (code >>> 24 & 15) {
                        case Edge.EMPTY -> new Edge(code, key, null, null, null, null, null);
                        case Edge.BOOL, Edge.INT, Edge.DOUBLE -> numbers(code, key, 3);
                        default -> blobs(code, key);
                    };
            default -> blobs(code, key);
        };
    }

    static byte[] read(long address, int length) {
        byte[] bytes = new byte[length];
        OffHeap.copy(address, bytes, 0, length);
        return bytes;
    }

    private Edge numbers(int code, byte[] key, int widthLog) {
        return new Edge(code, key, new Vector(scratch, widthLog), null, null, null, null);
    }

    private Edge blobs(int code, byte[] key) {
        return new Edge(code, key, null, new Blobs(scratch, tally, hashKey), null, null, null);
    }

    private Edge ids(int code, IdPool pool) {
        return new Edge(code, new byte[0], new Vector(scratch, 2), null, pool, null, null);
    }

    private Edge lists(int code) {
        Vector elements = new Vector(scratch, 3);
        return new Edge(code, new byte[0], new Vector(scratch, 2), null, null, elements, null);
    }

    /// A single message needs no count.
    private Edge messages(Table table, int code) {
        Table child = new Table(table.type.child(code & 0xFF_FFFF), this);
        boolean isRun = code >>> 28 == MessageType.MESSAGES;
        return new Edge(
                code, new byte[0], isRun ? new Vector(scratch, 2) : null, null, null, null, child);
    }
}
