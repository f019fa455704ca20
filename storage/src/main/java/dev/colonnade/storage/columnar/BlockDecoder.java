package dev.colonnade.storage.columnar;

import dev.colonnade.storage.BlockReader;
import dev.colonnade.storage.StoredBlock;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;

/// Gives a block's entries back one after the other, in order, byte for byte.
///
/// [#open], then for each entry [#write] or [#skip]; [#close] at any time. One per loop, reused for
/// ever, not thread-safe. What it needs while a block is open is charged to the scratch share it
/// was made with, [Block#unpackBytes] at most, and given back by [#release].
public final class BlockDecoder implements BlockReader {
    private final Scratch scratch;
    private final Unpacker unpacker;
    private final TokenReader tokens;
    private final Rebuilder rebuilder;

    private int entries;
    private int entry;
    private long received;
    private long metadata;
    private long recordCounts;
    private long lengths;
    private long isOpaque;
    private long opaque;

    /// Whether only the entries' descriptions were read.
    private boolean isDescribing;

    /// A decoder whose working memory comes from `pool` and is charged to `share`.
    public BlockDecoder(SlabPool pool, BudgetShare share) {
        this(pool, share, Scratch.ofLarge(pool, share));
    }

    /// A decoder of blocks that were written with small sizes, and of which none needs more than
    /// `unpackBytes`.
    static BlockDecoder ofSmall(SlabPool pool, BudgetShare share, int unpackBytes) {
        return new BlockDecoder(pool, share, Scratch.ofOne(pool, share, unpackBytes));
    }

    private BlockDecoder(SlabPool pool, BudgetShare share, Scratch scratch) {
        this.scratch = scratch;
        unpacker = new Unpacker(pool, share, scratch);
        tokens = new TokenReader(pool, share, scratch, unpacker);
        rebuilder = new Rebuilder(scratch, unpacker, tokens);
    }

    /// Opens `stored`, which a [BlockEncoder] made, at its first entry; false when the scratch
    /// share has no room, and then no block is open. The block must not be released before
    /// [#release].
    @Override
    public boolean open(StoredBlock stored) {
        return open((Block) stored, false);
    }

    /// Reads nothing but lengths, times and counts.
    @Override
    public boolean describe(StoredBlock stored) {
        return open((Block) stored, true);
    }

    private boolean open(Block block, boolean describing) {
        scratch.reset();
        entries = 0;
        entry = 0;
        isDescribing = describing;
        try {
            unpacker.begin(block, block.footerBytes());
            int count = unpacker.varintInt();
            received = unpacker.column(3);
            metadata = unpacker.column(2);
            recordCounts = unpacker.column(2);
            lengths = unpacker.column(2);
            if (!describing) {
                isOpaque = unpacker.column(2);
                opaque = unpacker.bytes(unpacker.varintInt());
                rebuilder.open();
            }
            entries = count;
            return true;
        } catch (Stop _) {
            release();
            return false;
        }
    }

    @Override
    public int nextLength() {
        return entry == entries ? END : OffHeap.getInt(lengths + entry * 4L);
    }

    @Override
    public long receivedNanos() {
        return OffHeap.getLong(received + current() * 8L);
    }

    @Override
    public int metadataId() {
        return OffHeap.getInt(metadata + current() * 4L);
    }

    @Override
    public int records() {
        return OffHeap.getInt(recordCounts + current() * 4L);
    }

    @Override
    public void write(long address) {
        int bytes = OffHeap.getInt(lengths + current() * 4L);
        if (isDescribing) {
            throw new IllegalStateException("block was opened to be described: entry=" + entry);
        }
        if (OffHeap.getInt(isOpaque + entry * 4L) != 0) {
            OffHeap.copy(opaque, address, bytes);
            opaque += bytes;
        } else {
            rebuilder.write(address, bytes);
        }
        entry++;
    }

    @Override
    public void skip() {
        int next = current();
        if (isDescribing) {
            entry++;
            return;
        }
        if (OffHeap.getInt(isOpaque + next * 4L) != 0) {
            opaque += OffHeap.getInt(lengths + entry * 4L);
        } else {
            rebuilder.skip();
        }
        entry++;
    }

    @Override
    public void release() {
        entries = 0;
        entry = 0;
        rebuilder.close();
        scratch.close();
        unpacker.trim();
        tokens.trim();
    }

    /// What was unpacked of the open block, in bytes, with what the pieces waste.
    long unpackedBytes() {
        return scratch.usedBytes();
    }

    private int current() {
        if (entry == entries) {
            throw new IllegalStateException("no entry stands next: entries=" + entries);
        }
        return entry;
    }

    /// Ends the decoder. Idempotent.
    @Override
    public void close() {
        release();
        unpacker.close();
    }
}
