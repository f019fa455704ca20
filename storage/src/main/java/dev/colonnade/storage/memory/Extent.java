package dev.colonnade.storage.memory;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// A contiguous run of bytes reserved in a slab for one body; a reusable holder, filled by
/// [ExtentSpace#reserve].
///
/// It is owned by whoever reserved it until [ExtentSpace#release] (the body is not kept) or
/// [ExtentSpace#handOver] (the stores refer to its slab by now). Used by one loop only.
public final class Extent {
    @Nullable Slab slab;
    int offset;
    int capacity;
    private int length;

    /// Whether it holds a reservation.
    public boolean isOpen() {
        return slab != null;
    }

    /// Where the bytes begin.
    public long address() {
        return slab().address() + offset;
    }

    /// Bytes reserved.
    public int capacity() {
        return capacity;
    }

    /// Bytes written so far.
    public int length() {
        return length;
    }

    /// Bytes that can still be written.
    public int remaining() {
        return capacity - length;
    }

    /// Appends `count` readable bytes of `source`, which the caller has checked against
    /// [#remaining]; they are copied.
    public void append(ByteBuf source, int count) {
        checkRoom(count);
        slab().copyFrom(source, offset + length, count);
        length += count;
    }

    /// Appends `count` bytes at `address`, checked as in the other.
    public void append(long address, int count) {
        checkRoom(count);
        OffHeap.copy(address, address() + length, count);
        length += count;
    }

    /// An empty buffer over what can still be written, for a socket to be read into; after the read
    /// call [#advance]. The caller releases it.
    public ByteBuf target() {
        return slab().target(offset + length, remaining());
    }

    /// Counts `count` bytes that were written through [#target].
    public void advance(int count) {
        checkRoom(count);
        length += count;
    }

    /// Which slot of the loop's [ShardMemory] the bytes are in.
    public int slot() {
        return slab().slot;
    }

    /// Where in its slab the bytes begin.
    public int offset() {
        return offset;
    }

    void open(Slab slab, int offset, int capacity) {
        this.slab = slab;
        this.offset = offset;
        this.capacity = capacity;
        length = 0;
    }

    /// Takes over what `other` holds, which is left closed.
    void become(Extent other) {
        slab = other.slab;
        offset = other.offset;
        capacity = other.capacity;
        length = other.length;
        other.clear();
    }

    void clear() {
        slab = null;
        offset = 0;
        capacity = 0;
        length = 0;
    }

    private void checkRoom(int count) {
        if (count < 0 || count > remaining()) {
            throw new IllegalStateException(
                    "extent overrun: count=" + count + ", remaining=" + remaining());
        }
    }

    Slab slab() {
        Slab open = slab;
        if (open == null) {
            throw new IllegalStateException("extent is not open");
        }
        return open;
    }
}
