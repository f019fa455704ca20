package dev.colonnade.storage.memory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The owner of one run of off-heap telemetry memory.
///
/// Its bytes are seen three ways, never copied between them: as [ByteBuf] by Netty ([#view]), as
/// address or [MemorySegment] by the skim, and as `ArrowBuf` through the columnar package's
/// allocation manager.
///
/// A slab belongs to one [ShardMemory] at a time, whose loop alone counts its references. When the
/// last is released it goes back to the [SlabPool], but not before Netty has let go of every view.
public final class Slab {
    /// References by extents, entries and the open space; written by the owning loop only.
    int references;

    /// Where the owning [ShardMemory] keeps it; -1 outside of one.
    int slot = -1;

    /// What the capacity is charged to while it is out of the pool; written by the pool only.
    @Nullable BudgetShare charged;

    /// Whether it was given back and waits for Netty to release its views; written by the pool
    /// only.
    boolean given;

    /// Where it was taken, when leaks are tracked.
    @Nullable Throwable taken;

    private final Arena arena;
    private final MemorySegment segment;
    private final ByteBuf buffer;
    private final long address;
    private final int capacity;

    private Slab(int capacity, Arena arena, MemorySegment segment) {
        this.capacity = capacity;
        this.arena = arena;
        this.segment = segment;
        address = segment.address();
        buffer = Unpooled.wrappedBuffer(segment.asByteBuffer());
    }

    /// A new slab; null when the machine has no memory for it, which is the same answer as a full
    /// budget.
    static @Nullable Slab allocate(int capacity) {
        Arena arena = Arena.ofShared();
        try {
            return new Slab(capacity, arena, arena.allocate(capacity, 64));
        } catch (OutOfMemoryError _) {
            arena.close();
            return null;
        }
    }

    /// The whole capacity as a segment.
    public MemorySegment segment() {
        return segment;
    }

    /// Where the memory begins.
    public long address() {
        return address;
    }

    /// Size in bytes.
    public int capacity() {
        return capacity;
    }

    /// Where the owning [ShardMemory] keeps it; -1 outside of one.
    public int slot() {
        return slot;
    }

    /// A readable view of `length` bytes at `offset`, for Netty to write out and release. The
    /// memory is not reused before the view is released, whatever its owner does.
    public ByteBuf view(int offset, int length) {
        return buffer.retainedSlice(offset, length);
    }

    /// A writable view of `length` bytes at `offset`, empty, for Netty to read a socket into; to be
    /// released like [#view].
    public ByteBuf target(int offset, int length) {
        return buffer.retainedSlice(offset, length).writerIndex(0);
    }

    void copyFrom(ByteBuf source, int offset, int length) {
        source.readBytes(buffer, offset, length);
    }

    boolean isViewed() {
        return buffer.refCnt() > 1;
    }

    void destroy() {
        buffer.release();
        arena.close();
    }
}
