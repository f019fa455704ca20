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

/// Writes a line of counts for each request: `Logs {"resource logs": 1, "log records": 10}`.
///
/// Runs on one loop. A request that is held compressed is inflated for its counts in the memory to
/// send with; where there is not enough, its line has the records only.
final class BasicLines implements CursorDrain.Taker {
    private final ShardMemory memory;
    private final BudgetShare floor;
    private final LineWriter writer;
    private final NestedCounts counts = new NestedCounts();

    BasicLines(ShardMemory memory, MemoryBudget floor, LineWriter writer) {
        this.memory = memory;
        this.floor = BudgetShare.of(floor);
        this.writer = writer;
    }

    @Override
    public void take(Signal signal, Lease lease) {
        for (int entry = 0; entry < lease.entries(); entry++) {
            boolean isCounted = count(lease, entry);
            writer.write(line(signal, lease.records(entry), isCounted));
        }
    }

    private boolean count(Lease lease, int entry) {
        if (lease.codec(entry) == Codec.IDENTITY) {
            counts.count(lease.address(entry), lease.length(entry));
            return true;
        }
        int length = lease.wireBytes(entry);
        @Nullable Slab plain = memory.take(length, floor);
        if (plain == null) {
            return false;
        }
        @Nullable Slab window = memory.take(Decompressor.WINDOW_BYTES, floor);
        boolean isCounted = window != null && inflate(lease, entry, window, plain);
        if (isCounted) {
            counts.count(plain.address(), length);
        }
        if (window != null) {
            memory.release(window.slot());
        }
        memory.release(plain.slot());
        return isCounted;
    }

    private static boolean inflate(Lease lease, int entry, Slab window, Slab plain) {
        try (Decompressor decompressor =
                new Decompressor(window.address(), Decompressor.WINDOW_BYTES)) {
            int inflated =
                    decompressor.inflateInto(
                            lease.codec(entry),
                            lease.address(entry),
                            lease.length(entry),
                            plain.address(),
                            plain.capacity());
            return inflated == lease.wireBytes(entry);
        }
    }

    private String line(Signal signal, int records, boolean isCounted) {
        StringBuilder line = new StringBuilder(64);
        switch (signal) {
            case LOGS -> {
                line.append("Logs {");
                resources(line, "resource logs", isCounted);
                line.append("\"log records\": ");
            }
            case TRACES -> {
                line.append("Traces {");
                resources(line, "resource spans", isCounted);
                line.append("\"spans\": ");
            }
            case METRICS -> {
                line.append("Metrics {");
                resources(line, "resource metrics", isCounted);
                if (isCounted) {
                    line.append("\"metrics\": ").append(counts.metrics()).append(", ");
                }
                line.append("\"data points\": ");
            }
        }
        return line.append(records).append('}').toString();
    }

    private void resources(StringBuilder line, String name, boolean isCounted) {
        if (isCounted) {
            line.append('"').append(name).append("\": ");
            line.append(counts.resources()).append(", ");
        }
    }
}
