package dev.colonnade.storage;

import dev.colonnade.storage.memory.OffHeap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What can be told of a held segment.
///
/// @param position the first entry's, in its part of the store
/// @param shape in which it is held
/// @param reason why it has changed its shape; null where it has not
/// @param isSealed whether it grows no more
/// @param isBusy whether the packer works on it
/// @param entries requests that some exporter has not settled
/// @param records records when it was sealed or packed
/// @param bytes what holds it: payloads and their entry table, or the block's capacity
/// @param wireBytes the size of its records as plain OTLP, when it was sealed or packed
/// @param oldestNanos when its first request was received, on the store's clock
public record SegmentFacts(
        long position,
        Shape shape,
        @Nullable ShapeReason reason,
        boolean isSealed,
        boolean isBusy,
        int entries,
        long records,
        long bytes,
        long wireBytes,
        long oldestNanos) {
    /// A part of a store, listed.
    ///
    /// @param segments how many there are that hold something
    /// @param oldest the oldest of them, as many as were asked for at most
    public record Listing(int segments, List<SegmentFacts> oldest) {
        /// Copies the list.
        public Listing {
            oldest = List.copyOf(oldest);
        }
    }

    /// Lists from `oldest` on; on the loop.
    static Listing list(Segment oldest, int max) {
        List<SegmentFacts> facts = new ArrayList<>();
        int segments = 0;
        for (@Nullable Segment segment = oldest; segment != null; segment = segment.next) {
            if (segment.live > 0) {
                segments++;
                if (facts.size() < max) {
                    facts.add(of(segment));
                }
            }
        }
        return new Listing(segments, facts);
    }

    private static SegmentFacts of(Segment segment) {
        PackedState packed = segment.packed;
        long position = segment.basePosition + segment.from;
        if (packed != null) {
            return new SegmentFacts(
                    position,
                    packed.block.shape(),
                    packed.decision.reason(),
                    true,
                    false,
                    segment.live,
                    packed.facts.records(),
                    packed.block.capacityBytes(),
                    packed.facts.wireBytes(),
                    packed.facts.firstNanos());
        }
        long first = segment.entry(segment.from) + EntryDescriptor.RECEIVED;
        return new SegmentFacts(
                position,
                Shape.ROW,
                null,
                segment.sealed,
                segment.pinned,
                segment.live,
                segment.records,
                segment.storedBytes + (long) segment.live * EntryDescriptor.BYTES,
                segment.wireBytes,
                OffHeap.getLong(first));
    }
}
