package dev.colonnade.storage;

import dev.colonnade.storage.ShapeMeter.Failure;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.OffHeap;
import dev.colonnade.storage.memory.Slab;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// A run of pinned row segments on its way to the packer and back.
///
/// Made and ended on the store's loop; in between the packer's alone. What the loop changes
/// meanwhile (how many cursors need an entry) the packer does not read; what it reads (where the
/// payloads are) does not change while the segments are pinned.
final class PackJob extends PackerJob {
    final Segment[] segments;
    final int firstIndex;

    private final @Nullable Slab[] slabs;
    private int segment;
    private int index;
    private boolean hasBegun;

    /// Entries that are in the block, from the first on.
    int covered;

    /// @param segments pinned, adjacent
    /// @param firstIndex where in the first to begin
    /// @param slabs the loop's table, in which the payloads' slabs stay where they are
    PackJob(
            Reshaper reshaper,
            Order order,
            Segment[] segments,
            int firstIndex,
            Executor loop,
            @Nullable Slab[] slabs) {
        super(reshaper, order, loop);
        this.segments = segments;
        this.firstIndex = firstIndex;
        this.slabs = slabs;
        index = firstIndex;
    }

    @Override
    boolean work(BlockWriter writer, PackerScratch scratch, BudgetShare reserve) {
        if (!hasBegun) {
            hasBegun = true;
            writer.begin();
        }
        long read = 0;
        while (segment < segments.length && read < BYTES_PER_LOOK) {
            Segment from = segments[segment];
            if (index == from.count) {
                segment++;
                index = segment < segments.length ? segments[segment].from : 0;
                continue;
            }
            long entry = from.entry(index);
            @Nullable Failure obstacle = add(writer, scratch, entry);
            if (obstacle != null) {
                end(writer, scratch, reserve, obstacle);
                return true;
            }
            covered++;
            index++;
            read += ENTRY_BYTES + OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
        }
        if (segment < segments.length) {
            return false;
        }
        end(writer, scratch, reserve, Failure.OVERTAKEN);
        return true;
    }

    private @Nullable Failure add(BlockWriter writer, PackerScratch scratch, long entry) {
        int wireBytes = OffHeap.getInt(entry + EntryDescriptor.WIRE_BYTES);
        int length = OffHeap.getInt(entry + EntryDescriptor.LENGTH);
        Codec codec = Codec.of(OffHeap.getByte(entry + EntryDescriptor.CODEC));
        Slab slab = slabs[OffHeap.getInt(entry + EntryDescriptor.SLOT)];
        if (wireBytes > order.entryBytesMax() || slab == null) {
            return Failure.UNFIT;
        }
        long address = slab.address() + OffHeap.getInt(entry + EntryDescriptor.OFFSET);
        if (codec != Codec.IDENTITY) {
            if (!scratch.reserve(wireBytes)) {
                return Failure.NO_ROOM;
            }
            address = scratch.inflate(codec, address, length, wireBytes);
            if (address == PackerScratch.DAMAGED) {
                return Failure.UNFIT;
            }
        } else if (length != wireBytes) {
            return Failure.UNFIT;
        }
        return switch (writer.add(
                address,
                wireBytes,
                OffHeap.getLong(entry + EntryDescriptor.RECEIVED),
                OffHeap.getInt(entry + EntryDescriptor.METADATA),
                OffHeap.getInt(entry + EntryDescriptor.RECORDS))) {
            case ADDED -> null;
            case FULL -> Failure.UNFIT;
            case NO_MEMORY -> Failure.NO_ROOM;
        };
    }

    /// Makes a block of what there is; with nothing, `reason` says why.
    private void end(
            BlockWriter writer, PackerScratch scratch, BudgetShare reserve, Failure reason) {
        if (covered == 0) {
            fail(reason);
        } else {
            seal(writer, scratch, reserve);
        }
    }

    @Override
    void fail(Failure reason) {
        covered = 0;
        super.fail(reason);
    }
}
