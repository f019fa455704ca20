package dev.colonnade.pipeline;

import dev.colonnade.storage.Ack;
import dev.colonnade.storage.Counter;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.StoreShard;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.ShardMemory;
import org.jspecify.annotations.Nullable;

/// One loop's part of a route: room for bodies, and admission to every store of the route or to
/// none.
///
/// Used on its loop only. The receiver reserves an extent before it reads a body, fills it, and
/// offers the batch; a body that is not kept is released.
public final class RouteShard {
    private final Route route;
    private final int loop;
    private final ShardMemory memory;
    private final ExtentSpace space;
    private final Evictor evictor;
    private final StoreShard[] stores;
    private final boolean[] waitsForDelivery;
    private final Counter acceptedRecords = new Counter();

    RouteShard(Route route, int loop, ShardMemory memory, BudgetShare share, Evictor evictor) {
        this.route = route;
        this.loop = loop;
        this.memory = memory;
        this.evictor = evictor;
        space = new ExtentSpace(memory, share);
        stores = new StoreShard[route.stores().size()];
        waitsForDelivery = new boolean[stores.length];
        for (int index = 0; index < stores.length; index++) {
            HybridStore store = route.stores().get(index);
            stores[index] = store.shard(loop);
            waitsForDelivery[index] = store.config().durability() == Durability.DELIVERED;
        }
    }

    /// Reserves room for a body of `capacity` bytes, evicting where that was asked for; false when
    /// memory is full.
    public boolean reserve(Extent extent, int capacity) {
        while (!space.reserve(extent, capacity)) {
            if (!makeRoom(capacity)) {
                return false;
            }
        }
        return true;
    }

    /// Makes `extent` hold `capacity` bytes, keeping what it has; false, and nothing changed, when
    /// memory is full.
    public boolean grow(Extent extent, int capacity) {
        while (!space.grow(extent, capacity)) {
            if (!makeRoom(capacity)) {
                return false;
            }
        }
        return true;
    }

    /// Gives back what a finished body did not use of its extent.
    public void trim(Extent extent) {
        space.trim(extent);
    }

    /// Gives up a body that is not kept.
    public void release(Extent extent) {
        space.release(extent);
    }

    /// Offers a complete batch to every store: all take it, or none. When they take it the
    /// payload's extent is closed and the exporters may send before this returns; otherwise the
    /// batch is still the caller's. Where room is made by eviction, the acks of what was dropped
    /// are told before this returns.
    ///
    /// @param ack for the stores that wait for delivery, told once by each; null when none does
    public Admission offer(RowBatch batch, @Nullable Ack ack) {
        int records = batch.records();
        int wireBytes = batch.wireBytes();
        for (int index = 0; index < stores.length; index++) {
            Admission admission = admit(index, records, wireBytes);
            if (admission != Admission.ADMITTED) {
                while (--index >= 0) {
                    stores[index].cancel(records, wireBytes);
                }
                return admission;
            }
        }
        for (int index = 0; index < stores.length; index++) {
            stores[index].append(batch, waitsForDelivery[index] ? ack : null);
        }
        space.handOver(batch.payload());
        acceptedRecords.add(records);
        for (StoreShard store : stores) {
            store.publish();
        }
        return Admission.ADMITTED;
    }

    /// Records that its stores took so far, each counted once however many stores there are; for
    /// any thread.
    public long acceptedRecords() {
        return acceptedRecords.get();
    }

    /// The route it is a part of.
    public Route route() {
        return route;
    }

    /// The memory of the loop.
    public ShardMemory memory() {
        return memory;
    }

    /// Lets go of memory that an idle route keeps ready.
    public void trimIdle() {
        space.trimIdle();
    }

    /// Lets go of the memory kept ready; extents must have been released or handed over.
    public void close() {
        space.close();
    }

    private Admission admit(int index, int records, int wireBytes) {
        StoreShard store = stores[index];
        Admission admission = store.admit(records, wireBytes);
        while (admission == Admission.MEMORY_FULL && makeRoom(1)) {
            admission = store.admit(records, wireBytes);
        }
        if (admission == Admission.QUEUE_FULL) {
            evictor.evictQueuesElsewhere(loop, route.stores().get(index), records, wireBytes);
        }
        return admission;
    }

    private boolean makeRoom(long bytes) {
        if (evictor.isEmpty()) {
            return false;
        }
        if (evictor.evictHere(loop, bytes) > 0) {
            return true;
        }
        evictor.evictElsewhere(loop, bytes);
        return false;
    }
}
