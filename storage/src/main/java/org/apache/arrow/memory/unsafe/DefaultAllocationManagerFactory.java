package org.apache.arrow.memory.unsafe;

import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;

/// What Arrow takes for its default allocation manager: one that refuses.
///
/// Arrow's allocators cannot be initialised before a class of this name, or of one of two others,
/// is found on the class path and has a field `FACTORY`. It is here so that no jar with a real one
/// is needed, and so that an allocator made without a budget gets no memory: every slab is reserved
/// first.
public final class DefaultAllocationManagerFactory implements AllocationManager.Factory {
    /// Read by Arrow by reflection.
    public static final AllocationManager.Factory FACTORY = new DefaultAllocationManagerFactory();

    private DefaultAllocationManagerFactory() {}

    @Override
    public AllocationManager create(BufferAllocator accounting, long size) {
        throw new UnsupportedOperationException(
                "arrow memory outside of any budget: allocator="
                        + accounting.getName()
                        + ", bytes="
                        + size);
    }

    @Override
    public ArrowBuf empty() {
        return new ArrowBuf(ReferenceManager.NO_OP, null, 0, 0);
    }
}
