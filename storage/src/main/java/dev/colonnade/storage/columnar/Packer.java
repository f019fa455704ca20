package dev.colonnade.storage.columnar;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;
import java.util.Arrays;

/// Writes streams of bytes into a block, each in the way that makes it small: as one byte where all
/// are the same, as it is where it looks random, else as zstd frames of level 1.
///
/// A frame covers at most [WorkSizes#frameBytes], and each stream has frames of its own, so that
/// the codec's tables fit what is in it. Streams under [#INLINE_BYTES] stand in the [Footer].
final class Packer implements AutoCloseable {
    /// Shorter streams share the footer's frame; a frame of their own would cost more than it
    /// saves.
    static final int INLINE_BYTES = 384;

    static final int CONSTANT = 0;
    static final int INLINE = 1;
    static final int STORED = 2;
    static final int ZIPPED = 3;

    /// Where pieces of an image begin.
    static final int ALIGNMENT = 8;

    /// Readers look at eight bytes at a time, and a piece may end beside one that is empty.
    private static final int READ_AHEAD_BYTES = 2 * Long.BYTES;

    private static final int SAMPLE_BYTES = 4096;
    private static final int LEVEL = 1;

    private final ZstdCompressCtx zstd;
    private final Room zipped;
    private final int[] histogram = new int[256];
    private boolean isImage;
    private long readBytes;

    final WorkSizes sizes;
    final HashKey hashKey;
    final Footer footer;
    final SlabWriter writer;

    Packer(SlabPool pool, BudgetShare scratch, WorkSizes sizes, HashKey hashKey) {
        this.sizes = sizes;
        this.hashKey = hashKey;
        footer = new Footer(sizes.inlineBytes());
        zstd =
                new ZstdCompressCtx()
                        .setLevel(LEVEL)
                        .setMagicless(true)
                        .setChecksum(false)
                        .setContentSize(false)
                        .setDictID(false);
        zipped = new Room(pool, scratch);
        writer = new SlabWriter(pool, scratch, sizes.blockSlabBytes());
    }

    void begin(BudgetShare charge) {
        isImage = false;
        readBytes = 0;
        footer.clear();
        writer.begin(charge);
    }

    /// Begins to count what an image of the columns is long: columns as they are, each in one
    /// piece, aligned, so that a reader needs no memory. What is written is not kept.
    void beginCounting() {
        isImage = true;
        footer.clear();
        writer.beginCounting();
    }

    /// Begins an image, whose length was counted.
    ///
    /// @throws Stop when there is no memory
    void beginImage(BudgetShare charge) {
        long bytes = writer.length() + Zstd.compressBound(footer.length()) + READ_AHEAD_BYTES;
        footer.clear();
        if (bytes > SlabPool.CAPACITY_MAX) {
            throw Stop.NO_MEMORY;
        }
        writer.beginWhole(charge, (int) bytes);
    }

    boolean isImage() {
        return isImage;
    }

    /// Counts what a reader of packed columns allocates for what was just written, each piece of it
    /// by itself: see [Scratch#allocate].
    void reads(long bytes) {
        readBytes += bytes + Long.BYTES - 1 & -Long.BYTES;
    }

    /// What a reader of the packed columns allocates in all.
    long readBytes() {
        return readBytes;
    }

    /// Has the next bytes of an image begin where eight can be read at once.
    void align() {
        int rest = writer.length() & ALIGNMENT - 1;
        if (isImage && rest != 0) {
            writer.append(zeros(), ALIGNMENT - rest);
        }
    }

    /// Writes a column with its length into an image.
    void image(Vector column) {
        footer.putVarint(column.count());
        align();
        for (int chunk = 0; chunk < column.chunkCount(); chunk++) {
            writer.append(column.chunk(chunk), column.chunkValues(chunk) << column.widthLog());
        }
    }

