package dev.colonnade.benchmarks;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.colonnade.pipeline.Evictor;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.RouteShard;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Cursor;
import dev.colonnade.storage.CursorConfig;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Durability;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.OnFull;
import dev.colonnade.storage.RowBatch;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoreConfig;
import dev.colonnade.storage.StoreShard;
import dev.colonnade.storage.StoreShard.Admission;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.SlabPool;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// One route into one store on one loop, for benchmarks; every result it returns was checked.
final class StoreBench implements AutoCloseable {
    /// Bytes of a request: the standard one of 100 log records is some twenty of these.
    static final int BODY_BYTES = 1024;

    static final int RECORDS = 5;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment source = arena.allocate(BODY_BYTES, 8);
    private final Loops loops = new Loops(1, new DefaultThreadFactory("bench"));
    private final MemoryBudget root;
    private final SlabPool pool;
    private final ShardMemory memory;
    private final RowBatch batch = new RowBatch();
    private final HybridStore hybrid;
    private final StoreShard store;
    private final RouteShard route;
    private long sequence;
    private long admittedRecords;
    private long expected;

    StoreBench() {
        this(256L << 20, 32L << 20);
    }

    /// A store of at most `bytesMax`, of which up to `idleBytesMax` are kept free for reuse.
    StoreBench(long bytesMax, long idleBytesMax) {
        root = MemoryBudget.root("process", bytesMax);
        pool = new SlabPool(root, idleBytesMax);
        memory = new ShardMemory(pool);
        CursorConfig cursor = new CursorConfig("otlp", OnFull.REFUSE, null);
        hybrid =
                new HybridStore(
                        new StoreConfig(
                                "logs",
                                Signal.LOGS,
                                root.child("logs", root.limit()),
                                Durability.MEMORY,
                                List.of(cursor)),
                        List.of(memory),
                        System::nanoTime);
        store = hybrid.shard(0);
        route =
                new Route(
                                Signal.LOGS,
                                List.of(hybrid),
                                List.of(memory),
                                new Evictor(loops, List.of()))
                        .shard(0);
    }

    Cursor cursor() {
        return store.cursor(0);
    }

    /// Reserves room for a body, copies it in, trims, and offers it. The body begins with its
    /// sequence number, which [#checked] looks for.
    void admit() {
        OffHeap.putLong(source.address(), sequence++);
        admit(source.address(), BODY_BYTES, BODY_BYTES + 64, RECORDS);
    }

    /// The same with a body of the caller's.
    void admit(MemorySegment body, int records) {
        int length = (int) body.byteSize();
        admit(body.address(), length, length, records);
    }

    private void admit(long address, int length, int reserved, int records) {
        if (!route.reserve(batch.payload(), reserved)) {
            throw new IllegalStateException("memory full");
        }
        batch.payload().append(address, length);
        route.trim(batch.payload());
        batch.describe(Codec.IDENTITY, length, records, 0, sequence);
        admittedRecords += records;
        if (route.offer(batch, null) != Admission.ADMITTED) {
            throw new IllegalStateException("refused");
        }
    }

    /// Takes up to `entries` entries as one lease and checks that they are the next ones, whole.
    Lease checked(int entries) {
        Lease lease = cursor().take((long) entries * BODY_BYTES, Integer.MAX_VALUE, false);
        if (lease == null
                || lease.entries() != entries
                || lease.records() != entries * RECORDS
                || lease.storedBytes() != (long) entries * BODY_BYTES) {
            throw new IllegalStateException("lease is not what was admitted: entries=" + entries);
        }
        for (int index = 0; index < entries; index++) {
            if (OffHeap.getLong(lease.address(index)) != expected++) {
                throw new IllegalStateException("entry out of order: expected=" + (expected - 1));
            }
        }
        return lease;
    }

    /// The capacity of what the store holds, in bytes.
    long storedBytes() {
        return hybrid.bytes();
    }

    /// Lets go of everything that waits, without looking at it.
    void discard() {
        store.abandon();
        expected = sequence;
    }

    /// Checks the ledger and that no memory leaked.
    @Override
    public void close() throws Exception {
        discard();
        Cursor cursor = cursor();
        long settled = cursor.delivered() + cursor.dropped(DropReason.SHUTDOWN);
        if (settled != store.stored() || store.stored() != admittedRecords) {
            throw new IllegalStateException(
                    "ledger does not close: stored=" + store.stored() + ", settled=" + settled);
        }
        store.close();
        route.close();
        memory.close();
        pool.close();
        root.close();
        arena.close();
        loops.close().get(10, SECONDS);
    }
}
