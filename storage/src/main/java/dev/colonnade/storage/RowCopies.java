package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;

/// Requests that were copied out of a store, as they are held, for whoever looks at them on another
/// thread. Filled by [SegmentLook#copy], read until it is filled again; never by two threads at
/// once.
public final class RowCopies {
    /// Requests copied at once: with small ones it is this that bounds the loop's work.
    private static final int COUNT_MAX = 1024;

    private final Slab target;
    private final int[] offsets = new int[COUNT_MAX];
    private final int[] lengths = new int[COUNT_MAX];
    private final int[] wireBytes = new int[COUNT_MAX];
    private final int[] records = new int[COUNT_MAX];
    private final byte[] codecs = new byte[COUNT_MAX];
    private int count;
    private int used;
    private int needed;

    /// Copies into `target`, which stays the caller's.
    public RowCopies(Slab target) {
        this.target = target;
    }

    /// How many there are.
    public int count() {
        return count;
    }

    /// Where one stands.
    public long address(int index) {
        return target.address() + offsets[index];
    }

    /// How long it is as held, in bytes.
    public int length(int index) {
        return lengths[index];
    }

    /// How long it is as plain OTLP, in bytes.
    public int wireBytes(int index) {
        return wireBytes[index];
    }

    /// How many records it has, as they were counted.
    public int records(int index) {
        return records[index];
    }

    /// How it is compressed.
    public Codec codec(int index) {
        return Codec.of(codecs[index]);
    }

    /// How long the next request is where it is too long for the target and nothing was copied; 0
    /// otherwise.
    public int neededBytes() {
        return needed;
    }

    void clear() {
        count = 0;
        used = 0;
        needed = 0;
    }

    /// Copies what an entry refers to; false when it does not fit.
    boolean add(long entry, Slab payload) {
        int length = OffHeap.getInt(entry + EntryDescriptor.LENGTH);
        if (count == COUNT_MAX || length > target.capacity() - used) {
            needed = count == 0 ? length : 0;
            return false;
        }
        OffHeap.copy(
                payload.address() + OffHeap.getInt(entry + EntryDescriptor.OFFSET),
                target.address() + used,
                length);
        offsets[count] = used;
        lengths[count] = length;
        wireBytes[count] = OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
        records[count] = OffHeap.getInt(entry + EntryDescriptor.RECORDS);
        codecs[count++] = OffHeap.getByte(entry + EntryDescriptor.CODEC);
        used += length;
        return true;
    }
}
