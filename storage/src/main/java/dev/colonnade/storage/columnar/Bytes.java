package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.OffHeap;
import java.util.Arrays;

/// Byte strings that are appended one after the other, each in one piece.
///
/// They stand in chunks of 256 bytes, doubling to 16 KiB; a longer one has a chunk of its own. The
/// chunks are the [Scratch]'s; [#clear] forgets them.
final class Bytes {
    private static final int FIRST_BYTES = 256;
    private static final int CHUNK_BYTES_MAX = 16 << 10;

    private final Scratch scratch;
    private long cursor;
    private long limit;
    private long[] chunks = new long[2];
    private int[] lengths = new int[2];
    private int chunkCount;
    private int chunkBytes = FIRST_BYTES;
    private long total;

    private int markedChunks;
    private long markedCursor;
    private long markedLimit;
    private long markedTotal;

    Bytes(Scratch scratch) {
        this.scratch = scratch;
    }

    /// Appends a copy of `length` bytes; answers where it stands.
    ///
    /// @throws Stop when there is no memory; nothing was appended
    long add(long address, int length) {
        long at = claim(length);
        OffHeap.copy(address, at, length);
        return at;
    }

    /// Appends a copy of `length` bytes, in as many pieces as fit the chunks.
    ///
    /// @throws Stop when there is no memory; then [#rewind] is due
    void spread(long address, int length) {
        int done = 0;
        while (done < length) {
            if (cursor == limit) {
                grow(1);
            }
            int part = (int) Math.min(length - done, limit - cursor);
            OffHeap.copy(address + done, cursor, part);
            cursor += part;
            total += part;
            done += part;
        }
    }

    /// Appends `length` bytes for the caller to fill; answers where.
    ///
    /// @throws Stop when there is no memory; nothing was appended
    long claim(int length) {
        if (length > limit - cursor || chunkCount == 0) {
            grow(length);
        }
        long at = cursor;
        cursor += length;
        total += length;
        return at;
    }

    /// All bytes.
    long total() {
        return total;
    }

    int chunkCount() {
        return chunkCount;
    }

    /// The address of a chunk's first byte.
    long chunk(int index) {
        return chunks[index];
    }

    /// How many bytes of a chunk are filled.
    int chunkLength(int index) {
        return index == chunkCount - 1 ? (int) (cursor - chunks[index]) : lengths[index];
    }

    /// Remembers how far it is filled.
    void mark() {
        markedChunks = chunkCount;
        markedCursor = cursor;
        markedLimit = limit;
        markedTotal = total;
    }

    /// Takes back what was appended since [#mark].
    void rewind() {
        chunkCount = markedChunks;
        cursor = markedCursor;
        limit = markedLimit;
        total = markedTotal;
    }

    /// Forgets all bytes; their memory is the scratch's to end.
    void clear() {
        chunkCount = 0;
        cursor = 0;
        limit = 0;
        total = 0;
        chunkBytes = FIRST_BYTES;
    }

    private void grow(int length) {
        int bytes = Math.max(length, chunkBytes);
        long address = scratch.allocate(bytes);
        if (chunkCount > 0) {
            lengths[chunkCount - 1] = (int) (cursor - chunks[chunkCount - 1]);
        }
        if (chunkCount == chunks.length) {
            chunks = Arrays.copyOf(chunks, chunkCount * 2);
            lengths = Arrays.copyOf(lengths, chunkCount * 2);
        }
        chunks[chunkCount++] = address;
        cursor = address;
        limit = address + bytes;
        chunkBytes = Math.min(chunkBytes * 2, CHUNK_BYTES_MAX);
    }
}
