package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;

/// Writes byte strings.
final class TextPacker implements AutoCloseable {
    private final Packer packer;
    private final NumberPacker numbers;
    private final Room frame;
    private long target;
    private int filled;

    TextPacker(Packer packer, NumberPacker numbers, SlabPool pool, BudgetShare scratch) {
        this.packer = packer;
        this.numbers = numbers;
        frame = new Room(pool, scratch);
    }

    /// Writes a dictionary: how many entries, their lengths, their text.
    void dictionary(Blobs blobs) {
        Vector entries = blobs.entries();
        int count = blobs.entryCount();
        packer.footer.putVarint(count);
        long total = 0;
        int chunk = 0;
        while (chunk < entries.chunkCount()) {
            int size = entries.chunkValues(chunk);
            long page = numbers.room(size);
            long from = entries.chunk(chunk);
            for (int index = 0; index < size; index++) {
                int length = Blobs.lengthOf(OffHeap.getLong(from + index * 8L));
                OffHeap.putLong(page + index * 8L, length);
                total += length;
            }
            numbers.page(page, size);
            chunk++;
        }
        packer.footer.putVarint(total);
        begin();
        for (chunk = 0; chunk < entries.chunkCount(); chunk++) {
            long from = entries.chunk(chunk);
            for (int index = 0; index < entries.chunkValues(chunk); index++) {
                long entry = OffHeap.getLong(from + index * 8L);
                append(Blobs.addressOf(entry), Blobs.lengthOf(entry));
            }
        }
        end();
    }

    /// Writes the concatenation of all strings; its length goes in front.
    void plain(Bytes text) {
        packer.footer.putVarint(text.total());
        begin();
        for (int chunk = 0; chunk < text.chunkCount(); chunk++) {
            append(text.chunk(chunk), text.chunkLength(chunk));
        }
        end();
    }

    /// Writes values as the bytes they are; their length goes in front.
    void raw(Vector values) {
        packer.footer.putVarint((long) values.count() << values.widthLog());
        begin();
        for (int chunk = 0; chunk < values.chunkCount(); chunk++) {
            append(values.chunk(chunk), values.chunkValues(chunk) << values.widthLog());
        }
        end();
    }

    @Override
    public void close() {
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
