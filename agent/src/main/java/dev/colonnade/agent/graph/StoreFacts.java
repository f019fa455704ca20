package dev.colonnade.agent.graph;

import dev.colonnade.storage.Cursor;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.ShapeFacts;
import dev.colonnade.storage.StoreShard;
import dev.colonnade.storage.memory.MemoryBudget;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a loop's policy has to know, read from the store that it is a part of.
final class StoreFacts implements ShapeFacts {
    private final int loop;
    private final MemoryBudget root;
    private @Nullable HybridStore store;

    StoreFacts(int loop, MemoryBudget root) {
        this.loop = loop;
        this.root = root;
    }

    /// The store, before it is used.
    void of(HybridStore made) {
        store = made;
    }

    @Override
    public long heldBytes() {
        return store().bytes();
    }

    @Override
    public long heldRecords() {
        return store().records();
    }

    @Override
    public long budgetBytes() {
        return Math.min(store().config().budget().limit(), root.limit());
    }

    @Override
    public double budgetUsed() {
        return store().config().budget().usedPart();
    }

    @Override
    public long settledBytes() {
        return store().shard(loop).settledBytes();
    }

    @Override
    public long inFlightBytes() {
        StoreShard shard = store().shard(loop);
        long most = 0;
        for (int index = 0; index < store().config().cursors().size(); index++) {
            Cursor cursor = shard.cursor(index);
            most = Math.max(most, cursor.backlogBytes() - cursor.waitingBytes());
        }
        return most;
    }

    private HybridStore store() {
        return Objects.requireNonNull(store, "used before the store was made");
    }
}
