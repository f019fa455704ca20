package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import org.jspecify.annotations.Nullable;

/// One column of a table: the field that it is of, and its values in the order of the rows.
///
/// What it is of is its `code`, `kind << 28 | type << 24 | tag`, and for attributes the key. Kinds
/// are [MessageType]'s; the type is that of an `AnyValue`, the number of its member, 0 for none.
final class Edge {
    /// Members of `AnyValue`.
    static final int EMPTY = 0;

    static final int STRING = 1;
    static final int BOOL = 2;
    static final int INT = 3;
    static final int DOUBLE = 4;
    static final int ARRAY = 5;
    static final int KVLIST = 6;
    static final int BYTES = 7;

    private static final long[] NO_WORDS = {};

    /// Where a text stands and how long it is.
    private static final int ENTRY_BYTES = 2 * Long.BYTES;

    /// The same, the skeleton and the place in the order of skeletons, and a share of words.
    private static final int CUT_ENTRY_BYTES = ENTRY_BYTES + 4 * Integer.BYTES;

    /// What is left of a text when it is cut is less than this part of it.
    private static final int CUT_TEXT_PARTS = 8;

    /// What the pieces of memory of one column are rounded up by: eight of them, and eight bytes
    /// behind each text.
    private static final int REST_BYTES = 128;

    final int code;
    final byte[] key;
    private final long[] keyWords;
    private final long keyTail;

    /// Numbers, or codes of ids, or how many messages or list elements there are.
    final @Nullable Vector numbers;

    final @Nullable Blobs blobs;
    final @Nullable IdPool ids;

    /// The numbers of packed lists.
    final @Nullable Vector elements;

    final @Nullable Table child;

    /// Its place among the edges of its table that a block has; written while sealing.
    int place;

    // Written while sealing.

    /// At how many places in shapes it is.
    int shapes;

    /// The table's generation in which the description of this column was counted.
    int described = -1;

    /// Whether every row of the table has exactly one value.
    boolean isFull;

    /// How its indexes are written: as distances, by what another column tells; for so many blocks
    /// more before that is judged again; what a sample then cost, in bits.
    boolean isDistance;

    @Nullable Edge source;
    int choiceBlocks;

    /// Whether its texts are cut into tokens, for so many blocks more.
    boolean isCut;

    int cutBlocks;

    /// Of how many texts that was judged.
    int cutEntries;

    float cost;

    Edge(
            int code,
            byte[] key,
            @Nullable Vector numbers,
            @Nullable Blobs blobs,
            @Nullable IdPool ids,
            @Nullable Vector elements,
            @Nullable Table child) {
        this.code = code;
        this.key = key;
        this.numbers = numbers;
        this.blobs = blobs;
        this.ids = ids;
        this.elements = elements;
        this.child = child;
        keyWords = key.length == 0 ? NO_WORDS : new long[key.length / Long.BYTES];
        for (int word = 0; word < keyWords.length; word++) {
            keyWords[word] = word(key, word * Long.BYTES, Long.BYTES);
        }
        int tail = Math.min(key.length, Long.BYTES);
        keyTail = tailOf(key, tail);
    }

    static int code(int kind, int type, int tag) {
        return kind << 28 | type << 24 | tag;
    }

    int kind() {
        return code >>> 28;
    }

    int type() {
        return code >>> 24 & 15;
    }

    int tag() {
        return code & 0xFF_FFFF;
    }

    /// Whether the key is the `length` bytes at `address`.
    boolean hasKey(long address, int length) {
        if (length != key.length) {
            return false;
        }
        long at = address;
        for (long word : keyWords) {
            if (OffHeap.getLong(at) != word) {
                return false;
            }
            at += Long.BYTES;
        }
        if (length >= Long.BYTES) {
            return OffHeap.getLong(address + length - Long.BYTES) == keyTail;
        }
        return Strings.shortWord(address, length) == keyTail;
    }

    /// Takes the last row's value back.
    void pop() {
        int last = numbers == null || numbers.count() == 0 ? 0 : lastNumber(numbers);
        if (elements != null) {
            for (int element = 0; element < last; element++) {
                elements.pop();
            }
        }
        if (ids != null) {
            ids.pop(last);
        }
        if (numbers != null) {
            numbers.pop();
        }
        if (blobs != null) {
            blobs.pop();
        }
    }

    void clear() {
        if (numbers != null) {
            numbers.clear();
        }
        if (elements != null) {
            elements.clear();
        }
        if (blobs != null) {
            blobs.clear();
        }
        if (child != null) {
            child.clear();
        }
    }

    /// What reading its values needs, packed: the most where texts stand as they are, and about as
    /// much where they are cut. Numbers that are few may become indexes and are read as both; texts
    /// stand in a table that says where and how long they are; where they are cut, their pieces
    /// stand beside them, with skeleton and order for each.
    long readBytes() {
        long bytes = 0;
        if (numbers != null) {
            long count = numbers.count();
            bytes += (count << numbers.widthLog()) + REST_BYTES;
            if (hasLongs() && count >= ColumnPacker.SYMBOL_ROWS_MIN) {
                bytes += count * Integer.BYTES + FewNumbers.BYTES_MAX;
            }
        }
        if (elements != null) {
            bytes += ((long) elements.count() << 3) + REST_BYTES;
        }
        if (blobs != null && blobs.rowCount() > 0) {
            long entries = blobs.entryCount();
            boolean isCut = entries >= TokenPacker.ENTRIES_MIN;
            bytes += (long) blobs.rowCount() * Integer.BYTES + blobs.textBytes() + REST_BYTES;
            bytes += entries * (isCut ? CUT_ENTRY_BYTES : ENTRY_BYTES);
            bytes += isCut ? blobs.textBytes() / CUT_TEXT_PARTS : 0;
        }
        return bytes;
    }

    /// How many values there are, of a column that is not a message's.
    int values() {
        if (blobs != null) {
            return blobs.rowCount();
        }
        return numbers == null ? -1 : numbers.count();
    }

    /// Whether its numbers are of eight bytes.
    boolean hasLongs() {
        return numbers != null && numbers.widthLog() == 3;
    }

    private static int lastNumber(Vector numbers) {
        return numbers.widthLog() == 2 ? numbers.lastInt() : 0;
    }

    /// What [Strings#shortWord] makes of a short key; of a long one the last eight bytes.
    private static long tailOf(byte[] key, int length) {
        if (length == Long.BYTES) {
            return word(key, key.length - Long.BYTES, Long.BYTES);
        }
        if (length >= Integer.BYTES) {
            return word(key, 0, Integer.BYTES)
                    | (word(key, length - Integer.BYTES, Integer.BYTES) << Integer.SIZE);
        }
        if (length == 0) {
            return 0;
        }
        long middle = key[length >>> 1] & 0xFFL;
        return (key[0] & 0xFFL) | middle << 8 | (key[length - 1] & 0xFFL) << 16;
    }

    private static long word(byte[] bytes, int from, int length) {
        long word = 0;
        for (int i = 0; i < length; i++) {
            word |= (bytes[from + i] & 0xFFL) << (i * Byte.SIZE);
        }
        return word;
    }
}
