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

    /// Prepares to cut the texts, where that pays; what did is remembered for some blocks.
    private boolean isCut(Edge edge, Blobs blobs) {
        if (blobs.entryCount() < TokenPacker.ENTRIES_MIN) {
            return false;
        }
        if (edge.cutBlocks > 0) {
            edge.cutBlocks--;
            return edge.isCut && tokens.prepare(blobs, Long.MAX_VALUE);
        }
        edge.cutBlocks = BLOCKS_REMEMBERED;
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
        begin();
        for (int index = 0; index < entries.count() && filled < SAMPLE_BYTES; index++) {
            long entry = entries.longAt(index);
            append(Blobs.addressOf(entry), Math.min(Blobs.lengthOf(entry), SAMPLE_BYTES));
        }
        int sample = filled;
        filled = 0;
        return sample == 0 ? 0 : packer.measure(target, sample) * blobs.textBytes() / sample;
    }

    /// Writes the concatenation of all strings; its length goes in front.
    void plain(Bytes text) {
        packer.footer.putVarint(text.total());
        packer.align();
        begin();
        for (int chunk = 0; chunk < text.chunkCount(); chunk++) {
            append(text.chunk(chunk), text.chunkLength(chunk));
        }
        end();
    }

    /// Writes values as the bytes they are; their length goes in front.
    void raw(Vector values) {
        packer.footer.putVarint((long) values.count() << values.widthLog());
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
        target = frame.of(Packer.FRAME_BYTES);
        filled = 0;
    }

    private void append(long address, int length) {
        long from = address;
        int left = length;
        while (left > 0) {
            int part = Math.min(left, Packer.FRAME_BYTES - filled);
            OffHeap.copy(from, target + filled, part);
            from += part;
            left -= part;
            filled += part;
            if (filled == Packer.FRAME_BYTES) {
                end();
            }
        }
    }

    private void end() {
        packer.bytes(target, filled);
        filled = 0;
    }
}
