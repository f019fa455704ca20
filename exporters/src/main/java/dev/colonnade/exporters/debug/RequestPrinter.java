package dev.colonnade.exporters.debug;

import dev.colonnade.exporters.CursorDrain;
import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.Slab;
import org.jspecify.annotations.Nullable;

/// Prints the requests that pass, as far as the sampler lets them through and the writer keeps up.
///
/// Runs on one loop. A request that is held compressed is inflated in the memory to send with;
/// where there is not enough, its text has the number of its records only.
final class RequestPrinter implements CursorDrain.Taker {
    private final ShardMemory memory;
    private final BudgetShare floor;
    private final Sampler sampler;
    private final Printer printer;
    private final LineWriter writer;

    /// Made when the first request comes that is held compressed.
    private @Nullable Decompressor decompressor;

    RequestPrinter(
            ShardMemory memory,
            MemoryBudget floor,
            Sampler sampler,
            Printer printer,
            LineWriter writer) {
        this.memory = memory;
        this.floor = BudgetShare.of(floor);
        this.sampler = sampler;
        this.printer = printer;
        this.writer = writer;
    }

    @Override
    public void take(Signal signal, Lease lease) {
        for (int entry = 0; entry < lease.entries(); entry++) {
            if (!sampler.passes(signal)) {
                continue;
            }
            if (writer.isFull()) {
                writer.drop();
            } else {
                writer.write(text(signal, lease, entry));
            }
        }
    }

    private String text(Signal signal, Lease lease, int entry) {
        int records = lease.records(entry);
        if (lease.codec(entry) == Codec.IDENTITY) {
            return printer.print(signal, records, lease.address(entry), lease.length(entry));
        }
        int length = lease.wireBytes(entry);
        @Nullable Slab plain = memory.take(length, floor);
        if (plain == null) {
            return printer.print(signal, records, 0, 0);
        }
        @Nullable Slab window = memory.take(Decompressor.WINDOW_BYTES, floor);
        boolean isPlain = window != null && inflate(lease, entry, window, plain);
        if (window != null) {
            memory.release(window.slot());
        }
        String text = printer.print(signal, records, isPlain ? plain.address() : 0, length);
        memory.release(plain.slot());
        return text;
    }

    @Override
    public void close() {
        Decompressor present = decompressor;
        if (present != null) {
            present.close();
            decompressor = null;
        }
    }

    private boolean inflate(Lease lease, int entry, Slab window, Slab plain) {
        Decompressor present = decompressor;
        if (present == null) {
            present = new Decompressor(window.address(), Decompressor.WINDOW_BYTES);
            decompressor = present;
        } else {
            present.window(window.address(), Decompressor.WINDOW_BYTES);
        }
        int inflated =
                present.inflateInto(
                        lease.codec(entry),
                        lease.address(entry),
                        lease.length(entry),
                        plain.address(),
                        plain.capacity());
        return inflated == lease.wireBytes(entry);
    }
}