    /// Writes a dictionary into an image: how many entries, where each begins, their text.
    void image(Blobs blobs) {
        footer.putVarint(blobs.entryCount());
        align();
        Vector entries = blobs.entries();
        int end = 0;
        for (int chunk = 0; chunk < entries.chunkCount(); chunk++) {
            int size = entries.chunkValues(chunk);
            long offsets = zipped.of(size * Integer.BYTES);
            for (int index = 0; index < size; index++) {
                OffHeap.putInt(offsets + index * 4L, end);
                end += Blobs.lengthOf(OffHeap.getLong(entries.chunk(chunk) + index * 8L));
            }
            writer.append(offsets, size * Integer.BYTES);
        }
        long last = zipped.of(Integer.BYTES);
        OffHeap.putInt(last, end);
        writer.append(last, Integer.BYTES);
        align();
        for (int chunk = 0; chunk < entries.chunkCount(); chunk++) {
            for (int index = 0; index < entries.chunkValues(chunk); index++) {
                long entry = OffHeap.getLong(entries.chunk(chunk) + index * 8L);
                writer.append(Blobs.addressOf(entry), Blobs.lengthOf(entry));
            }
        }
    }

    private long zeros() {
        long zeros = zipped.of(Long.BYTES);
        OffHeap.putLong(zeros, 0);
        return zeros;
    }

    /// Writes `length` bytes; the reader knows the length.
    void bytes(long address, int length) {
        if (isImage) {
            writer.append(address, length);
            return;
        }
        long at = address;
        int left = length;
        while (left > 0) {
            int part = Math.min(left, sizes.frameBytes());
            frame(at, part);
            at += part;
            left -= part;
        }
    }

    /// What `length` bytes, at most one frame's, would be compressed.
    int measure(long address, int length) {
        return zip(address, length, zipped.of(sizes.zippedBytes()), sizes.zippedBytes());
    }

    /// Compresses and writes the footer; its length as written.
    int finish() {
        int length = footer.length();
        int bound = Math.toIntExact(Zstd.compressBound(length));
        long plain = zipped.of(bound + length) + bound;
        footer.copyTo(plain);
        int compressed = zip(plain, length, plain - bound, bound);
        writer.append(plain - bound, compressed);
        return compressed;
    }

    /// Gives working memory back; it can be used again.
    void trim() {
        zipped.close();
    }

    @Override
    public void close() {
        zipped.close();
        zstd.close();
    }

    private void frame(long address, int length) {
        byte first = OffHeap.getByte(address);
        if (isConstant(address, length, first)) {
            footer.putByte(CONSTANT);
            footer.putByte(first);
            return;
        }
        if (length < INLINE_BYTES && footer.hasRoom(length)) {
            footer.putByte(INLINE);
            footer.putBytes(address, length);
            return;
        }
        if (!isRandom(address, length)) {
            long target = zipped.of(sizes.zippedBytes());
            int compressed = zip(address, length, target, sizes.zippedBytes());
            if (compressed < length) {
                footer.putByte(ZIPPED);
                footer.putVarint(compressed);
                writer.append(target, compressed);
                return;
            }
        }
        footer.putByte(STORED);
        writer.append(address, length);
    }

    private int zip(long address, int length, long target, int capacity) {
        return zstd.compressDirectByteBuffer(
                OffHeap.segment(target, capacity).asByteBuffer(),
                0,
                capacity,
                OffHeap.segment(address, length).asByteBuffer(),
                0,
                length);
    }

    private static boolean isConstant(long address, int length, byte first) {
        long repeated = (first & 0xFFL) * 0x0101010101010101L;
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            if (OffHeap.getLong(address + at) != repeated) {
                return false;
            }
        }
        for (; at < length; at++) {
            if (OffHeap.getByte(address + at) != first) {
                return false;
            }
        }
        return true;
    }

    /// Whether a sample has so many different bytes so evenly that an entropy coder gains less than
    /// a fiftieth. Repeated runs of random bytes are not seen; they are what references are for.
    private boolean isRandom(long address, int length) {
        if (length < SAMPLE_BYTES / 2) {
            return false;
        }
        int[] counts = histogram;
        Arrays.fill(counts, 0);
        int sample = Math.min(length, SAMPLE_BYTES);
        long from = address + (length - sample) / 2;
        for (int i = 0; i < sample; i++) {
            counts[OffHeap.getByte(from + i) & 0xFF]++;
        }
        long squares = 0;
        for (int count : counts) {
            squares += (long) count * count;
        }
        // Of uniform bytes the expected sum of squares is n + n * (n - 1) / 256.
        return squares * 256 < (long) sample * (sample + 255) * 108 / 100;
    }
}
