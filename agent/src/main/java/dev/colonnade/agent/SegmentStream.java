package dev.colonnade.agent;

import dev.colonnade.agent.graph.TelemetryMemory;
import dev.colonnade.agent.telemetry.Page;
import dev.colonnade.agent.telemetry.PageStream;
import dev.colonnade.pipeline.Loops;
import dev.colonnade.pipeline.wire.Decompressor;
import dev.colonnade.storage.Codec;
import dev.colonnade.storage.HybridStore;
import dev.colonnade.storage.RowCopies;
import dev.colonnade.storage.SegmentLook;
import dev.colonnade.storage.StoredBlock;
import dev.colonnade.storage.columnar.ArrowRun;
import dev.colonnade.storage.columnar.ArrowStreams;
import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import dev.colonnade.storage.memory.Slab;
import dev.colonnade.storage.memory.SlabPool;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Writes one held segment as a stream of Arrow, on a thread that may block.
final class SegmentStream implements Runnable {
    private static final System.Logger LOG = System.getLogger(SegmentStream.class.getName());

    private static final String CONTENT_TYPE = "application/vnd.apache.arrow.stream";
    private static final int NOT_FOUND = 404;
    private static final int UNAVAILABLE = 503;

    /// Columns of the largest segment, as they are made and as Arrow wants them.
    private static final long MEMORY_BYTES_MAX = 32L << 20;

    private static final long MEMORY_BYTES_MIN = 4L << 20;
    private static final int MEMORY_PART = 4;

    /// What a loop copies at once: a tenth of a millisecond.
    private static final int COPY_BYTES = 1 << 20;

    /// How often rows that become a block meanwhile are looked for again.
    private static final int LOOKS_MAX = 3;

    /// Where nothing stands: what does not inflate as it should.
    private static final long DAMAGED = -1;

    private final String name;
    private final HybridStore store;
    private final int loop;
    private final long position;
    private final Loops loops;
    private final TelemetryMemory memory;
    private final PageStream out;
    private final Runnable released;

    /// @param released told once nothing is kept any more, before the client learns of the end, so
    ///   that it may ask for the next segment at once
    SegmentStream(
            String name,
            HybridStore store,
            int loop,
            long position,
            Loops loops,
            TelemetryMemory memory,
            PageStream out,
            Runnable released) {
        this.name = name;
        this.store = store;
        this.loop = loop;
        this.position = position;
        this.loops = loops;
        this.memory = memory;
        this.out = out;
        this.released = released;
    }

    /// How it went.
    private enum Outcome {
        WRITTEN,
        GONE,
        NO_MEMORY,
        CHANGED
    }

    @Override
    public void run() {
        try {
            Outcome outcome;
            try {
                outcome = write();
            } finally {
                released.run();
            }
            end(outcome);
        } catch (IOException _) {
            out.abort();
        } catch (RejectedExecutionException _) {
            out.answer(Page.text(UNAVAILABLE, "agent stops\n"));
        } catch (RuntimeException failure) {
            out.abort();
            LOG.log(System.Logger.Level.ERROR, "segment was not written: name=" + name, failure);
        }
    }

    private Outcome write() throws IOException {
        long bytes =
                Math.clamp(memory.root().limit() / MEMORY_PART, MEMORY_BYTES_MIN, MEMORY_BYTES_MAX);
        try (MemoryBudget budget = memory.root().child("debug", bytes);
                ArrowStreams streams = new ArrowStreams(memory.pool(), budget)) {
            Outcome outcome = Outcome.CHANGED;
            for (int look = 0; look < LOOKS_MAX && outcome == Outcome.CHANGED; look++) {
                outcome = write(budget, streams);
            }
            return outcome;
        }
    }

    private void end(Outcome outcome) throws IOException {
        switch (outcome) {
            case WRITTEN -> out.close();
            case GONE ->
                    out.answer(
                            Page.text(
                                    NOT_FOUND,
                                    "segment is not held any more: name="
                                            + name
                                            + "; see "
                                            + StoragePage.PATH
                                            + "\n"));
            case NO_MEMORY ->
                    out.answer(
                            Page.text(UNAVAILABLE, "no memory to make columns now, come again\n"));
            case CHANGED ->
                    out.answer(Page.text(UNAVAILABLE, "segment changes its shape, come again\n"));
        }
    }

