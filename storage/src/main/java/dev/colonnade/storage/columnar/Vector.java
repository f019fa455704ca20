package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;

/// Fixed-width values that are appended one after the other, in chunks.
///
/// Chunk number k has `min(64 << k, 4096)` values, whatever their width, so that two vectors with
/// the same number of values break at the same places and can be walked side by side. Values are 4,
/// 8 or 16 bytes, little endian. The chunks are the [Scratch]'s; [#clear] forgets them.
final class Vector {
    private static final int FIRST_VALUES_LOG = 6;
    private static final int CHUNK_VALUES_LOG_MAX = 12;

    private final Scratch scratch;
    private final int widthLog;
    private long cursor;
    private long limit;
    private long[] chunks = new long[4];
    private int chunkCount;

    private int markedChunks;
    private long markedCursor;

    /// Values of `1 << widthLog` bytes.
    Vector(Scratch scratch, int widthLog) {
        this.scratch = scratch;
        this.widthLog = widthLog;
    }

    /// Appends a value of eight bytes.
    ///
    /// @throws Stop when there is no memory; nothing was appended
    void addLong(long value) {
        if (cursor == limit) {
            grow();
        }
        OffHeap.putLong(cursor, value);
        cursor += Long.BYTES;
    }

    /// Appends a value of four bytes.
    ///
    /// @throws Stop when there is no memory; nothing was appended
    void addInt(int value) {
        if (cursor == limit) {
            grow();
        }
        OffHeap.putInt(cursor, value);
        cursor += Integer.BYTES;
    }

    /// Appends a value of sixteen bytes.
    ///
    /// @throws Stop when there is no memory; nothing was appended
    void addLongs(long low, long high) {
        if (cursor == limit) {
            grow();
        }
        OffHeap.putLong(cursor, low);
        OffHeap.putLong(cursor + Long.BYTES, high);
        cursor += 2 * Long.BYTES;
    }

    /// Takes the last value back.
    void pop() {
        if (cursor == chunks[chunkCount - 1]) {
            chunkCount--;
            limit = chunks[chunkCount - 1] + ((long) capacity(chunkCount - 1) << widthLog);
            cursor = limit;
        }
        cursor -= 1L << widthLog;
    }

    /// Changes the last value, of four bytes.
    void setLastInt(int value) {
        OffHeap.putInt(cursor - Integer.BYTES, value);
    }

    /// The last value, of four bytes.
    int lastInt() {
        return intAt(count() - 1);
    }

    /// How many values there are.
    int count() {
        if (chunkCount == 0) {
            return 0;
        }
        int last = chunkCount - 1;
        return start(last) + (int) ((cursor - chunks[last]) >>> widthLog);
    }

    int chunkCount() {
        return chunkCount;
    }

    /// The address of a chunk's first value.
    long chunk(int index) {
        return chunks[index];
    }

    /// How many values a chunk has.
    int chunkValues(int index) {
        return index == chunkCount - 1
                ? (int) ((cursor - chunks[index]) >>> widthLog)
                : capacity(index);
    }

    /// The value at `index`, of four bytes.
    int intAt(int index) {
        int chunk = chunkOf(index);
        return OffHeap.getInt(chunks[chunk] + ((long) (index - start(chunk)) << 2));
    }

    /// The value at `index`, of eight bytes.
    long longAt(int index) {
        int chunk = chunkOf(index);
        return OffHeap.getLong(chunks[chunk] + ((long) (index - start(chunk)) << 3));
    }

    /// Changes the value at `index`, of four bytes.
    void setInt(int index, int value) {
        int chunk = chunkOf(index);
        OffHeap.putInt(chunks[chunk] + ((long) (index - start(chunk)) << 2), value);
    }

    /// Remembers how far it is filled.
    void mark() {
        markedChunks = chunkCount;
        markedCursor = cursor;
    }

    /// Takes back what was appended since [#mark].
    void rewind() {
        chunkCount = markedChunks;
        cursor = markedCursor;
        limit =
                chunkCount == 0
                        ? 0
                        : chunks[chunkCount - 1] + ((long) capacity(chunkCount - 1) << widthLog);
    }

    /// Forgets all values; their memory is the scratch's to end.
    void clear() {
        chunkCount = 0;
        cursor = 0;
        limit = 0;
    }

    int widthLog() {
        return widthLog;
    }

    private void grow() {
        int bytes = capacity(chunkCount) << widthLog;
        long address = scratch.allocate(bytes);
        if (chunkCount == chunks.length) {
            chunks = Arrays.copyOf(chunks, chunkCount * 2);
        }
        chunks[chunkCount++] = address;
        cursor = address;
        limit = address + bytes;
    }

    private static int capacity(int chunk) {
        return 1 << Math.min(FIRST_VALUES_LOG + chunk, CHUNK_VALUES_LOG_MAX);
    }

    /// The index of a chunk's first value: the capacities before it, summed up.
    private static int start(int chunk) {
        int doubling = CHUNK_VALUES_LOG_MAX - FIRST_VALUES_LOG;
        if (chunk <= doubling) {
            return ((1 << chunk) - 1) << FIRST_VALUES_LOG;
        }
        return (((1 << doubling) - 1) << FIRST_VALUES_LOG)
                + ((chunk - doubling) << CHUNK_VALUES_LOG_MAX);
    }

    private static int chunkOf(int index) {
        int doubling = CHUNK_VALUES_LOG_MAX - FIRST_VALUES_LOG;
        int small = Integer.SIZE - 1 - Integer.numberOfLeadingZeros((index >>> 6) + 1);
        return small < doubling ? small : doubling + ((index - start(doubling)) >>> 12);
    }
}
