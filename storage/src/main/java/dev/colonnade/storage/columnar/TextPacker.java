package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;

/// Writes byte strings.
final class TextPacker implements AutoCloseable {
    private final Packer packer;
    private final Room frame;

    TextPacker(Packer packer, SlabPool pool, BudgetShare scratch) {
        this.packer = packer;
        frame = new Room(pool, scratch);
    }

    /// Writes the concatenation of all strings in front of which its length goes.
    void plain(Bytes text) {
        packer.footer.putVarint(text.total());
        long target = text.chunkCount() == 0 ? 0 : frame.of(Packer.FRAME_BYTES);
        int filled = 0;
        for (int chunk = 0; chunk < text.chunkCount(); chunk++) {
            long from = text.chunk(chunk);
            int left = text.chunkLength(chunk);
            while (left > 0) {
                int part = Math.min(left, Packer.FRAME_BYTES - filled);
                OffHeap.copy(from, target + filled, part);
                from += part;
                left -= part;
                filled += part;
                if (filled == Packer.FRAME_BYTES) {
                    packer.bytes(target, filled);
                    filled = 0;
                }
            }
        }
        packer.bytes(target, filled);
    }

    @Override
    public void close() {
        frame.close();
    }
}
