package dev.colonnade.storage;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// What a packed segment has instead of an entry table.
///
/// While nobody is inside, all its entries are needed by the same cursors, and one number says by
/// how many. Somebody is inside when a cursor stands behind its first entry or a window is open;
/// then each entry has its own.
final class PackedState {
    /// What is known of the entries that were here when it was packed.
    ///
    /// @param firstNanos when the first was received
    /// @param records how many records they have
    /// @param wireBytes their size as plain OTLP
    record Facts(long firstNanos, long records, long wireBytes) {}

    final PackedPart part;
    final StoredBlock block;
    final Facts facts;
    final ShapeDecision decision;

    /// When it was packed, on the store's clock.
    long changedNanos;

    /// Whether making it another shape was tried in vain, so that it is left as it is.
    boolean staysAsItIs;

    /// Whether a cursor has come to it.
    boolean wasReached;

    /// The request metadata of its entries, of each of which it has one reference.
    final BitSet metadataIds = new BitSet();

    /// The windows that are open on it.
    final List<Segment> windows = new ArrayList<>(2);

    /// How many cursors have not settled an entry, by index; empty while nobody is inside.
    byte[] pending = NOBODY;

    /// The same for all entries, while nobody is inside.
    int uniform;

    static final byte[] NOBODY = {};

    /// The store, while it has the block, and those who look at it, on any thread.
    private final AtomicInteger holders = new AtomicInteger(1);

    PackedState(PackedPart part, StoredBlock block, Facts facts, ShapeDecision decision) {
        this.part = part;
        this.block = block;
        this.facts = facts;
        this.decision = decision;
    }

    /// Keeps the block for one more; on the loop, while the store has it.
    void retain() {
        holders.incrementAndGet();
    }

    /// Gives up the block for one of those who keep it; the last one gives its memory back.
    void release() {
        int left = holders.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("block released too often: holders=" + left);
        }
        if (left == 0) {
            block.release();
        }
    }

    /// The same entries in another block, made for that reason; while nobody is inside.
    PackedState in(StoredBlock fresh, ShapeDecision why, long nowNanos) {
        PackedState state = new PackedState(part, fresh, facts, why);
        state.changedNanos = nowNanos;
        state.uniform = uniform;
        state.metadataIds.or(metadataIds);
        return state;
    }

    boolean isEntered() {
        return pending.length > 0;
    }

    int pending(int index) {
        return isEntered() ? pending[index] : uniform;
    }
}
