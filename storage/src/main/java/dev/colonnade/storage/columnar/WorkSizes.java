package dev.colonnade.storage.columnar;

/// In what pieces writers and readers of blocks take their working memory, and how much that is at
/// most.
///
/// There are two sets. [#LARGE] is for blocks of megabytes: its pieces are so large that nothing
/// has to be cut for their sake. [#SMALL] is for budgets where those pieces would be most of the
/// memory. A block is read with the sizes it was written with, which it carries.
///
/// What a writer and a reader may need follows from one figure, what reading a block may unpack:
/// "unpack bytes" below. The sums are promises, kept by limits of the parts they name.
///
/// @param slabBytes slabs that small pieces are cut from
/// @param blockSlabBytes slabs that blocks are written to
/// @param pieceBytesMax pieces that are longer have a slab of their own
/// @param frameBytes what a zstd frame covers at most; compressed, whatever is in it, it must fit
///   the next power of two
/// @param pageValues numbers that are encoded together
/// @param tokenValues values of texts that are turned from rows to columns at a time
/// @param inlineBytes how long the description of a block may become by short streams in it
record WorkSizes(
        int slabBytes,
        int blockSlabBytes,
        int pieceBytesMax,
        int frameBytes,
        int pageValues,
        int tokenValues,
        int inlineBytes) {
    /// With a larger frame text gained nothing.
    static final WorkSizes LARGE =
            new WorkSizes(256 << 10, 256 << 10, 32 << 10, 240 << 10, 1 << 16, 1 << 15, 256 << 10);

    /// Everything as small as it may be: a page has as many numbers as the largest chunk of a
    /// [Vector].
    static final WorkSizes SMALL =
            new WorkSizes(64 << 10, 32 << 10, 8 << 10, 31 << 10, 1 << 12, 1 << 12, 8 << 10);

    /// Writing, large: pages of numbers, planes, frames, and what the last slabs have too much.
    private static final int LARGE_WRITER_BYTES = 4 << 20;

    /// Reading, large: a plane, a frame, a page of values, the footer, and what the last slab has
    /// too much.
    private static final int LARGE_READER_BYTES = (64 + 256 + 256 + 512 + 1024) << 10;

    /// Sealing, small: a compressed frame, a frame of text, a page of numbers, a plane of it, what
    /// another column tells of a page, what is expected for each, a skeleton, a page of values.
    private static final int SMALL_WRITER_BYTES = (32 + 32 + 32 + 16 + 16 + 16 + 16 + 32) << 10;

    /// Reading, small: a plane, a frame that stands in two slabs, a page of values. All else has
    /// its place in one slab of as many bytes as reading may unpack.
    private static final int SMALL_READER_BYTES = (16 + 32 + 32) << 10;

    boolean isSmall() {
        return equals(SMALL);
    }

    /// Where a compressed frame has room.
    int zippedBytes() {
        return Integer.highestOneBit(frameBytes) << 1;
    }

    /// What columns may take in a writer: as much as their reading does, a part of their last
    /// chunks, and tables for looking up. Large blocks are judged more coarsely.
    long columnBytes(long unpackBytes) {
        return isSmall() ? unpackBytes + unpackBytes / 2 : unpackBytes / 2;
    }

    /// What the requests' descriptions, and requests that are kept as bytes, may take beside the
    /// columns; without a bound where columns leave room for them.
    long spreadBytes(long unpackBytes) {
        return isSmall() ? unpackBytes / 16 + slabBytes : Long.MAX_VALUE;
    }

    /// What cutting texts into tokens may take.
    long tokenBytes(long unpackBytes) {
        return isSmall() ? unpackBytes * 3 / 4 : unpackBytes / 2 * 3 / 4;
    }

    /// What indexes that columns are written by may take.
    long indexBytes(long unpackBytes) {
        return (isSmall() ? unpackBytes / 16 : unpackBytes / 8) + slabBytes;
    }

    /// The most that a writer needs while entries are added.
    long addingBytesMax(long unpackBytes) {
        return isSmall()
                ? columnBytes(unpackBytes) + spreadBytes(unpackBytes)
                : writerBytesMax(unpackBytes);
    }

    /// The most that a writer needs.
    long writerBytesMax(long unpackBytes) {
        return isSmall()
                ? addingBytesMax(unpackBytes)
                        + tokenBytes(unpackBytes)
                        + indexBytes(unpackBytes)
                        + SMALL_WRITER_BYTES
                : unpackBytes + unpackBytes / 2 + LARGE_WRITER_BYTES;
    }

    /// The most that a reader needs.
    long readerBytesMax(long unpackBytes) {
        return unpackBytes + (isSmall() ? SMALL_READER_BYTES : LARGE_READER_BYTES);
    }
}
