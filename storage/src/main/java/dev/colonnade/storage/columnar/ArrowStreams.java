package dev.colonnade.storage.columnar;

import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.StoredBlock;
import dev.colonnade.storage.columnar.BlockEncoder.Limits;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.SlabPool;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.EnumMap;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/// Writes requests, or a block, as IPC streams of Arrow, as [ColumnBatch] has them.
///
/// All working memory is charged to one budget, and given back after each call. Where it is too
/// small for several requests, they go into several streams; where it is too small for the columns
/// of one, that one is a row of its bytes: whatever the budget, everything is written. Not
/// thread-safe; the classes of Arrow are loaded with the first one.
public final class ArrowStreams implements AutoCloseable {
    private static final int WIRE_BYTES_MAX = 64 << 20;

    /// The least budget, below which not even a row of bytes could be written, in bytes.
    public static final long BUDGET_BYTES_MIN = 512 << 10;

    private final SlabPool pool;
    private final MemoryBudget budget;
    private final BudgetShare share;
    private final RootAllocator allocator;
    private final Map<Signal, BlockEncoder> encoders = new EnumMap<>(Signal.class);

    /// Plain OTLP export requests of one signal, in order.
    public interface Requests {
        /// How many there are.
        int count();

        /// Where one is.
        long address(int index);

        /// How long it is, in bytes.
        int length(int index);

        /// How many records it has, as they were counted.
        int records(int index);
    }

    /// Streams whose making is charged to `budget`, of at least [#BUDGET_BYTES_MIN].
    public ArrowStreams(SlabPool pool, MemoryBudget budget) {
        this.pool = pool;
        this.budget = budget;
        share = BudgetShare.of(budget);
        allocator = SlabAllocation.allocator(pool, budget);
    }

    /// Writes requests as one stream, or as several one after the other where they are too many or
    /// too large for one; nothing when there are none.
    ///
    /// @throws IOException when `out` refused; part of it may be written
    public void write(Signal signal, Requests requests, OutputStream out) throws IOException {
        BlockEncoder encoder =
                encoders.computeIfAbsent(
                        signal,
                        _ ->
                                new BlockEncoder(
                                        signal,
                                        pool,
                                        share,
                                        new Limits(BlockEncoder.RECORDS_MAX, WIRE_BYTES_MAX)));
        try {
            int first = 0;
            int countMax = requests.count();
            while (first < requests.count()) {
                int count = Math.min(countMax, requests.count() - first);
                int written = tryWrite(encoder, requests, first, count, out);
                if (written == 0 && count == 1) {
                    encoder.trimIdle();
                    long address = requests.address(first);
                    int length = requests.length(first);
                    if (!writeBytes(signal, address, length, out)) {
                        throw new IOException("no memory for a row: bytes=" + length);
                    }
                    written = 1;
                }
                first += written;
                // What did not fit may fit by halves.
                countMax = written == 0 ? count / 2 : countMax;
            }
        } finally {
            encoder.trimIdle();
        }
    }

    /// Requests of one signal that are given one by one and need not stay, to be written to `out`
    /// as few streams as the budget allows. One at a time.
    public ArrowRun run(Signal signal, OutputStream out) {
        return new ArrowRun(this, signal, pool, share, budget.limit(), out);
    }

    /// Writes the records of `block`, which a [BlockEncoder] made and which stays the caller's, as
    /// a stream; false when there is no memory, and then nothing was written.
    ///
    /// @throws IOException when `out` refused; part of it may be written
    public boolean write(StoredBlock block, OutputStream out) throws IOException {
        return write(block, 0, block.entries(), out);
    }

    /// The same with the records of `entries` requests of it alone, from the one with index `first`
    /// on.
    ///
    /// @throws IOException when `out` refused; part of it may be written
    public boolean write(StoredBlock block, int first, int entries, OutputStream out)
            throws IOException {
        try (@Nullable ColumnBatch batch =
                ColumnBatch.of((Block) block, first, entries, pool, share, allocator, () -> {})) {
            return batch != null && batch.writeAsked(Channels.newChannel(out));
        }
    }

    /// Ends it. Idempotent.
    @Override
    public void close() {
        encoders.values().forEach(BlockEncoder::close);
        encoders.clear();
        allocator.close();
    }

    /// How many requests were written; 0 when there is no memory for so many.
    private int tryWrite(
            BlockEncoder encoder, Requests requests, int first, int count, OutputStream out)
            throws IOException {
        encoder.begin();
        int added = 0;
        while (added < count && add(encoder, requests, first + added)) {
            added++;
        }
        @Nullable Block block = added == 0 ? null : encoder.seal(Shape.COLUMN, share);
        if (block == null) {
            encoder.trimIdle();
            return 0;
        }
        try {
            encoder.trimIdle();
            return write(block, out) ? added : 0;
        } finally {
            block.release();
        }
    }

    private static boolean add(BlockEncoder encoder, Requests requests, int index) {
        return encoder.add(
                        requests.address(index),
                        requests.length(index),
                        0,
                        0,
                        requests.records(index))
                == Added.ADDED;
    }

    /// Writes a request as a row of its bytes, which stay where they are; false when there is not
    /// even memory for that, and then nothing was written.
    boolean writeBytes(Signal signal, long address, int length, OutputStream out)
            throws IOException {
        try (@Nullable ColumnBatch batch =
                ColumnBatch.ofBytes(address, length, signal, pool, share, allocator)) {
            if (batch == null) {
                return false;
            }
            batch.write(Channels.newChannel(out));
            return true;
        }
    }
}