    private Outcome write(MemoryBudget budget, ArrowStreams streams) throws IOException {
        @Nullable SegmentLook found = onLoop(() -> store.shard(loop).look(position));
        if (found == null) {
            return Outcome.GONE;
        }
        try (SegmentLook look = found) {
            out.as(CONTENT_TYPE);
            @Nullable StoredBlock block = look.block();
            if (block != null) {
                return streams.write(block, out) ? Outcome.WRITTEN : Outcome.NO_MEMORY;
            }
            try (Rows rows = new Rows(memory.pool(), BudgetShare.of(budget));
                    ArrowRun run = streams.run(store.config().signal(), out)) {
                return rows(look, rows, run);
            }
        }
    }

    private Outcome rows(SegmentLook look, Rows rows, ArrowRun run) throws IOException {
        @Nullable RowCopies copies = rows.room(COPY_BYTES);
        while (copies != null && out.isOpen()) {
            RowCopies target = copies;
            switch (Objects.requireNonNull(onLoop(() -> look.copy(target)))) {
                case COPIED -> {
                    for (int index = 0; index < target.count(); index++) {
                        if (!rows.add(target, index, run)) {
                            return Outcome.NO_MEMORY;
                        }
                    }
                }
                case TOO_LONG -> copies = rows.room(target.neededBytes());
                case CHANGED -> {
                    return Outcome.CHANGED;
                }
                case END -> {
                    return run.end() ? Outcome.WRITTEN : Outcome.NO_MEMORY;
                }
            }
        }
        if (copies == null) {
            return Outcome.NO_MEMORY;
        }
        throw new IOException("client went away: name=" + name);
    }

    /// What the loop answers. It is waited for as long as it takes, because what it writes to is
    /// freed afterwards.
    private <T> @Nullable T onLoop(Supplier<@Nullable T> task) {
        return CompletableFuture.supplyAsync(task, loops.loop(loop)).join();
    }

    /// Where rows are copied to and inflated.
    private static final class Rows implements AutoCloseable {
        private final SlabPool pool;
        private final BudgetShare share;
        private @Nullable Slab copied;
        private @Nullable Slab inflated;
        private @Nullable Decompressor decompressor;

        Rows(SlabPool pool, BudgetShare share) {
            this.pool = pool;
            this.share = share;
        }

        /// Room for copies of so many bytes, in place of what there was; null when there is none.
        @Nullable RowCopies room(int bytes) {
            copied = replaced(copied, bytes);
            Slab slab = copied;
            return slab == null ? null : new RowCopies(slab);
        }

        /// Adds a copy, inflated; one that does not inflate to what was received goes as it is.
        boolean add(RowCopies copies, int index, ArrowRun run) throws IOException {
            int bytes = copies.wireBytes(index);
            Codec codec = copies.codec(index);
            int records = copies.records(index);
            if (codec != Codec.IDENTITY) {
                long target = inflate(copies, index, codec, bytes);
                if (target == 0) {
                    return false;
                }
                if (target != DAMAGED) {
                    return run.add(target, bytes, records);
                }
            }
            return run.add(copies.address(index), copies.length(index), records);
        }

        /// Where it stands inflated; 0 when there is no memory.
        private long inflate(RowCopies copies, int index, Codec codec, int bytes) {
            Slab slab = inflated;
            int needed = bytes + Decompressor.WINDOW_BYTES;
            if (slab == null || slab.capacity() < needed) {
                slab = replaced(inflated, needed);
                inflated = slab;
            }
            if (slab == null) {
                return 0;
            }
            long window = slab.address() + bytes;
            Decompressor codecs = decompressor;
            if (codecs == null) {
                codecs = new Decompressor(window, Decompressor.WINDOW_BYTES);
                decompressor = codecs;
            } else {
                codecs.window(window, Decompressor.WINDOW_BYTES);
            }
            int length =
                    codecs.inflateInto(
                            codec,
                            copies.address(index),
                            copies.length(index),
                            slab.address(),
                            bytes);
            return length == bytes ? slab.address() : DAMAGED;
        }

        private @Nullable Slab replaced(@Nullable Slab before, int bytes) {
            if (before != null) {
                pool.give(before);
            }
            return pool.take(bytes, share);
        }

        @Override
        public void close() {
            Decompressor codecs = decompressor;
            if (codecs != null) {
                codecs.close();
            }
            if (copied != null) {
                pool.give(copied);
            }
            if (inflated != null) {
                pool.give(inflated);
            }
        }
    }
}
