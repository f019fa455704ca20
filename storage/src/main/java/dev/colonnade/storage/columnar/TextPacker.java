package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;
import org.jspecify.annotations.Nullable;

/// Writes byte strings.
final class TextPacker implements AutoCloseable {
    /// How a dictionary's texts are written.
    static final int PLAIN = 0;

    static final int TOKENS = 1;

    private static final int BLOCKS_REMEMBERED = 8;
    private static final int SAMPLE_BYTES = 32 << 10;

    private final Packer packer;
    private final NumberPacker numbers;
    private final TokenPacker tokens;
    private final Room frame;
    private long target;
    private boolean isPlainOnly;
    private int filled;

    TextPacker(
            Packer packer,
            NumberPacker numbers,
            SlabPool pool,
            BudgetShare scratch,
            long tokensBytesMax) {
        this.packer = packer;
        this.numbers = numbers;
        tokens = new TokenPacker(packer, this, pool, scratch, tokensBytesMax);
        frame = new Room(pool, scratch);
    }

    /// Writes a dictionary: how many entries, and in which way their texts are written. Answers
    /// whether `map` was given each entry's skeleton.
    boolean dictionary(Edge edge, Blobs blobs, @Nullable Vector map) {
        packer.footer.putVarint(blobs.entryCount());
        if (blobs.entryCount() == 0) {
            return false;
        }
        if (isCut(edge, blobs)) {
            packer.footer.putByte(TOKENS);
            return tokens.write(blobs, numbers, map);
        } else {
            packer.footer.putByte(PLAIN);
            listed(blobs.entries());
            return false;
        }
    }

    /// Whether texts are left as they are from now on: their pieces may need more of a reader than
    /// they do.
    void plainOnly(boolean isOn) {
        isPlainOnly = isOn;
    }

    /// Prepares to cut the texts, where that pays; what did is remembered for some blocks.
    private boolean isCut(Edge edge, Blobs blobs) {
        if (isPlainOnly || blobs.entryCount() < TokenPacker.ENTRIES_MIN) {
            return false;
        }
        // What did not pay for few may pay for more.
        boolean isMore = !edge.isCut && blobs.entryCount() / 2 > edge.cutEntries;
        if (edge.cutBlocks > 0 && !isMore) {
            edge.cutBlocks--;
            return edge.isCut && tokens.prepare(blobs, Long.MAX_VALUE);
        }
        edge.cutBlocks = BLOCKS_REMEMBERED;
        edge.cutEntries = blobs.entryCount();
        edge.isCut = tokens.prepare(blobs, plainBytes(blobs));
        return edge.isCut;
    }

    /// Writes strings with their number.
    void strings(Vector entries) {
        packer.footer.putVarint(entries.count());
        listed(entries);
    }

    /// Writes the strings' lengths, and their text.
    private void listed(Vector entries) {
        long total = 0;
        for (int chunk = 0; chunk < entries.chunkCount(); chunk++) {
            int size = entries.chunkValues(chunk);
            long page = numbers.room(size);
            long from = entries.chunk(chunk);
            for (int index = 0; index < size; index++) {
                int length = Blobs.lengthOf(OffHeap.getLong(from + index * 8L));
                OffHeap.putLong(page + index * 8L, length);
                total += length;
            }
            numbers.page(page, size);
        }
        packer.footer.putVarint(total);
        packer.reads(Math.max(1, entries.count()) * 2L * Long.BYTES);
        packer.reads(total + Long.BYTES);
        begin();
        for (int chunk = 0; chunk < entries.chunkCount(); chunk++) {
            long from = entries.chunk(chunk);
            for (int index = 0; index < entries.chunkValues(chunk); index++) {
                long entry = OffHeap.getLong(from + index * 8L);
                append(Blobs.addressOf(entry), Blobs.lengthOf(entry));
            }
        }
        end();
    }

    /// What zstd would make of all texts, judged by the first.
    private long plainBytes(Blobs blobs) {
        Vector entries = blobs.entries();
        // Text after text, so that the last one fits the frame.
        int sampleBytes = Math.min(SAMPLE_BYTES, packer.sizes.frameBytes() / 2);
        begin();
        for (int index = 0; index < entries.count() && filled < sampleBytes; index++) {
            long entry = entries.longAt(index);
            append(Blobs.addressOf(entry), Math.min(Blobs.lengthOf(entry), sampleBytes));
        }
        int sample = filled;
        filled = 0;
        return sample == 0 ? 0 : packer.measure(target, sample) * blobs.textBytes() / sample;
    }

    /// Writes the concatenation of all strings; its length goes in front.
    void plain(Bytes text) {
        packer.footer.putVarint(text.total());
        packer.reads(text.total() + Long.BYTES);
        packer.align();
        begin();
        for (int chunk = 0; chunk < text.chunkCount(); chunk++) {
            append(text.chunk(chunk), text.chunkLength(chunk));
        }
        end();
    }

    /// Writes values as the bytes they are; their length goes in front.
    void raw(Vector values) {
        long bytes = (long) values.count() << values.widthLog();
        packer.footer.putVarint(bytes);
        packer.reads(bytes + Long.BYTES);
        packer.align();
        begin();
        for (int chunk = 0; chunk < values.chunkCount(); chunk++) {
            append(values.chunk(chunk), values.chunkValues(chunk) << values.widthLog());
        }
        end();
    }

    @Override
    public void close() {
        tokens.close();
        frame.close();
    }

    private void begin() {
        target = frame.of(packer.sizes.frameBytes());
        filled = 0;
    }

    private void append(long address, int length) {
        int frameBytes = packer.sizes.frameBytes();
        long from = address;
        int left = length;
        while (left > 0) {
            int part = Math.min(left, frameBytes - filled);
            OffHeap.copy(from, target + filled, part);
            from += part;
            left -= part;
            filled += part;
            if (filled == frameBytes) {
                end();
            }
        }
    }

    private void end() {
        packer.bytes(target, filled);
        filled = 0;
    }
}
