package dev.colonnade.storage.columnar;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.SlabPool;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OwnershipTransferResult;
import org.apache.arrow.memory.ReferenceManager;

/// The memory behind all buffers of a [ColumnBatch]: a scratch, and what the block holds anyway.
///
/// One count for all of it: with the last reference the scratch's slabs go back to the pool. It
/// begins with one reference, the maker's.
final class ArrowMemory implements ReferenceManager {
    private static final int ALIGNMENT = 8;

    final Scratch scratch;
    private final Runnable atEnd;
    private final BufferAllocator allocator;
    private final AtomicInteger references = new AtomicInteger(1);
    private long sharedBytes;
    private long copiedBytes;

    /// @param atEnd told after the last reference went, on the thread that gave it up
    ArrowMemory(SlabPool pool, BudgetShare share, BufferAllocator allocator, Runnable atEnd) {
        this.allocator = allocator;
        this.atEnd = atEnd;
        scratch = Scratch.ofSmall(pool, share, Long.MAX_VALUE);
    }

    /// The address of `bytes` zeros.
    ///
    /// @throws Stop when there is no memory
    long zeros(long bytes) {
        if (bytes > SlabPool.CAPACITY_MAX) {
            throw Stop.NO_MEMORY;
        }
        int length = (int) Math.max(bytes, ALIGNMENT);
        long address = scratch.allocate(length);
        OffHeap.segment(address, length).fill((byte) 0);
        return address;
    }

    /// A buffer of what stands elsewhere already; it has a reference of its own.
    ArrowBuf shared(long address, long bytes) {
        sharedBytes += bytes;
        return buffer(address, bytes);
    }

    /// A buffer of what was written for it; it has a reference of its own.
    ArrowBuf copied(long address, long bytes) {
        copiedBytes += bytes;
        return buffer(address, bytes);
    }

    long sharedBytes() {
        return sharedBytes;
    }

    long copiedBytes() {
        return copiedBytes;
    }

    private ArrowBuf buffer(long address, long bytes) {
        retain();
        ArrowBuf buffer = new ArrowBuf(this, null, bytes, address);
        buffer.writerIndex(bytes);
        return buffer;
    }

    @Override
    public int getRefCount() {
        return references.get();
    }

    @Override
    public boolean release() {
        return release(1);
    }

    @Override
    public boolean release(int decrement) {
        int left = references.addAndGet(-decrement);
        if (left < 0) {
            throw new IllegalStateException("column batch released too often: references=" + left);
        }
        if (left == 0) {
            scratch.close();
            atEnd.run();
        }
        return left == 0;
    }

    @Override
    public void retain() {
        retain(1);
    }

    @Override
    public void retain(int increment) {
        references.addAndGet(increment);
    }

    @Override
    public ArrowBuf retain(ArrowBuf source, BufferAllocator target) {
        return buffer(source.memoryAddress(), source.capacity());
    }

    @Override
    public ArrowBuf deriveBuffer(ArrowBuf source, long index, long length) {
        return new ArrowBuf(this, null, length, source.memoryAddress() + index);
    }

    /// The memory stays where it is charged; the other allocator gets a reference to it.
    @Override
    public OwnershipTransferResult transferOwnership(ArrowBuf source, BufferAllocator target) {
        ArrowBuf transferred = buffer(source.memoryAddress(), source.capacity());
        return new OwnershipTransferResult() {
            @Override
            public boolean getAllocationFit() {
                return true;
            }

            @Override
            public ArrowBuf getTransferredBuffer() {
                return transferred;
            }
        };
    }

    @Override
    public BufferAllocator getAllocator() {
        return allocator;
    }

    @Override
    public long getSize() {
        return scratch.usedBytes();
    }

    @Override
    public long getAccountedSize() {
        return 0;
    }
}
