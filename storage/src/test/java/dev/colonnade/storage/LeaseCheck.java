package dev.colonnade.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.colonnade.storage.StoreModel.Entry;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import dev.colonnade.storage.testkit.Batches;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Compares leases with what they should hold: rows where they stand, columns in their block.
final class LeaseCheck implements AutoCloseable {
    /// From receipt to storing, in tests that compare.
    static final long STORE_DELAY_NANOS = 700;

    private static final int ENTRY_BYTES_MAX = 64 << 10;

    private final SlabPool pool;
    private final MemoryBudget budget;
    private final BlockReader reader;
    private final Slab room;

    /// A check of blocks of that format, in memory of its own.
    LeaseCheck(BlockFormat format, SlabPool pool, MemoryBudget budget) {
        this.pool = pool;
        this.budget = budget;
        BudgetShare share = BudgetShare.of(budget);
        reader = format.reader(pool, share);
        room = Objects.requireNonNull(pool.take(ENTRY_BYTES_MAX, share));
    }

    /// The memory that it needs, in bytes.
    static long bytes(BlockFormat format) {
        return format.readerBytesMax() + ENTRY_BYTES_MAX;
    }

    /// @param blocks reads columns
    static void compare(Lease lease, List<Entry> entries, @Nullable LeaseCheck blocks) {
        if (lease.isColumns()) {
            Objects.requireNonNull(blocks).columns(lease, entries);
        } else {
            rows(lease, entries);
        }
    }

    private static void rows(Lease lease, List<Entry> entries) {
        figures(lease, entries);
        for (int index = 0; index < entries.size(); index++) {
            Entry entry = entries.get(index);
            assertThat(Batches.read(lease, index)).isEqualTo(entry.payload);
            assertThat(Batches.readView(lease, index)).isEqualTo(entry.payload);
        }
    }

    private void columns(Lease lease, List<Entry> entries) {
        figures(lease, entries);
        StoredBlock block = lease.block();
        assertThat(block.shape()).isNotEqualTo(Shape.ROW);
        assertThat(reader.open(block)).isTrue();
        for (int before = 0; before < lease.blockIndex(); before++) {
            reader.skip();
        }
        for (Entry entry : entries) {
            assertThat(reader.nextLength()).isEqualTo(entry.payload.length);
            reader.write(room.address());
            byte[] bytes = new byte[entry.payload.length];
            OffHeap.copy(room.address(), bytes, 0, bytes.length);
            assertThat(bytes).isEqualTo(entry.payload);
        }
        reader.release();
    }

    private static void figures(Lease lease, List<Entry> entries) {
        assertThat(lease.position()).isEqualTo(entries.getFirst().position);
        for (int index = 0; index < entries.size(); index++) {
            Entry entry = entries.get(index);
            assertThat(entry.position).isEqualTo(lease.position() + index);
            assertThat(lease.records(index)).isEqualTo(entry.records);
            assertThat(lease.length(index)).isEqualTo(entry.payload.length);
            assertThat(lease.wireBytes(index)).isEqualTo(entry.wireBytes);
            assertThat(lease.codec(index)).isEqualTo(entry.codec);
            assertThat(lease.receivedNanos(index)).isEqualTo(entry.receivedNanos);
            assertThat(lease.storedNanos(index))
                    .isEqualTo(entry.receivedNanos + (entry.isPacked ? 0 : STORE_DELAY_NANOS));
            assertThat(lease.metadataId()).isEqualTo(entry.metadataId);
        }
        assertThat(lease.records())
                .isEqualTo(entries.stream().mapToInt(entry -> entry.records).sum());
        assertThat(lease.wireBytes())
                .isEqualTo(entries.stream().mapToLong(entry -> entry.wireBytes).sum());
        assertThat(lease.storedBytes())
                .isEqualTo(entries.stream().mapToLong(entry -> entry.payload.length).sum());
    }

    @Override
    public void close() {
        reader.close();
        pool.give(room);
        budget.close();
    }
}
