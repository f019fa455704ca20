package dev.colonnade.storage.columnar;

import dev.colonnade.storage.BlockWriter.Added;
import dev.colonnade.storage.Shape;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.columnar.BlockEncoder.Limits;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.SlabPool;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/// Makes a stream of Arrow of requests that are given one by one: one stream, or several one after
/// the other where they have too many records or bytes for the memory.
///
/// [#add] each, then [#end], then [#close]. Not thread-safe.
public final class ArrowRun implements AutoCloseable {
    private static final int WIRE_BYTES_MIN = 1 << 20;
    private static final int WIRE_BYTES_MAX = 64 << 20;

    /// While a batch is made there are its columns as they were collected or, after that, as Arrow
    /// wants them, and the block.
    private static final int COPIES = 3;

    private final ArrowStreams streams;
    private final Signal signal;
    private final BudgetShare share;
    private final OutputStream out;
    private final BlockEncoder encoder;

    ArrowRun(
            ArrowStreams streams,
            Signal signal,
            SlabPool pool,
            BudgetShare share,
            long budgetBytes,
            OutputStream out) {
        this.streams = streams;
        this.signal = signal;
        this.share = share;
        this.out = out;
        int bytes = Math.clamp(budgetBytes / COPIES, WIRE_BYTES_MIN, WIRE_BYTES_MAX);
        encoder =
                new BlockEncoder(
                        signal, pool, share, new Limits(BlockEncoder.RECORDS_MAX, bytes, bytes));
        encoder.begin();
    }

    /// Adds a request, plain OTLP that is not needed afterwards. What was added before is written
    /// first where they do not go together; what fits nowhere is written as a row of its bytes.
    ///
    /// @param records how many it has, as they were counted
    /// @return false when there is no memory to write: part may be written, the rest is lost
    /// @throws IOException when the stream refused
    public boolean add(long address, int length, int records) throws IOException {
        if (encoder.add(address, length, 0, 0, records) == Added.ADDED) {
            return true;
        }
        if (!end()) {
            return false;
        }
        if (encoder.add(address, length, 0, 0, records) == Added.ADDED) {
            return true;
        }
        encoder.trimIdle();
        return streams.writeBytes(signal, address, length, out);
    }

    /// Writes what was added and not written yet.
    ///
    /// @return false when there is no memory for it: it is lost
    /// @throws IOException when the stream refused
    public boolean end() throws IOException {
        if (encoder.entries() == 0) {
            encoder.trimIdle();
            return true;
        }
        @Nullable Block block = encoder.seal(Shape.COLUMN, share);
        encoder.trimIdle();
        if (block == null) {
            return false;
        }
        try {
            return streams.write(block, out);
        } finally {
            block.release();
        }
    }

    /// Frees its memory; what was not written is forgotten. Idempotent.
    @Override
    public void close() {
        encoder.close();
    }
}
