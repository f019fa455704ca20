package dev.colonnade.storage.columnar;

import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoredBlock;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;

/// A run of stored entries of one signal as columns: immutable, off heap, readable alone.
///
/// It has one owner, who ends it with [#release]. Made by [BlockEncoder], read by [BlockDecoder];
/// any thread may read while the owner keeps it.
public final class Block implements StoredBlock {
    private final SlabPool pool;
    private final Slab[] slabs;
    private final Signal signal;
    private final Shape shape;
    private final WorkSizes sizes;
    private final int length;
    private final int footerLength;
    private final int footerBytes;
    private final Facts facts;
    private boolean released;

    /// What is known of a block's content.
    ///
    /// @param entries stored requests
    /// @param records log records, spans or data points in them
    /// @param wireBytes what the entries are long as plain OTLP, in bytes
    /// @param opaqueEntries entries kept as bytes, because they would not come back exactly
    /// @param dictionaryEntries distinct values in all dictionaries
    /// @param dictionaryHits values that were found in a dictionary
    /// @param dictionaryOverflows columns whose dictionary did not pay and was given up
    /// @param unpackBytes scratch memory that reading needs: an upper estimate, and of small blocks
    ///   the exact figure
    record Facts(
            int entries,
            int records,
            long wireBytes,
            int opaqueEntries,
            int dictionaryEntries,
            int dictionaryHits,
            int dictionaryOverflows,
            long unpackBytes) {}

    Block(
            SlabPool pool,
            Slab[] slabs,
            Signal signal,
            Shape shape,
            WorkSizes sizes,
            int length,
            int footerLength,
            int footerBytes,
            Facts facts) {
        this.pool = pool;
        this.slabs = slabs;
        this.signal = signal;
        this.shape = shape;
        this.sizes = sizes;
        this.length = length;
        this.footerLength = footerLength;
        this.footerBytes = footerBytes;
        this.facts = facts;
    }

    /// The signal its records belong to.
    public Signal signal() {
        return signal;
    }

    /// [Shape#COLUMN] or [Shape#PACKED].
    @Override
    public Shape shape() {
        return shape;
    }

    /// Stored requests in it.
    @Override
    public int entries() {
        return facts.entries;
    }

    /// Log records, spans or data points in it.
    @Override
    public int records() {
        return facts.records;
    }

    /// The length of its entries as plain OTLP, in bytes.
    @Override
    public long wireBytes() {
        return facts.wireBytes;
    }

    /// The memory it holds, slack included, in bytes: what its budget was charged.
    @Override
    public long capacityBytes() {
        long bytes = 0;
        for (Slab slab : slabs) {
            bytes += slab.capacity();
        }
        return bytes;
    }

    /// The bytes of that which are used.
    public long usedBytes() {
        return length;
    }

    /// Entries kept as opaque bytes, because columns would not give them back exactly.
    @Override
    public int opaqueEntries() {
        return facts.opaqueEntries;
    }

    /// Distinct values in all of its dictionaries.
    @Override
    public int dictionaryEntries() {
        return facts.dictionaryEntries;
    }

    /// Values that were in their dictionary already.
    @Override
    public int dictionaryHits() {
        return facts.dictionaryHits;
    }

    /// Columns whose dictionary did not pay, so that it was given up.
    @Override
    public int dictionaryOverflows() {
        return facts.dictionaryOverflows;
    }

    /// The scratch memory that reading it needs, in bytes: an upper estimate, known beforehand.
    public long unpackBytes() {
        return facts.unpackBytes;
    }

    @Override
    public boolean charge(BudgetShare share) {
        for (Slab slab : slabs) {
            if (!pool.recharge(slab, share)) {
                return false;
            }
        }
        return true;
    }

    /// Gives the memory back to the pool.
    ///
    /// @throws IllegalStateException when it was released before; nothing changes
    @Override
    public void release() {
        if (released) {
            throw new IllegalStateException("block released twice: entries=" + facts.entries);
        }
        released = true;
        for (Slab slab : slabs) {
            pool.give(slab);
        }
    }

    int length() {
        return length;
    }

    /// What it was written with.
    WorkSizes sizes() {
        return sizes;
    }

    /// The length of the footer, which stands at the end, as it is compressed.
    int footerLength() {
        return footerLength;
    }

    /// The length of the footer as it is read.
    int footerBytes() {
        return footerBytes;
    }

    /// The address of `bytes` bytes at `position`, or 0 when a border between slabs is within.
    long addressOf(int position, int bytes) {
        int offset = position;
        for (Slab slab : slabs) {
            if (offset < slab.capacity()) {
                return offset + bytes <= slab.capacity() ? slab.address() + offset : 0;
            }
            offset -= slab.capacity();
        }
        return 0;
    }

    /// Copies `bytes` bytes at `position` to `target`.
    void copy(int position, int bytes, long target) {
        int offset = position;
        int left = bytes;
        for (Slab slab : slabs) {
            if (offset < slab.capacity()) {
                int part = Math.min(left, slab.capacity() - offset);
                OffHeap.copy(slab.address() + offset, target + bytes - left, part);
                left -= part;
                offset = 0;
                if (left == 0) {
                    return;
                }
            } else {
                offset -= slab.capacity();
            }
        }
        throw new IllegalStateException(
                "block read past its end: position=" + position + ", bytes=" + bytes);
    }
}
