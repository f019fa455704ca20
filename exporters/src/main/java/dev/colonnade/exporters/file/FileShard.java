package dev.colonnade.exporters.file;

import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.Cursor;
import dev.colonnade.storage.DropReason;
import dev.colonnade.storage.Lease;
import dev.colonnade.storage.Signal;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.ShardMemory;
import dev.colonnade.storage.memory.Slab;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// One loop's part of the exporter for one pipeline: has one lease at a time written.
///
/// Everything but [#inflate] runs on the loop.
final class FileShard {
    /// The plain OTLP of one batch: enough for the cost of a write not to count, and little beside
    /// a file of the usual size.
    private static final long BATCH_BYTES_MAX = 1 << 20;

    /// How long to wait for memory to inflate into.
    private static final long MEMORY_WAIT_MILLIS = 100;

    private final EventLoop loop;
    private final Cursor cursor;
    private final ShardMemory memory;
    private final BudgetShare share;
    private final FileWriter writer;
    private final Job job;
    private final CompletableFuture<Boolean> closed = new CompletableFuture<>();
    private @Nullable Lease lease;
    private @Nullable Slab room;

    /// What the compressed entry of the lease inflates to.
    private int wireBytes;

    /// Whether there was no memory to write the columns that come next.
    private boolean takesRows;

    private boolean isStarted;
    private @Nullable ScheduledFuture<?> timer;
    private boolean isClosing;

    FileShard(
            EventLoop loop,
            Cursor cursor,
            Signal signal,
            ShardMemory memory,
            BudgetShare share,
            FileWriter writer) {
        this.loop = loop;
        this.cursor = cursor;
        this.memory = memory;
        this.share = share;
        this.writer = writer;
        job = new Job(signal, this);
    }

    void start() {
        isStarted = true;
        cursor.onAvailable(this::pump);
        pump();
    }

    /// Completes when [#close] was called and no lease is out.
    CompletableFuture<Boolean> closed() {
        return closed;
    }

    /// Takes nothing more.
    void close() {
        isClosing = true;
        ScheduledFuture<?> waiting = timer;
        if (waiting != null) {
            waiting.cancel(false);
        }
        if (lease == null) {
            closed.complete(true);
        }
    }

    private void pump() {
        if (!isStarted || isClosing || timer != null || lease != null) {
            return;
        }
        @Nullable Lease next =
                writer.writesColumns() && !takesRows
                        ? cursor.takeColumns(BATCH_BYTES_MAX, Integer.MAX_VALUE, false)
                        : cursor.take(BATCH_BYTES_MAX, Integer.MAX_VALUE, false);
        if (next == null) {
            return;
        }
        if (next.codec(0) != Codec.IDENTITY) {
            room = memory.take(next.wireBytes(0) + Decompressor.WINDOW_BYTES, share);
            if (room == null) {
                next.nack();
                waitFor(TimeUnit.MILLISECONDS.toNanos(MEMORY_WAIT_MILLIS));
                return;
            }
            wireBytes = next.wireBytes(0);
        }
        lease = next;
        job.fill(next);
        writer.submit(job);
    }

    /// Inflates a job that is compressed; on the writer's thread.
    ///
    /// @param decompressors gives the writer's, with a window of [Decompressor#WINDOW_BYTES] there
    void inflate(Job compressed, LongFunction<Decompressor> decompressors) {
        Slab into = room;
        if (compressed.codec == Codec.IDENTITY || into == null) {
            return;
        }
        int length =
                decompressors
                        .apply(into.address() + wireBytes)
                        .inflateInto(
                                compressed.codec,
                                compressed.address(0),
                                compressed.length(0),
                                into.address(),
                                wireBytes);
        if (length < 0) {
            compressed.refuse(0, "request does not inflate: code=" + length);
        } else {
            compressed.inflated(into.address(), length);
        }
    }

    /// A job came back; on the writer's thread.
    void onWritten(Job written, long delayNanos) {
        loop.execute(() -> settle(written, delayNanos));
    }

    private void settle(Job written, long delayNanos) {
        Slab used = room;
        if (used != null) {
            room = null;
            memory.release(used.slot());
        }
        Lease ended = lease;
        lease = null;
        if (ended == null) {
            throw new IllegalStateException("job without a lease");
        }
        takesRows = written.wantsRows();
        if (takesRows) {
            ended.nack();
        } else if (written.failure().isEmpty()) {
            for (int part = 0; part < written.parts(); part++) {
                if (written.isRefused(part)) {
                    ended.drop(part, ended.records(part), DropReason.REJECTED);
                }
            }
            ended.ack();
        } else {
            ended.nack();
            waitFor(delayNanos);
        }
        if (isClosing) {
            closed.complete(true);
        } else {
            pump();
        }
    }

    private void waitFor(long nanos) {
        timer =
                loop.schedule(
                        () -> {
                            timer = null;
                            pump();
                        },
                        nanos,
                        TimeUnit.NANOSECONDS);
    }
}
