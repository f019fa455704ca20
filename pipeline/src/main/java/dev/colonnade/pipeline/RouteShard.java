package dev.colonnade.pipeline;

import dev.colonnade.storage.Ack;
import dev.colonnade.storage.Counter;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.MetadataTable;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.StoreShard;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.Extent;
import dev.colonnade.storage.memory.ExtentSpace;
import dev.colonnade.storage.memory.ShardMemory;
import java.util.List;
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
    private final @Nullable RouteEditor[] editors;
    private final RowBatch[] edited;
    private final int[] metadataIds;
    private final Counter acceptedRecords = new Counter();

    RouteShard(Route route, int loop, ShardMemory memory, BudgetShare share, Evictor evictor) {
        this.route = route;
        this.loop = loop;
        this.memory = memory;
        this.evictor = evictor;
        space = new ExtentSpace(memory, share);
        List<Way> ways = route.ways();
        stores = new StoreShard[ways.size()];
        waitsForDelivery = new boolean[stores.length];
        editors = new @Nullable RouteEditor[stores.length];
        edited = new RowBatch[stores.length];
        metadataIds = new int[stores.length];
        for (int index = 0; index < stores.length; index++) {
            Way way = ways.get(index);
            stores[index] = way.store().shard(loop);
            waitsForDelivery[index] = way.store().config().durability() == Durability.DELIVERED;
            editors[index] =
                    way.processors().isEmpty() ? null : new RouteEditor(this, way.processors());
        }
    }

    /// Whether a store would refuse a request of at least `wireBytes` because an exporter's written
    /// `queue_size` is reached; asked before the body is read.
    public boolean isQueueFullFor(int wireBytes) {
        for (StoreShard store : stores) {
            if (store.isQueueFullFor(wireBytes)) {
                return true;
            }
        }
        return false;
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

    /// Offers a batch of an unknown sender; see the other.
    public Admission offer(RowBatch batch, @Nullable Ack ack) {
        return offer(batch, RequestContext.NONE, ack);
    }

    /// Offers a complete batch to every store: all take it, or none. When they take it the
    /// payload's extent is closed and the exporters may send before this returns; otherwise the
    /// batch is still the caller's. Where room is made by eviction, the acks of what was dropped
    /// are told before this returns.
    ///
    /// @param context what processors may know of the sender
    /// @param ack for the stores that wait for delivery, told once by each; null when none does
    public Admission offer(RowBatch batch, RequestContext context, @Nullable Ack ack) {
        Admission admission = edit(batch, context);
        if (admission == Admission.ADMITTED) {
            admission = admit(context);
        }
        if (admission != Admission.ADMITTED) {
            dropEdited();
            return admission;
        }
        int records = batch.records();
        for (int index = 0; index < stores.length; index++) {
            edited[index].metadataId(metadataIds[index]);
            stores[index].append(edited[index], waitsForDelivery[index] ? ack : null);
        }
        for (RowBatch held : edited) {
            if (held.payload().isOpen()) {
                space.handOver(held.payload());
            }
        }
        if (batch.payload().isOpen()) {
            space.release(batch.payload());
        }
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

    /// Records that a processor of a way was given; for any thread.
    long incomingRecords(int way, int processor) {
        RouteEditor editor = editors[way];
        return editor == null ? 0 : editor.incoming(processor);
    }

    /// Records that a processor of a way passed on; for any thread.
    long outgoingRecords(int way, int processor) {
        RouteEditor editor = editors[way];
        return editor == null ? 0 : editor.outgoing(processor);
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

    /// Runs each way's processors; what the stores are to hold is in `edited` then.
    private Admission edit(RowBatch batch, RequestContext context) {
        for (int index = 0; index < stores.length; index++) {
            RouteEditor editor = editors[index];
            if (editor == null) {
                edited[index] = batch;
                continue;
            }
            @Nullable RowBatch result = editor.edit(batch, context);
            if (result == null) {
                return editor.failure() == Processor.Outcome.MALFORMED
                        ? Admission.MALFORMED
                        : Admission.MEMORY_FULL;
            }
            edited[index] = result;
        }
        return Admission.ADMITTED;
    }

    private void dropEdited() {
        for (RouteEditor editor : editors) {
            if (editor != null) {
                editor.drop();
            }
        }
    }

    private Admission admit(RequestContext context) {
        for (int index = 0; index < stores.length; index++) {
            RowBatch batch = edited[index];
            int id = metadataId(stores[index].metadata(), context);
            metadataIds[index] = id;
            Admission admission =
                    id == MetadataTable.FULL
                            ? Admission.METADATA_FULL
                            : admit(index, batch.records(), batch.wireBytes());
            if (admission != Admission.ADMITTED) {
                if (id != MetadataTable.FULL) {
                    stores[index].metadata().release(id);
                }
                while (--index >= 0) {
                    stores[index].cancel(edited[index].records(), edited[index].wireBytes());
                    stores[index].metadata().release(metadataIds[index]);
                }
                return admission;
            }
        }
        return Admission.ADMITTED;
    }

    /// Makes no function of the context where nothing is kept.
    private static int metadataId(MetadataTable table, RequestContext context) {
        return table.isEmpty() ? MetadataTable.NONE : table.acquire(context::metadata);
    }

    private Admission admit(int index, int records, int wireBytes) {
        StoreShard store = stores[index];
        Admission admission = store.admit(records, wireBytes);
        while (admission == Admission.MEMORY_FULL && makeRoom(1)) {
            admission = store.admit(records, wireBytes);
        }
        if (admission == Admission.QUEUE_FULL) {
            evictor.evictQueuesElsewhere(loop, route.ways().get(index).store(), records, wireBytes);
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
